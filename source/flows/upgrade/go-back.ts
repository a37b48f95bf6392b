import type {AppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {Traces} from '../steps/diagnose-failure.js';
import {goBack} from '../steps/go-back.js';
import {describeFailedChecks, type HealthReport} from '../steps/health-rules.js';
import type {OutageMeter} from '../steps/outage.js';
import type {OutputRecorder} from '../steps/record-output.js';
import {endUndone} from './kept.js';
import type {UpgradePlan} from './plan.js';
import {undoUpgrade} from './undo.js';

export type FailedUpgrade = {
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

const composeSteps = ['pull', 'build', 'start'];

/** What comes back when an upgrade is taken back. */
export const comesBack = 'code, images, files and data of before';

/** Says why an upgrade failed and takes it back. Answers with the error to throw. */
export function goBackFrom(thrown: unknown, run: FailedUpgrade): Operation<AppError> {
	const {plan, journal, services} = run;
	return goBack(thrown, {
		...run,
		stack: plan.stack,
		traces: cause => tracesOf(cause, run),
		comesBack,
		undo: () => undoUpgrade(journal, services, never),
		end: async () => {
			await endUndone(journal, services, never);
		},
		describeReturn,
	});
}

function tracesOf(cause: AppError, {plan, journal, output}: FailedUpgrade): Traces {
	const {phase} = journal.record;
	const isOfTool = ['compose-failed', 'compose-file-invalid', 'tool-failed'].includes(cause.code);
	return {
		// Until the writers are stopped the application is what it was: only what a tool said can be the reason.
		scope: phase === 'begun' || phase === 'preparing' ? 'nothing' : phase === 'starting' ? 'everything' : 'databases',
		output: [...composeSteps.flatMap(step => output.linesOf(step)), ...(isOfTool ? cause.details : [])],
		oneShots: phase === 'migrating' ? plan.migrate.map(name => ({name, log: output.linesOf(name)})) : [],
	};
}

function describeReturn(health: HealthReport | null): string {
	if (health === null || health.ok) return 'The previous version runs again with the data from before';
	return `Everything is as it was, but the previous version is not healthy: ${describeFailedChecks(health).join('; ')}`;
}
