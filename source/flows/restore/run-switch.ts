import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {PostgresClient} from '../../postgres/client.js';
import {type Exchange, exchangeDatabases, findRenameObstacles} from '../../postgres/switch.js';
import {flushCaches} from './caches.js';
import {measureOutage, migrate, startApplication, stopApplication, switchFiles} from './go-live.js';
import type {PlannedDatabase} from './place-databases.js';
import {switchVolumes} from './restore-volumes.js';
import type {Finished} from './run.js';
import type {RestoreRun} from './run-context.js';
import {stage} from './stage.js';
import {willUndo} from './undo.js';

/** Beside the live database, checked, then switched by rename in one short step; the application runs until then. */
export async function* runSwitch(run: RestoreRun): Operation<Finished> {
	const {journal} = run;
	await journal.enter('restoring');
	const {databases, storages} = yield* stage(run);

	await journal.enter('switching');
	const meter = measureOutage(run);
	try {
		yield* stopApplication(run);
		yield* switchFiles(run);
		yield* switchVolumes(run, storages);
		yield* switchDatabases(run);
		yield* migrate(run);
		yield* flushCaches(run);
		const health = yield* startApplication(run);
		const downtimeMs = await meter.stop();
		return {
			canRollBack: true,
			result: {
				downtimeMs,
				databases,
				health,
				rollbackPoint: null,
				notes: [],
			},
		};
	} finally {
		await meter.stop();
	}
}

/** Every restored database gets its name; those that had it keep their data under another. */
export async function* switchDatabases(
	run: RestoreRun,
	formerOf: (database: PlannedDatabase) => string | null = database => database.former,
): Operation<void> {
	const {journal} = run;
	const step = 'switch';
	yield {type: 'step-started', step, title: 'Switch the databases', canCancel: false};
	for (const [service, databases] of run.byService()) {
		const client = await run.client(service);
		const server = run.address(service);
		const exchanges = databases.map(database => ({
			live: database.name,
			incoming: database.staging,
			former: formerOf(database),
		}));
		await refuseObstacles(client, exchanges);
		await willUndo(journal, 'exchange-back', {server, exchanges, writers: run.plan.writers});
		await exchangeDatabases(client, exchanges, {timeoutMs: 60_000});
	}

	yield {type: 'step-finished', step};
}

/** What came up since the plan was made. */
async function refuseObstacles(client: PostgresClient, exchanges: readonly Exchange[]): Promise<void> {
	const obstacles = await findRenameObstacles(
		client,
		exchanges.map(exchange => exchange.live),
	);
	const [first] = obstacles.filter(obstacle => obstacle.obstacle.startsWith('prepared'));
	if (first === undefined) return;
	throw new AppError('preflight-failed', `The database ${first.database} cannot be renamed: ${first.obstacle}`, {
		hint: 'Commit or roll back prepared transactions, then try again',
	});
}
