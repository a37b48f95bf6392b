import type {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Traces} from '../steps/diagnose-failure.js';
import {goBack} from '../steps/go-back.js';
import {describeFailedChecks, type HealthReport} from '../steps/health-rules.js';
import type {OutageMeter} from '../steps/outage.js';
import type {OutputRecorder} from '../steps/record-output.js';
import {dataOf, type MoveRun} from './context.js';
import {keepNewData, undoMove} from './undo.js';

export type FailedMove = MoveRun & {
	readonly output: OutputRecorder;
	/** Undefined when the application was not stopped yet. */
	readonly outage: OutageMeter | undefined;
};

/** A move that was cancelled or failed takes itself back; that must not be cancelled by the same signal. */
const never = new AbortController().signal;

/** What comes back when a move is taken back. */
export const comesBack = 'the old server with its data, and the files of before';

/** Says why a move failed and takes it back. Answers with the error to throw. */
export function goBackFrom(thrown: unknown, run: FailedMove): Operation<AppError> {
	const {plan, journal, services} = run;
	const {phase, undo} = journal.record;
	const wasStopped = undo.some(entry => entry.kind === 'start');
	// Before that there is nothing to look at but a server that is half filled.
	const isLive = phase === 'starting';
	return goBack(thrown, {
		...run,
		stack: {...plan.stack, target: phase === 'switching' || isLive ? plan.targetAfter : plan.stack.target},
		traces: cause => tracesOf(cause, run),
		comesBack: isLive ? comesBack : null,
		leave: () => journal.keep({...dataOf(journal.record), left: true}),
		async *undo() {
			if (isLive) await keepNewData(journal);
			return yield* undoMove(journal, services, never);
		},
		end: () => journal.finish(isLive ? 'keep' : 'remove'),
		describeReturn: health => [describeReturn(run, wasStopped, health), ...describeKept(run, isLive)].join('. '),
	});
}

function tracesOf(cause: AppError, {journal, output}: FailedMove): Traces {
	const {phase} = journal.record;
	const lines = [...output.linesOf('pull'), ...output.linesOf('pg_restore'), ...cause.details];
	return {
		// While the data moves the old server is cut off or stopped by us: only what the tools said can be the reason.
		scope: phase === 'starting' ? 'everything' : phase === 'switching' ? 'databases' : 'nothing',
		output: [...new Set(lines)],
		oneShots: [],
	};
}

function describeReturn({plan}: FailedMove, wasStopped: boolean, health: HealthReport | null): string {
	if (plan.old.cannotStart) return 'All is as it was before, the data untouched';
	if (!wasStopped) return 'The application was not touched';
	if (health === null || health.ok) return 'The old server runs again with all its data';
	return `The old server runs again with all its data, but the application is not healthy: ${describeFailedChecks(health).join('; ')}`;
}

function describeKept({plan}: FailedMove, isLive: boolean): readonly string[] {
	return isLive
		? [`What was written to the new server is kept in ${plan.next.place.source}, until \`lifeboat rollback --drop\``]
		: [];
}
