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
import {LogsScreen} from './screens/logs-screen.js';
import {RecoveryScreen} from './screens/recovery-screen.js';
import {SettingsScreen} from './screens/settings-screen.js';
import {NoDatabase, ProjectsScreen, StartError} from './screens/start-screen.js';
import {TroubleshootScreen} from './screens/troubleshoot-screen.js';
import {WaitView} from './screens/wait-view.js';
import type {Session} from './session.js';
import type {Machine} from './start-advice.js';
import {sanitizeData} from './text.js';
import {useUi} from './ui-context.js';
import type {Diagnosis, LogSource, Recovery, Troubleshoot, WizardEntry, WizardFlow, WizardOptions} from './wizard.js';

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

	const recovery = useRecovery(options, stack, detection.wasComplete, place, navigate);
	const extraFlows = useRef(new Map<string, WizardFlow>());
	const [diagnosis, setDiagnosis] = useState<Diagnosis>();
	const openExtra = (flow: WizardFlow, given: Readonly<Record<string, unknown>>, from?: 'troubleshoot') => {
		const name = `(extra) ${flow.id}`;
		extraFlows.current.set(name, flow);
		navigate({type: from ? 'open' : 'replace', place: {name: 'flow', flow: name, given, from}});
	};

	const goHome = () => navigate({type: 'reset', place: {name: 'home'}});
	const troubleshoot = findTroubleshoot(options.entries);
	const logs = findLogs(options.entries);
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
			const flow =
				place.flow === initialFlow
					? initial?.flow
					: (extraFlows.current.get(place.flow) ?? findFlow(options.entries, place.flow));
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
					nextOptions={place.from ? () => diagnoseAgain : undefined}
					onRunEnded={() => {
						setDiagnosis(undefined);
						look();
					}}
					onLeave={choice => {
						if (initial) session.leave(choice === 'back' ? cancelledCode : undefined);
						else if (choice === 'back') navigate({type: 'back'});
						else if (choice === 'diagnose') navigate({type: 'back'});
						else goHome();
					}}
				/>
			);
		}

		case 'recovery':
			return recovery ? (
				<RecoveryScreen
					recovery={recovery}
					onChoose={position => {
						const choice = position === undefined ? undefined : recovery.choices[position];
						if (choice) openExtra(choice.flow, choice.given);
						else goHome();
					}}
				/>
			) : undefined;
		case 'troubleshoot':
			if (!stack || !troubleshoot || !detection.wasComplete) return <WaitView label="Looking at the stack" />;
			return (
				<TroubleshootScreen
					troubleshoot={troubleshoot}
					stack={stack}
					services={services}
					session={session}
					known={diagnosis}
					onDiagnosis={setDiagnosis}
					onFlow={flow => openExtra(flow, {}, 'troubleshoot')}
					onHome={() => {
						setDiagnosis(undefined);
						goHome();
					}}
				/>
			);
		case 'logs':
			return stack && logs ? <LogsScreen source={logs} stack={stack} onLeave={goHome} /> : undefined;
		case 'settings':
			return <SettingsScreen settings={services.settings} stack={shownStack} />;
		default:
			place satisfies never;
			return undefined;
	}
}

const diagnoseAgain = [{value: 'diagnose', label: 'Look again', hint: 'Is the problem gone?'}];

/** Asks the journal once a stack; what it finds comes before everything else. */
function useRecovery(
	options: WizardOptions,
	stack: Stack | undefined,
	isComplete: boolean,
	place: Place,
	navigate: PlacesProps['navigate'],
): Recovery | undefined {
	const {recovery: read, initial} = options;
	const key = stack && isComplete && read && !initial ? `${stack.directory}#${stack.project}` : '';
	const loaded = useLoad(async signal => (stack && key !== '' ? read?.(stack, signal) : undefined), key);
	const shown = useRef('');
	const recovery = loaded.status === 'ready' ? loaded.value : undefined;
	useEffect(() => {
		if (!recovery || place.name !== 'home' || shown.current === key) return;
		shown.current = key;
		navigate({type: 'open', place: {name: 'recovery'}});
	}, [recovery, place.name, key, navigate]);
	return recovery;
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
	return [
		...entries.map(({label, hint}) => ({value: label, label, hint})),
		{value: '(settings)', label: 'Settings', hint: 'Where backups go, how long they are kept'},
	];
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

function findTroubleshoot(entries: readonly WizardEntry[]): Troubleshoot | undefined {
	return entries.flatMap(entry => (entry.kind === 'troubleshoot' ? [entry.troubleshoot] : []))[0];
}

function findLogs(entries: readonly WizardEntry[]): LogSource | undefined {
	return entries.flatMap(entry => (entry.kind === 'logs' ? [entry.logs] : []))[0];
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
