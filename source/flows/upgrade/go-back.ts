import {AppError, toAppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Decision, Services} from '../../services.js';
import {describeFailedChecks, type HealthReport} from '../steps/health-rules.js';
import type {OutageMeter} from '../steps/outage.js';
import {diagnoseFailure, type FailureDiagnosis} from './diagnose-failure.js';
import {endUndone} from './kept.js';
import type {UpgradePlan} from './plan.js';
import type {OutputRecorder} from './record-output.js';
import {undoUpgrade} from './undo.js';

export type FailedRun = {
	readonly plan: UpgradePlan;
	readonly journal: Journal;
	readonly output: OutputRecorder;
	/** Undefined when the application was not stopped yet. */
	readonly outage: OutageMeter | undefined;
	readonly services: Services;
	readonly signal: AbortSignal;
};

/** An upgrade that was cancelled or failed takes itself back; that must not be cancelled by the same signal. */
const never = new AbortController().signal;

/**
 * After a failure: says why while it can still be seen, asks whether to go back where there is somebody to ask, takes everything back, and answers
 * with the error to throw. Its `extras` are what the document of `--json` says beside the error.
 */
export async function* goBack(thrown: unknown, run: FailedRun): Operation<AppError> {
	const {journal} = run;
	const cause = toAppError(thrown);
	if (journal.record.undo.length === 0) {
		await journal.finish('remove');
		return cause;
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
		const health = yield* undoUpgrade(journal, run.services, never);
		const outageMs = (await run.outage?.stop()) ?? 0;
		await endUndone(journal, run.services, never);
		return explain(withoutRemedy(cause), diagnosis, {rolledBack: true, health, outageMs}, [describeReturn(health)]);
	} catch (error) {
		await run.outage?.stop();
		await journal.abandon();
		return explain(toAppError(error), diagnosis, {rolledBack: false, failure: cause.message}, []);
	}
}

/** What would mend the new version is no help once the previous one runs again; to give it more time is. */
function withoutRemedy(cause: AppError): AppError {
	const {code, message, details} = cause;
	const hint = code === 'health-failed' ? cause.hint : undefined;
	return new AppError(code, message, {hint, details, cause: cause.cause});
}

function describeReturn(health: HealthReport | null): string {
	if (health === null || health.ok) return 'The previous version runs again with the data from before';
	return `Everything is as it was, but the previous version is not healthy: ${describeFailedChecks(health).join('; ')}`;
}

async function* diagnose(
	cause: AppError,
	{plan, journal, output, services}: FailedRun,
): Operation<FailureDiagnosis | null> {
	const {phase, startedAt} = journal.record;
	const diagnosis = yield* diagnoseFailure({plan, phase, startedAt, error: cause, output}, services);
	for (const finding of diagnosis?.findings ?? [])
		yield {type: 'warning', message: finding.summary, hint: finding.fixes[0]?.title};
	return diagnosis;
}

/** Without a terminal the way back is part of what `--yes` agreed to. */
async function wantsBack(
	cause: AppError,
	diagnosis: FailureDiagnosis | null,
	{plan, services, signal}: FailedRun,
): Promise<boolean> {
	if (services.ask === undefined || signal.aborted) return true;
	const answer = await services.ask(describeDecision(plan.stack.project, cause, diagnosis), signal);
	return answer !== 'leave';
}

/** What somebody has to decide when an upgrade has failed; nobody's answer is to go back. */
export function describeDecision(project: string, cause: AppError, diagnosis: FailureDiagnosis | null): Decision {
	return {
		title: 'Shall everything go back to what it was?',
		lines: [cause.message, ...(diagnosis?.text ?? cause.details)],
		choices: [
			{value: 'back', label: 'Go back', hint: 'code, images, files and data of before'},
			{value: 'leave', label: 'Leave it as it is', hint: `roll ${project} back later`},
		],
	};
}

/** The way back stays open for a later rollback. */
async function* leave(cause: AppError, diagnosis: FailureDiagnosis | null, run: FailedRun): Operation<AppError> {
	await run.outage?.stop();
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
	const keepsCode = error.code === 'bug' || error.code === 'cancelled' || error.code === 'rollback-failed';
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
