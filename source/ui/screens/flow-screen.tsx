import {useIsScreenReaderEnabled} from 'ink';
import {useEffect, useReducer, useRef} from 'react';
import {AppError, toAppError} from '../../errors.js';
import type {Outcome} from '../../flows/flow.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {Option} from '../components/select.js';
import {
	type Answers,
	type FlowState,
	isAtStart,
	reduceFlow,
	rememberableAnswers,
	startFlow,
	withInitial,
} from '../flow-state.js';
import {useEscape} from '../hooks.js';
import {sanitizeError, startRun} from '../operation-run.js';
import type {Session} from '../session.js';
import {sanitizeData} from '../text.js';
import {useUi} from '../ui-context.js';
import type {WizardFlow} from '../wizard.js';
import {FailureView} from './failure-view.js';
import {OutcomeView} from './outcome-view.js';
import {QuestionView} from './question-view.js';
import {ReviewView} from './review-view.js';
import {RunView} from './run-view.js';
import {WaitView} from './wait-view.js';

export type FlowScreenProps = {
	readonly flow: WizardFlow;
	readonly given: Answers;
	readonly stack: Stack;
	readonly services: Services;
	readonly session: Session;
	/** What can be done after a run; its values go to `onLeave`. */
	readonly optionsAfter: (outcome: Outcome) => readonly Option<string>[];
	/** Opens a flow that an outcome proposes; false from `canOpen` leaves it to its command. */
	readonly canOpen: (flow: string) => boolean;
	readonly onOpen: (flow: string, given: Answers) => void;
	/** Answers of earlier runs on this stack, where they are kept. */
	readonly memory?: {readonly read: () => Answers; readonly write: (answers: Answers) => void} | undefined;
	readonly homeLabel: string;
	/** Out of the flow: back before the run, on after it with what was chosen. */
	readonly onLeave: (choice: string) => void;
	/** A run has ended, however it did: what is known of the stack is old now. */
	readonly onRunEnded: () => void;
};

/** A screen reader is told of progress this often. */
const screenReaderIntervalMs = 10_000;

/** Any flow: questions, review, run, outcome. */
export function FlowScreen(props: FlowScreenProps) {
	const {flow, given, services, session, optionsAfter, canOpen, onOpen, memory, homeLabel, onLeave} = props;
	const isScreenReader = useIsScreenReaderEnabled();
	const [state, dispatch] = useReducer(reduceFlow, given, startFlow);
	const isBusy = state.stage === 'running';
	useThinking(state, props, dispatch);
	useRunEnd(state, flow, dispatch, props.onRunEnded);

	const goBack = () => {
		if (state.stage === 'outcome' || (state.stage === 'failed' && state.run)) onLeave('home');
		else if (isAtStart(state)) onLeave('back');
		else dispatch({type: 'back'});
	};

	// A run is left by Ctrl+C alone, which cancels it first.
	useEscape(() => {
		if (!isBusy) goBack();
	});

	switch (state.stage) {
		case 'thinking':
			return (
				<WaitView
					title={flow.title}
					label={state.about === 'plan' ? 'Making the plan; nothing is changed yet' : 'Looking at what is there'}
				/>
			);
		case 'asking':
			return (
				<QuestionView
					key={`${state.asked.length} ${state.question.id}`}
					flowTitle={flow.title}
					question={sanitizeData(state.question)}
					onAnswer={value => dispatch({type: 'answer', value})}
				/>
			);
		case 'review': {
			const {plan} = state;
			return (
				<ReviewView
					flowTitle={flow.title}
					review={sanitizeData(state.review)}
					onBack={goBack}
					onStart={() => {
						const run = startRun((signal, ask) => flow.run(plan, {...services, ask}, signal), {
							now: services.clock.now,
							...(isScreenReader ? {intervalMs: screenReaderIntervalMs} : {}),
						});
						memory?.write(rememberableAnswers(state));
						session.track(run);
						dispatch({type: 'start', run});
					}}
				/>
			);
		}

		case 'running':
			return <RunView flowTitle={flow.title} title={state.title} run={state.run} />;
		case 'outcome': {
			const proposed = state.outcome.next.flatMap(({text, flow: next}, index) =>
				next && canOpen(next.id) ? [{value: `next ${index}`, label: text, next}] : [],
			);
			const optionsOf = (isWayBack: boolean) =>
				proposed.filter(({next}) => (next.isWayBack ?? false) === isWayBack).map(({value, label}) => ({value, label}));
			return (
				<OutcomeView
					flowTitle={flow.title}
					outcome={state.outcome}
					options={[...optionsOf(false), ...optionsAfter(state.outcome), ...optionsOf(true)]}
					onSelect={choice => {
						const next = proposed.find(({value}) => value === choice)?.next;
						if (next) onOpen(next.id, next.given);
						else onLeave(choice);
					}}
				/>
			);
		}

		case 'failed': {
			// Where there is nothing to go back to, there is nothing the second time either.
			const isFinal = state.error.code === 'nothing-to-roll-back';
			const options = [
				...(isFinal
					? []
					: [{value: 'retry', label: 'Try again', hint: 'Shows the plan again before anything happens'}]),
				...(state.run || isAtStart(state) ? [] : [{value: 'back', label: 'Change the last answer'}]),
				{value: 'home', label: homeLabel},
			];
			return (
				<FailureView
					title={flow.title}
					error={state.error}
					progress={state.run?.snapshot().progress}
					options={state.error.code === 'cancelled' ? options.toReversed() : options}
					onSelect={choice => {
						if (choice === 'retry') dispatch({type: 'retry'});
						else if (choice === 'back') goBack();
						else onLeave('home');
					}}
				/>
			);
		}

		default:
			state satisfies never;
			return undefined;
	}
}

