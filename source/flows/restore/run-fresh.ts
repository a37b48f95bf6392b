import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {dropDatabase, listDatabaseNames} from '../../postgres/database.js';
import {nameFormer} from '../../postgres/switch.js';
import {dropFormerStorage, type RestorableStorage} from '../../stack/storage-restore.js';
import {waitForHealth} from '../steps/health.js';
import type {HealthReport} from '../steps/health-rules.js';
import {lastLines} from '../steps/writers.js';
import {flushCaches} from './caches.js';
import {migrate, stopApplication, switchFiles} from './go-live.js';
import type {PlannedDatabase} from './place-databases.js';
import {refuseTarget} from './preflight.js';
import {readTargetFacts} from './read-target.js';
import {switchVolumes} from './restore-volumes.js';
import type {Finished} from './run.js';
import type {RestoreRun} from './run-context.js';
import {switchDatabases} from './run-switch.js';
import {stage} from './stage.js';

/**
 * Into a stack without data: its servers are started, asked what they can do, filled, and then the whole stack is started.
 * An application that is not healthy afterwards is told, and the restored data stays: there is nothing better to go back to.
 */
export async function* runFresh(run: RestoreRun): Operation<Finished> {
	const {journal} = run;
	await journal.enter('restoring');
	yield* startServers(run);
	const {databases, storages} = yield* stage(run);

	await journal.enter('switching');
	const begunAt = run.services.clock.now();
	yield* stopApplication(run);
	const empty = await findEmptyFormers(run);
	yield* switchFiles(run);
	yield* switchVolumes(run, storages);
	yield* switchDatabases(run, database => empty.get(database) ?? null);
	yield* migrate(run);
	yield* flushCaches(run);
	await keepWhatIsThere(run, empty, storages);
	const health = yield* startStack(run);
	return {
		canRollBack: false,
		result: {
			downtimeMs: run.services.clock.now() - begunAt,
			databases: databases.map(database => ({...database, previous: null})),
			health,
			rollbackPoint: null,
			notes: health.ok
				? []
				: ['The data is restored, but the application is not healthy: `lifeboat troubleshoot` says why'],
		},
	};
}

/** Starts the servers that are down and checks what could not be checked before. */
async function* startServers(run: RestoreRun): Operation<void> {
	const {plan, signal} = run;
	for (const [service] of run.byService()) {
		const target = plan.targets.find(one => one.service === service);
		if (target === undefined || target.server !== null) continue;
		const step = `start ${service}`;
		yield {type: 'step-started', step, title: `Start ${service}`, canCancel: true};
		const client = await run.client(service);
		const server = await readTargetFacts(client, signal);
		const mine = plan.databases.filter(database => database.service === service);
		refuseTarget({
			answers: {owners: plan.owners, force: plan.force, mode: 'switch'},
			source: plan.source,
			target: {...target, running: true, server},
			databases: mine,
			mode: plan.mode,
		});
		refuseData(mine, server.databases);
		yield {type: 'step-finished', step, note: `PostgreSQL ${server.version}`};
	}
}

/** A stack that was down may hold data after all, which the plan could not see. */
function refuseData(
	planned: RestoreRun['plan']['databases'],
	existing: readonly {readonly name: string; readonly tables: number | null}[],
): void {
	const full = existing.find(one => one.tables !== 0 && planned.some(database => database.name === one.name));
	if (full === undefined) return;
	throw new AppError(
		'preflight-failed',
		`The database ${full.name} holds data, which could not be seen while its server was down`,
		{
			hint: 'Let the stack of that data run (docker compose up -d) and restore there: the plan then says what happens to it. Or give this one another name with -p',
		},
	);
}

/** Databases without a table that have the names already, as a server creates one when it starts for the first time; with the name that each gets. */
async function findEmptyFormers(run: RestoreRun): Promise<ReadonlyMap<PlannedDatabase, string>> {
	const empty = new Map<PlannedDatabase, string>();
	for (const [service, databases] of run.byService()) {
		const names = await listDatabaseNames(await run.client(service), {signal: run.signal});
		for (const database of databases)
			if (names.includes(database.name))
				empty.set(database, database.former ?? nameFormer(database.name, new Date(run.services.clock.now())));
	}

	return empty;
}

/** From here on nothing is taken back: the restored data is all there is. */
async function keepWhatIsThere(
	run: RestoreRun,
	empty: ReadonlyMap<PlannedDatabase, string>,
	storages: readonly RestorableStorage[],
): Promise<void> {
	for (const entry of [...run.journal.record.undo].reverse()) {
		if (entry.kind !== 'start-writers') await run.journal.forget(entry);
	}

	for (const storage of storages) await dropFormerStorage(run.services.processes, storage);
	for (const [database, former] of empty) await dropDatabase(await run.client(database.service), former);
}

/** `docker compose up` for everything that the stack is made of. */
async function* startStack(run: RestoreRun): Operation<HealthReport> {
	const {plan, services, signal, journal} = run;
	await journal.enter('starting');
	const step = 'start';
	yield {type: 'step-started', step, title: 'Start the stack', canCancel: true};
	const result = await services.compose.run(plan.stack.target, ['up', '--detach'], {signal, timeoutMs: 600_000});
	if (result.exitCode !== 0)
		throw new AppError('compose-failed', 'Docker Compose cannot start the stack', {
			hint: 'Read what Compose says, then start it yourself',
			fix: ['docker', ...services.compose.argv(plan.stack.target, ['up', '-d'])],
			details: lastLines(result.stderr),
		});
	yield {type: 'step-finished', step};
	return yield* waitForHealth(services, {
		project: plan.stack.project,
		watch: plan.watch,
		timeoutMs: plan.healthTimeoutMs,
		signal,
	});
}
