import type {Operation} from '../../operation.js';
import type {Finished} from './run.js';
import type {RestoreRun} from './run-context.js';
import {checkRestored, createRoles, loadStaging} from './steps.js';

/** A copy to look at, under a name of its own; nothing else is touched. */
export async function* runToDatabase(run: RestoreRun): Operation<Finished> {
	const {plan, journal} = run;
	await journal.enter('restoring');
	yield* createRoles(run);
	for (const database of plan.databases) yield* loadStaging(run, database);
	const databases = yield* checkRestored(run, database => database.staging);
	return {
		canRollBack: false,
		result: {
			downtimeMs: 0,
			databases: databases.map(database => ({...database, previous: null})),
			health: null,
			rollbackPoint: null,
			notes: [],
			lookAt: lookAt(run),
		},
	};
}

function lookAt({plan, services}: RestoreRun): readonly string[] {
	const target = plan.targets.find(one => one.service === plan.databases[0]?.service);
	const login = ['-U', target?.user ?? 'postgres', '-d', plan.databases[0]?.name ?? ''];
	if (target?.external != null)
		return ['psql', '-h', target.external.host, '-p', String(target.external.port), ...login];
	return ['docker', ...services.compose.argv(plan.stack.target, ['exec', target?.service ?? '', 'psql', ...login])];
}
