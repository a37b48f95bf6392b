import {format} from 'node:util';
import type {GlobalOptions} from './commands/command.js';
import {type AppError, describeError, AppError as Failure, toAppError} from './errors.js';
import type {AnyFlow, Outcome, PlanReview, Question} from './flows/flow.js';
import {drive} from './operation.js';
import type {Services} from './services.js';
import type {Stack} from './stack/stack.js';
import {createTextProgress} from './text-progress.js';

/** What a command without a terminal works with. Results go to stdout, progress and prose to stderr. */
export type HeadlessContext = {
	readonly services: Services;
	readonly globals: GlobalOptions;
	readonly signal: AbortSignal;
	/** Writes one line of prose to stderr, unless `--quiet`. */
	say(line: string): void;
	/** Writes the result: the text without `--json`, the document with it. Called once. */
	answer(text: readonly string[], document: Readonly<Record<string, unknown>>): void;
};

export function createHeadlessContext(
	services: Services,
	globals: GlobalOptions,
	signal: AbortSignal,
): HeadlessContext {
	return {
		services,
		globals,
		signal,
		say(line) {
			if (!globals.quiet) process.stderr.write(`${line}\n`);
		},
		answer(text, document) {
			process.stdout.write(globals.json ? `${JSON.stringify(document)}\n` : text.map(line => `${line}\n`).join(''));
		},
	};
}

/**
 * Runs a flow without prompts: the plan, then the run, then one result. Resolves with the exit code.
 * A question without an answer and a plan that needs consent without `--yes` are usage errors: nothing is assumed.
 */
export async function runFlowHeadless(
	flow: AnyFlow,
	given: Readonly<Record<string, unknown>>,
	stack: Stack,
	context: HeadlessContext,
): Promise<number> {
	const {services, globals, signal} = context;
	const open = await flow.questions(stack, given, services, signal);
	const unanswered = open.filter(question => !hasSafeDefault(question));
	if (unanswered.length > 0) throw missingAnswers(flow, unanswered);
	const defaults = Object.fromEntries(
		open.map(question => [question.id, 'initial' in question ? question.initial : undefined]),
	);
	const parsed = flow.answers.safeParse({...defaults, ...given});
	if (!parsed.success) {
		throw new Failure(
			'usage',
			parsed.error.issues.map(issue => `${issue.path.join('.') || 'answer'}: ${issue.message}`).join('; '),
			{
				hint: `See \`lifeboat ${commandOf(flow)[0]} --help\``,
			},
		);
	}

	const plan = await flow.prepare(stack, parsed.data, services, signal);
	const review = flow.review(plan);
	if (globals.dryRun) {
		context.answer(describeReview(review), {ok: true, dryRun: true, plan});
		return 0;
	}

	if (review.needsConsent && !globals.yes) {
		for (const line of describeReview(review)) context.say(line);
		throw new Failure('confirmation-missing', `${review.title} changes things that need your consent`, {
			hint: 'Read the plan above; to run it without questions add --yes',
			fix: ['lifeboat', ...commandOf(flow), ...(typeof given['file'] === 'string' ? [given['file']] : []), '--yes'],
		});
	}

	if (globals.verbose) for (const line of describeReview(review)) context.say(line);
	const progress = createTextProgress({say: context.say, clock: services.clock, verbose: globals.verbose});
	const result = await drive(flow.run(plan, services, signal), progress);
	context.answer(describeOutcome(flow.outcome(result)), flow.toJson(result));
	return flow.exitCode?.(result) ?? 0;
}

/** Shows a failure on stderr, and as the one JSON document under `--json`. Resolves with the exit code. */
export function reportFailure(thrown: unknown, options: {readonly json: boolean; readonly verbose: boolean}): number {
	const error = toAppError(thrown);
	if (options.json)
		process.stdout.write(`${JSON.stringify({ok: false, ...extrasOf(error), error: describeError(error)})}\n`);
	else process.stderr.write(`${describeFailure(error).join('\n')}\n`);
	if (options.verbose && error.cause) process.stderr.write(`${format(error.cause)}\n`);
	return error.exitCode;
}

