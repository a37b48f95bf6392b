import {AppError, isAppError, isCancellation, toAppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {journalsOf} from '../journals.js';
import type {ServerAddress} from '../steps/database-up.js';
import {endLeftovers, operationIdOf} from './end-leftovers.js';
import {openSource, type RestoreSource, readDecryptionKeys} from './open-source.js';
import type {RestoreResult} from './outcome.js';
import type {RestorePlan} from './plan.js';
import {restoreError} from './restore-error.js';
import {createRun, type RestoreRun} from './run-context.js';
import {runFresh} from './run-fresh.js';
import {runInPlace} from './run-in-place.js';
import {runSwitch} from './run-switch.js';
import {runToDatabase} from './run-to-database.js';
import type {SetUp} from './set-up.js';
import {undoAll, willUndo} from './undo.js';

/**
 * Restores as planned. The file is read to its end before anything changes; from then on every step is in the journal before it is taken, and
 * whatever fails is undone. `setUp` is the stack that was set up for it, from the same file: read to its end just now, and taken back with the rest. Throws what failed, as a RestoreError that says whether everything is as it was.
 */
export async function* runRestore(
	plan: RestorePlan,
	services: Services,
	signal: AbortSignal,
	setUp?: SetUp,
): Operation<RestoreResult> {
	const begunAt = services.clock.now();
	const source = await openSource(plan.source.file, await readDecryptionKeys(plan.keys, services));
	try {
		if (setUp === undefined) yield* source.check(signal, plan.trustCommands);
		const journal = await journalsOf(services).begin(plan.stack, {
			id: plan.id,
			operation: 'restore',
			title: `Restore of ${plan.stack.project} from ${plan.source.file.slice(plan.source.file.lastIndexOf('/') + 1)}`,
			data: {plan},
		});
		if (setUp !== undefined) await willUndo(journal, 'set-up', setUp);
		return yield* runJournaled(plan, source, journal, services, signal, begunAt);
	} finally {
		await source.close();
	}
}

async function* runJournaled(
	plan: RestorePlan,
	source: RestoreSource,
	journal: Journal,
	services: Services,
	signal: AbortSignal,
	begunAt: number,
): Operation<RestoreResult> {
	const run = createRun(plan, source, journal, services, signal);
	try {
		const finished = yield* runMode(run);
		await journal.finish(finished.canRollBack ? 'keep' : 'remove');
		return {
			id: plan.id,
			project: plan.stack.project,
			file: plan.source.file,
			mode: plan.mode,
			files: plan.files.map(file => file.name),
			volumes: plan.volumes.map(volume => volume.name),
			...finished.result,
			notes: [...describeSignOut(plan), ...finished.result.notes],
			durationMs: services.clock.now() - begunAt,
		};
	} catch (error) {
		throw yield* takeBack(run, error);
	} finally {
		await run.dispose();
	}
}

/** The table of the outcome shows these rows as they were compared, before they were deleted. */
function describeSignOut({mode, clearSessions, sessionTables}: RestorePlan): readonly string[] {
	if (!clearSessions || sessionTables.length === 0 || mode === 'to-database') return [];
	const names = sessionTables.map(table => `${table.schema}.${table.name}`).join(', ');
	return [`Everybody signs in again: after the comparison the rows of ${names} were deleted`];
}

export type Finished = {
	readonly result: Pick<RestoreResult, 'downtimeMs' | 'databases' | 'health' | 'rollbackPoint' | 'notes' | 'lookAt'>;
	readonly canRollBack: boolean;
};

function runMode(run: RestoreRun): Operation<Finished> {
	switch (run.plan.mode) {
		case 'switch':
			return runSwitch(run);
		case 'in-place':
			return runInPlace(run);
		case 'to-database':
			return runToDatabase(run);
		case 'fresh':
			return runFresh(run);
		default:
			run.plan.mode satisfies never;
			throw new AppError('bug', 'an unknown mode');
	}
}

/** Undoes what was done and gives the error to throw. */
async function* takeBack(run: RestoreRun, thrown: unknown): Operation<AppError> {
	const {journal, services} = run;
	const error = isCancellation(thrown) ? new AppError('cancelled', 'Cancelled', {cause: thrown}) : toAppError(thrown);
	const changed = journal.record.undo.length > 0;
	const isKept = run.plan.mode === 'fresh' && journal.record.phase === 'starting';
	try {
		await run.dispose();
		yield* undoAll(journal, services);
		// A server that went away meanwhile comes up again: the application needs it, also where nothing of it was to be undone.
		if (isAppError(error, 'container-stopped') || isAppError(error, 'database-unreachable'))
			await endLeftovers(operationIdOf(run.plan), serversOf(run), services);
		await journal.finish('remove');
		return restoreError(error, {rolledBack: !isKept, changed, isKept});
	} catch (undoError) {
		await journal.abandon();
		return restoreError(toAppError(undoError), {rolledBack: false, changed, cause: error});
	}
}

function serversOf(run: RestoreRun): readonly ServerAddress[] {
	return run.byService().map(([service]) => run.address(service));
}
