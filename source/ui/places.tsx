import {useEffect, useMemo, useRef, useState} from 'react';
import type {ComposeTarget} from '../engine/types.js';
import type {Outcome} from '../flows/flow.js';
import type {Option} from './components/select.js';
import {type Detection, useDetection} from './detection.js';
import {hasNoDatabase} from './home-model.js';
import {findFlowEntry, findLogs, findTroubleshoot, menuOptions, placeOf} from './menu.js';
import type {NavigationAction, Place} from './navigation.js';
import {FailureView} from './screens/failure-view.js';
import {FlowScreen} from './screens/flow-screen.js';
import {HomeScreen} from './screens/home-screen.js';
import {HistoryScreen, WarningsScreen} from './screens/list-screens.js';
import {LogsScreen} from './screens/logs-screen.js';
import {RecoveryScreen} from './screens/recovery-screen.js';
import {SettingsScreen} from './screens/settings-screen.js';
import {Start} from './screens/start.js';
import {TroubleshootScreen} from './screens/troubleshoot-screen.js';
import {WaitView} from './screens/wait-view.js';
import type {Session} from './session.js';
import {answerMemory, useBackups, useRecovery} from './stack-data.js';
import {sanitizeData} from './text.js';
import {useUi} from './ui-context.js';
import type {Diagnosis, WizardFlow, WizardOptions} from './wizard.js';

export type PlacesProps = {
	readonly options: WizardOptions;
	readonly session: Session;
	readonly place: Place;
	readonly navigate: (action: NavigationAction) => void;
	readonly onProject: (project: string) => void;
};

/** Names of flows that are in no menu. */
const initialFlow = '(initial)';
const cancelledCode = 130;

/** What can be done after what troubleshooting led to: after a fix that held nothing is left to look for. */
function afterTroubleshoot(from: 'fix' | 'bundle', {status}: Outcome, canReadLogs: boolean): readonly Option<string>[] {
	const home = {value: 'home', label: 'Back to the start'};
	if (from === 'bundle') return [{value: 'back', label: 'Back to the problems'}, home];
	const logs = canReadLogs ? [{value: 'logs', label: 'Watch the logs', hint: 'of all services, live'}] : [];
	if (status === 'success') return [home, ...logs];
	return [{value: 'back', label: 'Look at what is left', hint: 'Diagnoses again'}, ...logs, home];
}

