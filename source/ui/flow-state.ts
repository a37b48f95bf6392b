import type {AppError} from '../errors.js';
import type {Outcome, PlanReview, Question} from '../flows/flow.js';
import type {OperationRun} from './operation-run.js';

export type Answers = Readonly<Record<string, unknown>>;

/** A question that has been answered, with what was known before it: the way back. */
type Asked = {readonly question: Question; readonly rest: readonly Question[]; readonly answers: Answers};

type Base = {readonly answers: Answers; readonly asked: readonly Asked[]};

/** Where a flow stands: questions, review, run, outcome; or a failure on the way. */
export type FlowState = Base &
	(
		| {readonly stage: 'thinking'; readonly about: 'questions' | 'plan'}
		| {readonly stage: 'asking'; readonly question: Question; readonly rest: readonly Question[]}
		| {readonly stage: 'review'; readonly plan: unknown; readonly review: PlanReview}
		| {readonly stage: 'running'; readonly run: OperationRun<unknown>; readonly title: string}
		| {readonly stage: 'outcome'; readonly outcome: Outcome; readonly exitCode: number}
		| {readonly stage: 'failed'; readonly error: AppError; readonly run: OperationRun<unknown> | undefined}
	);

export type FlowAction =
	| {readonly type: 'questions'; readonly questions: readonly Question[]}
	| {readonly type: 'answer'; readonly value: unknown}
	| {readonly type: 'plan'; readonly plan: unknown; readonly review: PlanReview}
	| {readonly type: 'start'; readonly run: OperationRun<unknown>}
	| {readonly type: 'finish'; readonly outcome: Outcome; readonly exitCode: number}
	| {readonly type: 'fail'; readonly error: AppError}
	| {readonly type: 'retry'}
	| {readonly type: 'back'};

export function startFlow(given: Answers): FlowState {
	return {stage: 'thinking', about: 'questions', answers: given, asked: []};
}

/** True when Escape leads out of the flow and not to an earlier question. */
export function isAtStart(state: FlowState): boolean {
	return state.asked.length === 0;
}

export function reduceFlow(state: FlowState, action: FlowAction): FlowState {
	const {answers, asked} = state;
	switch (action.type) {
		case 'questions': {
			if (state.stage !== 'thinking') return state;
			const known = new Set([...Object.keys(answers), ...asked.map(({question}) => question.id)]);
			return ask(
				action.questions.filter(question => !known.has(question.id)),
				{answers, asked},
				'plan',
			);
		}

		case 'answer': {
			if (state.stage !== 'asking') return state;
			const {question, rest} = state;
			const next = {
				answers: action.value === undefined ? answers : {...answers, [question.id]: action.value},
				asked: [...asked, {question, rest, answers}],
			};
			return ask(rest, next, 'questions');
		}

		case 'plan':
			return state.stage === 'thinking'
				? {stage: 'review', plan: action.plan, review: action.review, answers, asked}
				: state;
		case 'start':
			return state.stage === 'review'
				? {stage: 'running', run: action.run, title: state.review.title, answers, asked}
				: state;
		case 'finish':
			return {stage: 'outcome', outcome: action.outcome, exitCode: action.exitCode, answers, asked};
		case 'fail':
			return {
				stage: 'failed',
				error: action.error,
				run: state.stage === 'running' ? state.run : undefined,
				answers,
				asked,
			};
		case 'retry':
			return {stage: 'thinking', about: 'questions', answers, asked};
		case 'back':
			return goBack(state);
		default:
			action satisfies never;
			return state;
	}
}

/** The next question, or when there is none: look for more (answers may raise new questions), or make the plan. */
function ask(questions: readonly Question[], base: Base, otherwise: 'questions' | 'plan'): FlowState {
	const [question, ...rest] = questions;
	return question ? {stage: 'asking', question, rest, ...base} : {stage: 'thinking', about: otherwise, ...base};
}

function goBack(state: FlowState): FlowState {
	const last = state.asked.at(-1);
	if (!last) return state;
	return {
		stage: 'asking',
		question: withInitial(last.question, state.answers[last.question.id]),
		rest: last.rest,
		answers: last.answers,
		asked: state.asked.slice(0, -1),
	};
}

/** A question that begins with the answer given before. */
export function withInitial(question: Question, value: unknown): Question {
	switch (question.kind) {
		case 'choice':
			return typeof value === 'string' && question.choices.some(choice => choice.value === value)
				? {...question, initial: value}
				: question;
		case 'choices':
			return withInitialChoices(question, value);
		case 'text':
			return typeof value === 'string' && !question.secret ? {...question, initial: value} : question;
		case 'confirm':
			return typeof value === 'boolean' ? {...question, initial: value} : question;
		default:
			question satisfies never;
			return question;
	}
}

/** What was chosen before and is still there. */
function withInitialChoices(question: Extract<Question, {readonly kind: 'choices'}>, value: unknown): Question {
	if (!Array.isArray(value)) return question;
	const initial = question.choices.map(choice => choice.value).filter(choice => value.includes(choice));
	return initial.length === 0 && value.length > 0 ? question : {...question, initial};
}

/** The answers that may be kept: given to questions of this run that ask for no secret. */
export function rememberableAnswers({answers, asked}: Pick<FlowState, 'answers' | 'asked'>): Answers {
	return Object.fromEntries(
		asked
			.filter(({question}) => !(question.kind === 'text' && question.secret))
			.flatMap(({question: {id}}) => (answers[id] === undefined ? [] : [[id, answers[id]] as const])),
	);
}
