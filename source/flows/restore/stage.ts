import type {Operation} from '../../operation.js';
import type {RestorableStorage} from '../../stack/storage-restore.js';
import type {RestoredDatabase} from './outcome.js';
import {rehearse} from './rehearse.js';
import {stageVolumes} from './restore-volumes.js';
import type {RestoreRun} from './run-context.js';
import {checkRestored, clearSessions, createRoles, loadStaging} from './steps.js';

type Staged = {readonly databases: readonly RestoredDatabase[]; readonly storages: readonly RestorableStorage[]};

/** Restores everything beside what is there now, and checks it: nothing that anybody uses has changed when this ends. */
export async function* stage(run: RestoreRun): Operation<Staged> {
	yield* createRoles(run);
	yield* rehearse(run);
	for (const database of run.plan.databases) yield* loadStaging(run, database);
	const databases = yield* checkRestored(run, database => database.staging);
	yield* clearSessions(run, database => database.staging);
	const storages = yield* stageVolumes(run);
	run.signal.throwIfAborted();
	return {databases, storages};
}
