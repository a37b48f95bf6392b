import {userInfo} from 'node:os';
import {useEffect, useMemo, useRef, useState} from 'react';
import type {ComposeTarget} from '../engine/types.js';
import type {BackupRecord} from '../settings.js';
import type {Stack} from '../stack/stack.js';
import type {Option} from './components/select.js';
import {type Detection, useDetection} from './detection.js';
import {hasNoDatabase} from './home-model.js';
import {useLoad} from './hooks.js';
import type {NavigationAction, Place} from './navigation.js';
import {FlowScreen} from './screens/flow-screen.js';
import {HomeScreen} from './screens/home-screen.js';
import {HistoryScreen, WarningsScreen} from './screens/list-screens.js';
import {NoDatabase, ProjectsScreen, StartError} from './screens/start-screen.js';
import {WaitView} from './screens/wait-view.js';
import type {Session} from './session.js';
import type {Machine} from './start-advice.js';
import {sanitizeData} from './text.js';
import {useUi} from './ui-context.js';
import type {WizardEntry, WizardOptions} from './wizard.js';

export type PlacesProps = {
	readonly options: WizardOptions;
	readonly session: Session;
	readonly place: Place;
	readonly navigate: (action: NavigationAction) => void;
	readonly onProject: (project: string) => void;
};

/** Chooses the screen for a place, and holds what several screens share: the stack and its backups. */
export function Places({options, session, place, navigate, onProject}: PlacesProps) {
	const {services, initial} = options;
	const ui = useUi();
	const [target, setTarget] = useState<ComposeTarget>(options.target);
	const [attempt, setAttempt] = useState(0);
	const [isChoosing, setIsChoosing] = useState(false);
	const [acceptsNoDatabase, setAcceptsNoDatabase] = useState(false);
	const detection = useDetection(options.detect, target, attempt);
	const {stack} = detection;
	const backups = useBackups(options, stack, attempt);
	const look = () => setAttempt(count => count + 1);
	const machine = useMemo((): Machine => ({platform: process.platform, user: userName()}), []);
	const {setExitCode} = ui;
	const isLost = stack === undefined && detection.error !== undefined;
	useEffect(() => setExitCode(isLost ? (detection.error?.exitCode ?? 0) : 0), [isLost, detection.error, setExitCode]);
	useEffect(() => {
		if (stack) onProject(stack.project);
	}, [stack, onProject]);

	const lacksDatabase = stack !== undefined && detection.wasComplete && hasNoDatabase(stack) && !acceptsNoDatabase;
	// biome-ignore format: one line reads best
	const mayBegin = stack !== undefined && !isChoosing && !lacksDatabase && (initial === undefined || detection.wasComplete);
	useEffect(() => {
		if (place.name !== 'start' || !mayBegin) return;
		navigate({
			type: 'reset',
			place: initial ? {name: 'flow', flow: initialFlow, given: initial.given} : {name: 'home'},
		});
	}, [place.name, mayBegin, initial, navigate]);
	useEffect(() => {
		if (place.name === 'home' && lacksDatabase) navigate({type: 'reset', place: {name: 'start'}});
	}, [place.name, lacksDatabase, navigate]);

	const entries = options.entries.filter(entry => !stack || (entry.isAvailable?.(stack) ?? true));
	const shownStack = useMemo(() => (stack ? sanitizeData(stack) : undefined), [stack]);

	switch (place.name) {
		case 'start':
			return (
				<Start
					options={options}
					detection={detection}
					attempt={attempt}
					isChoosing={isChoosing}
					machine={machine}
					onLook={look}
					onProjects={() => setIsChoosing(true)}
					onChoose={chosen => {
						setIsChoosing(false);
						setTarget(chosen);
					}}
					onContinue={() => setAcceptsNoDatabase(true)}
				/>
			);
		case 'home':
			return shownStack ? (
				<HomeScreen
					facts={{stack: shownStack, backups, isComplete: detection.isComplete, now: ui.now()}}
					error={detection.error}
					menu={menuOf(entries)}
					onChoose={value => navigate({type: 'open', place: placeOf(value, entries)})}
					onLook={look}
					onHistory={() => navigate({type: 'open', place: {name: 'history'}})}
					onWarnings={() => navigate({type: 'open', place: {name: 'warnings'}})}
				/>
			) : undefined;
		case 'warnings':
			return <WarningsScreen warnings={shownStack?.warnings ?? []} />;
		case 'history':
			return <HistoryScreen backups={backups ?? []} now={ui.now()} />;
		case 'flow': {
			const flow = place.flow === initialFlow ? initial?.flow : findFlow(entries, place.flow);
			if (!stack || !flow || !detection.wasComplete) return <WaitView label="Looking at the stack" />;
			return (
				<FlowScreen
					key={place.flow}
					flow={flow}
					given={place.given}
					stack={stack}
					services={services}
					session={session}
					homeLabel={initial ? 'Done' : 'Back to the start'}
					onRunEnded={look}
					onLeave={choice => {
						if (initial) session.leave(choice === 'back' ? cancelledCode : undefined);
						else navigate({type: 'reset', place: {name: 'home'}});
					}}
				/>
			);
		}

		default:
			return undefined;
	}
}