/** What is wrong, what to do, what to type. */
export function describeFailure(error: AppError): readonly string[] {
	return [
		`Error: ${error.message}`,
		...error.details.map(line => `  | ${line}`),
		...(error.hint === undefined ? [] : [`What to do: ${error.hint}`]),
		...(error.fix === undefined ? [] : [`Type:       ${error.fix.map(quoteWord).join(' ')}`]),
	];
}

/** Quotes a word for a POSIX shell where it needs it, so that what is shown can be pasted. */
export function quoteWord(word: string): string {
	return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

export function describeReview(review: PlanReview): readonly string[] {
	return [
		review.title,
		...review.facts.map(([label, value]) => `  ${label}: ${value}`),
		...review.steps.map(
			(step, index) => `  ${index + 1}. ${step.title}${step.detail === undefined ? '' : ` (${step.detail})`}`,
		),
		...review.destroys.map(text => `  Destroys: ${text}`),
		...review.warnings.flatMap(warning => [
			`  Warning: ${warning.message}`,
			...(warning.hint === undefined ? [] : [`           ${warning.hint}`]),
		]),
		...(review.diff ?? []).map(line => `  ${line}`),
		...(review.reading ?? []).flatMap(({title, lines}) => [`  ${title}:`, ...lines.map(line => `    ${line}`)]),
	];
}

export function describeOutcome(outcome: Outcome): readonly string[] {
	return [
		outcome.title,
		...outcome.facts.map(([label, value]) => `  ${label}: ${value}`),
		...(outcome.table === undefined
			? []
			: alignRows([outcome.table.columns, ...outcome.table.rows]).map(line => `  ${line}`)),
		...outcome.notes.map(note => `  ${note}`),
		...outcome.next.flatMap(step => [
			`Next: ${step.text}`,
			...(step.command === undefined ? [] : [`  ${step.command.map(quoteWord).join(' ')}`]),
		]),
	];
}

/** Pads the cells of each column to the same width. */
export function alignRows(rows: readonly (readonly string[])[]): readonly string[] {
	const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map(row => (row[column] ?? '').length)));
	return rows.map(row =>
		row
			.map((cell, column) => cell.padEnd(widths[column] ?? 0))
			.join('  ')
			.trimEnd(),
	);
}

function commandOf(flow: AnyFlow): readonly string[] {
	return flow.command ?? [flow.id];
}

/** A question may be left to its default without a terminal when it has one: flows give none to questions that could destroy. */
function hasSafeDefault(question: Question): boolean {
	if (question.kind === 'text') return question.initial !== undefined || question.optional === true;
	return question.initial !== undefined;
}

function missingAnswers(flow: AnyFlow, questions: readonly Question[]): AppError {
	const flags = questions.map(question => question.flag);
	const [first] = questions;
	const choices =
		first !== undefined && (first.kind === 'choice' || first.kind === 'choices')
			? first.choices.map(choice => choice.value)
			: [];
	return new Failure(
		'usage',
		`Without a terminal, \`lifeboat ${commandOf(flow).join(' ')}\` needs ${flags.join(', ')}`,
		{
			hint:
				choices.length > 0
					? `${first?.flag} is one of: ${choices.join(', ')}`
					: `See \`lifeboat ${commandOf(flow)[0]} --help\``,
			fix: [
				'lifeboat',
				...commandOf(flow),
				...questions.flatMap(({flag}) => (flag.startsWith('<') ? [flag] : [flag, '…'])),
			],
		},
	);
}

/** What a failed restore or upgrade adds to its document (`rolledBack`), carried by the error. */
function extrasOf(error: AppError): Readonly<Record<string, unknown>> {
	return 'extras' in error && typeof error.extras === 'object' && error.extras !== null
		? (error.extras as Record<string, unknown>)
		: {};
}
