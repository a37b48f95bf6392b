import {userInfo} from 'node:os';
import {useMemo, useState} from 'react';
import type {ComposeTarget} from '../../engine/types.js';
import type {ErrorCode} from '../../errors.js';
import type {Detection} from '../detection.js';
import {hasNoDatabase} from '../home-model.js';
import {useEscape} from '../hooks.js';
import type {Machine} from '../start-advice.js';
import type {WizardOptions} from '../wizard.js';
import {NoDatabase, ProjectsScreen, StartError} from './start-screen.js';
import {WaitView} from './wait-view.js';

export type StartProps = {
	readonly options: WizardOptions;
	readonly detection: Detection;
	readonly attempt: number;
	readonly onLook: () => void;
	readonly onChoose: (target: ComposeTarget) => void;
	/** Goes on with a stack that has no PostgreSQL. */
	readonly onContinue: () => void;
};

/** Everything before a stack has been found. */
export function Start({options, detection, attempt, onLook, onChoose, onContinue}: StartProps) {
	const {stack, error, isComplete} = detection;
	const [isChoosing, setIsChoosing] = useState(false);
	const machine = useMemo((): Machine => ({platform: process.platform, user: userName()}), []);
	useEscape(() => setIsChoosing(false), isChoosing);
	const isElsewhere = error?.code === 'stack-not-found' || error?.code === 'stack-ambiguous';
	if (isChoosing || isElsewhere) {
		return (
			<ProjectsScreen
				reason={error}
				load={options.projects}
				attempt={attempt}
				machine={machine}
				onRetry={onLook}
				onChoose={project => {
					setIsChoosing(false);
					onChoose(project.target);
				}}
			/>
		);
	}

	if (error) {
		return (
			<StartError
				error={error}
				machine={machine}
				onRetry={onLook}
				onProjects={withoutEngine.has(error.code) ? undefined : () => setIsChoosing(true)}
			/>
		);
	}

	if (stack && isComplete && hasNoDatabase(stack)) {
		return (
			<NoDatabase
				project={stack.project}
				services={stack.services}
				onRetry={onLook}
				onProjects={() => setIsChoosing(true)}
				onContinue={onContinue}
			/>
		);
	}

	return <WaitView label="Looking at what is deployed here" />;
}

/** Failures after which the engine cannot be asked for its projects either. */
const withoutEngine: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
	'engine-unreachable',
	'engine-permission-denied',
	'docker-cli-missing',
	'compose-missing',
]);

function userName(): string {
	try {
		return userInfo().username;
	} catch {
		return 'YOUR-USER';
	}
}