const initialFlow = '(initial)';
const cancelledCode = 130;

type StartProps = {
	readonly options: WizardOptions;
	readonly detection: Detection;
	readonly attempt: number;
	readonly isChoosing: boolean;
	readonly machine: Machine;
	readonly onLook: () => void;
	readonly onProjects: () => void;
	readonly onChoose: (target: ComposeTarget) => void;
	readonly onContinue: () => void;
};

function Start(props: StartProps) {
	const {options, detection, attempt, isChoosing, machine, onLook, onProjects, onChoose, onContinue} = props;
	const {stack, error, isComplete} = detection;
	const isElsewhere = error?.code === 'stack-not-found' || error?.code === 'stack-ambiguous';
	if (error && (isElsewhere || isChoosing)) {
		return (
			<ProjectsScreen
				reason={error}
				load={options.projects}
				attempt={attempt}
				machine={machine}
				onRetry={onLook}
				onChoose={project => onChoose(project.target)}
			/>
		);
	}

	if (error) {
		return (
			<StartError
				error={error}
				machine={machine}
				onRetry={onLook}
				onProjects={needsEngine.has(error.code) ? undefined : onProjects}
			/>
		);
	}

	if (stack && isComplete && hasNoDatabase(stack)) {
		return (
			<NoDatabase
				project={stack.project}
				services={stack.services}
				onRetry={onLook}
				onProjects={onProjects}
				onContinue={onContinue}
			/>
		);
	}

	return <WaitView label="Looking at what is deployed here" />;
}

const needsEngine: ReadonlySet<string> = new Set([
	'engine-unreachable',
	'engine-permission-denied',
	'docker-cli-missing',
	'compose-missing',
]);

/** Undefined until they have been read for the first time. */
function useBackups(
	options: WizardOptions,
	stack: Stack | undefined,
	attempt: number,
): readonly BackupRecord[] | undefined {
	const {settings} = options.services;
	const read = options.backups;
	const key = stack ? `${stack.directory}#${stack.project} ${attempt}` : '';
	const known = useRef<readonly BackupRecord[]>(undefined);
	const loaded = useLoad(async signal => {
		if (!stack) return undefined;
		return read ? read(stack, signal) : settings.stack(stack.project, stack.directory).backups;
	}, key);
	if (loaded.status === 'ready' && loaded.value) known.current = loaded.value;
	return known.current;
}

function menuOf(entries: readonly WizardEntry[]): readonly Option<string>[] {
	return entries.map(({label, hint}) => ({value: label, label, hint}));
}

function placeOf(label: string, entries: readonly WizardEntry[]): Place {
	const entry = entries.find(other => other.label === label);
	switch (entry?.kind) {
		case 'flow':
			return {name: 'flow', flow: entry.flow.id, given: entry.given ?? {}};
		case 'troubleshoot':
			return {name: 'troubleshoot'};
		case 'logs':
			return {name: 'logs'};
		default:
			return {name: 'settings'};
	}
}

function findFlow(entries: readonly WizardEntry[], id: string) {
	return entries.flatMap(entry => (entry.kind === 'flow' && entry.flow.id === id ? [entry.flow] : []))[0];
}

function userName(): string {
	try {
		return userInfo().username;
	} catch {
		return 'YOUR-USER';
	}
}