/** Chooses the screen for a place, and holds what several screens share: the stack, its backups, the diagnosis. */
export function Places({options, session, place, navigate, onProject}: PlacesProps) {
	const {services, initial} = options;
	const {now, setExitCode, goBack} = useUi();
	const [target, setTarget] = useState<ComposeTarget>(options.target);
	const [attempt, setAttempt] = useState(0);
	const [acceptsNoDatabase, setAcceptsNoDatabase] = useState(false);
	const [diagnosis, setDiagnosis] = useState<Diagnosis>();
	const extraFlows = useRef(new Map<string, WizardFlow>());
	const detection = useDetection(options.detect, target, attempt);
	const {stack, wasComplete} = detection;
	const backups = useBackups(options, stack, attempt);
	const recovery = useRecovery(options, wasComplete ? stack : undefined);
	const shownStack = useMemo(() => (stack ? sanitizeData(stack) : undefined), [stack]);
	const look = () => setAttempt(count => count + 1);

	const lacksDatabase = stack !== undefined && wasComplete && hasNoDatabase(stack) && !acceptsNoDatabase;
	const isRecovered = useRef(false);
	const unfinished = recovery.status === 'ready' && !isRecovered.current ? recovery.value : undefined;
	const mayBegin =
		stack !== undefined && !lacksDatabase && (!initial || (wasComplete && recovery.status !== 'loading'));
	const firstPlace: Place = initial ? {name: 'flow', flow: initialFlow, given: initial.given} : {name: 'home'};
	const goHome = () => navigate({type: 'reset', place: firstPlace});

	const isLost = stack === undefined && detection.error !== undefined;
	useEffect(() => setExitCode(isLost ? (detection.error?.exitCode ?? 0) : 0), [isLost, detection.error, setExitCode]);
	useEffect(() => {
		if (stack) onProject(stack.project);
	}, [stack, onProject]);
	// biome-ignore lint/correctness/useExhaustiveDependencies: the first place follows from options that do not change
	useEffect(() => {
		if (place.name === 'home' && lacksDatabase) navigate({type: 'reset', place: {name: 'start'}});
		else if ((place.name === 'home' || (place.name === 'start' && mayBegin)) && unfinished) {
			navigate({type: 'reset', place: {name: 'recovery'}});
		} else if (place.name === 'start' && mayBegin) navigate({type: 'reset', place: firstPlace});
	}, [place.name, lacksDatabase, mayBegin, unfinished, navigate]);

	const openExtra = (flow: WizardFlow, given: Readonly<Record<string, unknown>>, from?: 'fix' | 'bundle') => {
		const name = `(extra) ${flow.id}`;
		extraFlows.current.set(name, flow);
		navigate({type: from ? 'open' : 'replace', place: {name: 'flow', flow: name, given, from}});
	};

	if (place.name === 'start' || !stack || !shownStack) {
		return (
			<Start
				options={options}
				detection={detection}
				attempt={attempt}
				onLook={look}
				onChoose={setTarget}
				onContinue={() => setAcceptsNoDatabase(true)}
			/>
		);
	}

	switch (place.name) {
		case 'home': {
			const entries = options.entries.filter(entry => entry.isAvailable?.(stack) ?? true);
			return (
				<HomeScreen
					facts={{stack: shownStack, backups, isComplete: detection.isComplete, now: now()}}
					error={detection.error}
					menu={menuOptions(entries)}
					onChoose={value => navigate({type: 'open', place: placeOf(value, entries)})}
					onLook={look}
					onHistory={() => navigate({type: 'open', place: {name: 'history'}})}
					onWarnings={() => navigate({type: 'open', place: {name: 'warnings'}})}
				/>
			);
		}

		case 'flow': {
			const entry = findFlowEntry(options.entries, place.flow);
			const flow = place.flow === initialFlow ? initial?.flow : (extraFlows.current.get(place.flow) ?? entry?.flow);
			if (!flow || !wasComplete)
				return <Look detection={detection} title={flow?.title} onLook={look} onHome={goHome} />;
			const isInitial = place.flow === initialFlow;
			const {from} = place;
			const home = {value: 'home', label: isInitial ? 'Done' : initial ? 'Go on' : 'Back to the start'};
			return (
				<FlowScreen
					key={`${place.flow} ${JSON.stringify(place.given)}`}
					flow={flow}
					given={place.given}
					stack={stack}
					services={services}
					session={session}
					homeLabel={home.label}
					optionsAfter={outcome =>
						from ? afterTroubleshoot(from, outcome, findLogs(options.entries) !== undefined) : [home]
					}
					memory={entry?.remembers ? answerMemory(options, stack, entry.flow.id) : undefined}
					canOpen={id => findFlowEntry(options.entries, id) !== undefined}
					onOpen={(id, given) => navigate({type: 'replace', place: {name: 'flow', flow: id, given}})}
					onRunEnded={() => {
						if (from !== 'bundle') setDiagnosis(undefined);
						if (session.state() === 'open') look();
					}}
					onLeave={choice => {
						if (isInitial) session.leave(choice === 'back' ? cancelledCode : undefined);
						else if (choice === 'back') goBack();
						else if (choice === 'logs') navigate({type: 'replace', place: {name: 'logs'}});
						else goHome();
					}}
				/>
			);
		}

		case 'recovery':
			return unfinished ? (
				<RecoveryScreen
					recovery={unfinished}
					onChoose={position => {
						isRecovered.current = true;
						const choice = position === undefined ? undefined : unfinished.choices[position];
						if (choice) openExtra(choice.flow, choice.given);
						else goHome();
					}}
				/>
			) : undefined;
		case 'troubleshoot': {
			const troubleshoot = findTroubleshoot(options.entries);
			if (!troubleshoot || !wasComplete) {
				return <Look detection={detection} title="Troubleshoot" onLook={look} onHome={goHome} />;
			}

			return (
				<TroubleshootScreen
					troubleshoot={troubleshoot}
					stack={stack}
					services={services}
					session={session}
					known={diagnosis}
					onDiagnosis={setDiagnosis}
					onFlow={(flow, from) => openExtra(flow, {}, from)}
					onHome={() => {
						setDiagnosis(undefined);
						goHome();
					}}
				/>
			);
		}

		case 'logs': {
			const logs = findLogs(options.entries);
			return logs ? <LogsScreen source={logs} stack={stack} onLeave={goHome} /> : undefined;
		}

		case 'settings':
			return <SettingsScreen settings={services.settings} stack={stack} />;
		case 'warnings':
			return <WarningsScreen warnings={shownStack.warnings} />;
		case 'history':
			return <HistoryScreen backups={backups ?? []} now={now()} />;
		default:
			place satisfies never;
			return undefined;
	}
}

type LookProps = {
	readonly detection: Detection;
	readonly title: string | undefined;
	readonly onLook: () => void;
	readonly onHome: () => void;
};

/** What needs a stack that was looked at to the end: the wait for that, or why it cannot be had. */
function Look({detection: {error}, title = '', onLook, onHome}: LookProps) {
	if (!error) return <WaitView label="Looking at the stack" />;
	return (
		<FailureView
			title={title}
			error={error}
			options={[
				{value: 'again', label: 'Look again'},
				{value: 'home', label: 'Back to the start'},
			]}
			onSelect={choice => (choice === 'again' ? onLook() : onHome())}
		/>
	);
}
