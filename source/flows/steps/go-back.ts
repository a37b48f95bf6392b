import {AppError, toAppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Decision, Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {diagnoseFailure, type FailureDiagnosis, type Traces} from './diagnose-failure.js';
import type {HealthReport} from './health-rules.js';
import type {OutageMeter} from './outage.js';
import type {OutputRecorder} from './record-output.js';

/** An upgrade that has failed, and how it is taken back. */
export type FailedRun = {
	readonly stack: Stack;
	readonly journal: Journal;
	readonly output: OutputRecorder;
	/** Undefined when the application was not stopped yet. */
	readonly outage: OutageMeter | undefined;
	readonly services: Services;
	readonly signal: AbortSignal;
	/** Where the reason may show. */
	traces(cause: AppError): Traces;
	/** What comes back, for whoever has to decide; null where nobody could want to leave it as it is, so that nobody is asked. */
	readonly comesBack: string | null;
	/** Prepares the journal for a later `rollback` of what somebody left as it is. */
	leave?(): Promise<void>;
	undo(): Operation<HealthReport | null>;
	/** Ends the journal of what was taken back. */
	end(): Promise<void>;
	/** What is the case after the way back, one sentence. */
	describeReturn(health: HealthReport | null): string;
};

/**
 * After a failure: says why while it can still be seen, asks whether to go back where there is somebody to ask, takes everything back, and answers
 * with the error to throw. Its `extras` are what the document of `--json` says beside the error.
 */
export async function* goBack(thrown: unknown, run: FailedRun): Operation<AppError> {
	const {journal} = run;
	const cause = toAppError(thrown);
	if (journal.record.undo.length === 0) {
		await run.outage?.stop();
		await journal.finish('remove');
		return cause.code === 'cancelled' ? new AppError('cancelled', 'Cancelled. Nothing was changed', {cause}) : cause;
	}

	for (const step of run.output.openSteps()) yield {type: 'step-failed', step};
	const diagnosis = cause.code === 'cancelled' ? null : yield* diagnose(cause, run);
	if (cause.code !== 'cancelled' && !(await wantsBack(cause, diagnosis, run))) {
		return yield* leave(cause, diagnosis, run);
	}

	yield {
		type: 'warning',
		message:
			cause.code === 'cancelled'
				? 'Cancelled: everything goes back to what it was'
				: `${cause.message}: everything goes back to what it was`,
	};
	try {
		const health = yield* run.undo();
		const outageMs = (await run.outage?.stop()) ?? 0;
		await run.end();
		return explain(withoutRemedy(cause), diagnosis, {rolledBack: true, health, outageMs}, [run.describeReturn(health)]);
	} catch (error) {
		await run.outage?.stop();
		await journal.abandon();
		return explain(toAppError(error), diagnosis, {rolledBack: false, failure: cause.message}, []);
	}
}

/** Refusals that came late: what to do about them stays true when everything is as it was. */
const refusals: readonly string[] = ['preflight-failed', 'extension-missing'];

/** What would mend the new version is no help once the previous one runs again; what to do before the next try is. */
function withoutRemedy(cause: AppError): AppError {
	const {code, message, details} = cause;
	if (refusals.includes(code)) return cause;
	const hint = code === 'health-failed' || code === 'upgrade-failed' ? cause.hint : undefined;
	return new AppError(code, message, {hint, details, cause: cause.cause});
}

async function* diagnose(
	cause: AppError,
	{stack, journal, services, traces}: FailedRun,
): Operation<FailureDiagnosis | null> {
	const diagnosis = yield* diagnoseFailure(stack, traces(cause), journal.record.startedAt, services);
	for (const finding of diagnosis?.findings ?? [])
		yield {type: 'warning', message: finding.summary, hint: finding.fixes[0]?.title};
	return diagnosis;
}

/** Without a terminal the way back is part of what `--yes` agreed to. */
async function wantsBack(
	cause: AppError,
	diagnosis: FailureDiagnosis | null,
	{stack, comesBack, services, signal}: FailedRun,
): Promise<boolean> {
	if (services.ask === undefined || comesBack === null || signal.aborted) return true;
	const answer = await services.ask(describeDecision(stack.project, comesBack, cause, diagnosis), signal);
	return answer !== 'leave';
}

/** What somebody has to decide when an upgrade has failed; nobody's answer is to go back. */
export function describeDecision(
	project: string,
	comesBack: string,
	cause: AppError,
	diagnosis: FailureDiagnosis | null,
): Decision {
	return {
		title: 'Shall everything go back to what it was?',
		lines: [cause.message, ...(diagnosis?.text ?? cause.details)],
		choices: [
			{value: 'back', label: 'Go back', hint: comesBack},
			{value: 'leave', label: 'Leave it as it is', hint: `roll ${project} back later`},
		],
	};
}

/** The way back stays open for a later rollback. */
async function* leave(cause: AppError, diagnosis: FailureDiagnosis | null, run: FailedRun): Operation<AppError> {
	await run.outage?.stop();
	await run.leave?.();
	await run.journal.finish('keep');
	yield {type: 'warning', message: 'Everything is left as it is now; the way back stays open'};
	const left = new AppError(cause.code, cause.message, {
		hint: 'Everything is as the failure left it: look at it, then take the way back',
		fix: ['lifeboat', 'rollback'],
		details: cause.details,
		cause: cause.cause,
	});
	return explain(left, diagnosis, {rolledBack: false, failure: cause.message}, []);
}

function explain(
	error: AppError,
	diagnosis: FailureDiagnosis | null,
	facts: Readonly<Record<string, unknown>>,
	notes: readonly string[],
): AppError {
	const keepsCode = ['bug', 'cancelled', 'rollback-failed', ...refusals].includes(error.code);
	// The last lines of a tool say nothing that the evidence of a finding does not; why the way back stopped is another matter.
	const isExplained = error.code !== 'rollback-failed' && diagnosis !== null && diagnosis.findings.length > 0;
	const hint = [...notes, error.hint].filter(Boolean).join('. ');
	const explained = new AppError(
		keepsCode ? error.code : 'upgrade-failed',
		error.code === 'cancelled' ? 'The upgrade was cancelled' : error.message,
		{
			hint: hint || undefined,
			fix: error.fix,
			details: [...(diagnosis?.text ?? []), ...(isExplained ? [] : error.details)],
			cause: error,
		},
	);
	const said = diagnosis === null ? {} : {findings: diagnosis.findings, tellingLines: diagnosis.tellingLines};
	return Object.assign(explained, {extras: {...facts, ...said}});
}