type Dispatch = (action: Parameters<typeof reduceFlow>[1]) => void;

/** Asks the flow for its questions, then for its plan; Escape or leaving aborts. */
function useThinking(state: FlowState, {flow, stack, services, memory}: FlowScreenProps, dispatch: Dispatch): void {
	const about = state.stage === 'thinking' ? state.about : undefined;
	const {answers} = state;
	// biome-ignore lint/correctness/useExhaustiveDependencies: flow, stack and services are those of the moment the thinking began
	useEffect(() => {
		if (!about) return undefined;
		const controller = new AbortController();
		const {signal} = controller;
		const think = async () => {
			if (about === 'questions') {
				const known = memory?.read() ?? {};
				const asked = await flow.questions(stack, answers, services, signal);
				const questions = asked.map(question => withInitial(question, known[question.id]));
				return () => dispatch({type: 'questions', questions});
			}

			const plan = await flow.prepare(stack, checkAnswers(flow, answers), services, signal);
			const review = flow.review(plan);
			return () => dispatch({type: 'plan', plan, review});
		};

		think().then(
			apply => {
				if (!signal.aborted) apply();
			},
			(error: unknown) => {
				if (!signal.aborted) dispatch({type: 'fail', error: sanitizeError(toAppError(error))});
			},
		);
		return () => controller.abort();
	}, [about, answers]);
}

function checkAnswers(flow: WizardFlow, answers: Answers): unknown {
	if (!flow.answers) return answers;
	const parsed = flow.answers.safeParse(answers);
	if (parsed.success) return parsed.data;
	const [issue] = parsed.error.issues;
	const name = issue?.path.join('.') ?? '';
	throw new AppError('usage', `This answer does not fit: ${name ? `${name}: ` : ''}${issue?.message ?? ''}`, {
		hint: 'Go back with Escape and change it',
	});
}

/** Takes the end of a run to the outcome, and tells the session with which code a goodbye from there ends. */
function useRunEnd(state: FlowState, flow: WizardFlow, dispatch: Dispatch, onRunEnded: () => void): void {
	const {record, setExitCode, symbols} = useUi();
	const run = state.stage === 'running' ? state.run : undefined;
	const title = state.stage === 'running' ? state.title : '';
	const latest = useRef(onRunEnded);
	latest.current = onRunEnded;
	useEffect(() => {
		if (!run) return;
		const conclude = () => {
			const {status, result, error, progress} = run.snapshot();
			if (status === 'failed' && error) {
				setExitCode(error.exitCode);
				const sign = error.code === 'cancelled' ? symbols.idle : symbols.failed;
				record(`${sign} ${title}: ${error.message}`);
				dispatch({type: 'fail', error});
			} else {
				const outcome = withWarnings(sanitizeData(flow.outcome(result)), progress.warnings);
				const exitCode = flow.exitCode?.(result) ?? (outcome.status === 'success' ? 0 : 4);
				setExitCode(exitCode);
				const sign = {success: symbols.ok, problems: symbols.warning, failure: symbols.failed}[outcome.status];
				const facts = outcome.facts.slice(0, 2).map(([label, value]) => `${label}: ${value}`);
				record([`${sign} ${outcome.title}`, ...facts].join(symbols.separator));
				dispatch({type: 'finish', outcome, exitCode});
			}

			latest.current();
		};

		run.finished.then(conclude, conclude);
	}, [run, title, flow, dispatch, record, setExitCode, symbols]);
}

function withWarnings(outcome: Outcome, warnings: readonly {readonly message: string}[]): Outcome {
	return warnings.length === 0
		? outcome
		: {...outcome, notes: [...outcome.notes, ...warnings.map(({message}) => message)]};
}
