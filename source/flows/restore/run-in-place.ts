import type {Operation} from '../../operation.js';
import {readServer} from '../../postgres/catalogue.js';
import {dropDatabase} from '../../postgres/database.js';
import {takeRollbackPoint} from '../steps/rollback-point.js';
import {flushCaches} from './caches.js';
import {measureOutage, migrate, startApplication, stopApplication, switchFiles} from './go-live.js';
import type {PlannedDatabase} from './place-databases.js';
import {rehearse} from './rehearse.js';
import {stageVolumes, switchVolumes} from './restore-volumes.js';
import type {Finished} from './run.js';
import type {RestoreRun} from './run-context.js';
import {switchDatabases} from './run-switch.js';
import {checkRestored, chooseTemplate, clearSessions, createRoles, loadStaging, type Template} from './steps.js';
import {willUndo} from './undo.js';

/**
 * Where the disk has no room for two copies: a rollback point first, then the application is stopped, the databases are dropped, restored and
 * checked. Whatever fails from there on restores the rollback point.
 */
export async function* runInPlace(run: RestoreRun): Operation<Finished> {
	const {plan, journal, services, signal} = run;
	await journal.enter('rollback point');
	yield* rehearse(run);
	const rollbackPoint = yield* takeRollbackPoint(plan.stack, plan.databases, services, signal);
	await journal.keep({plan, rollbackPoint});
	yield* createRoles(run);

	const meter = measureOutage(run);
	try {
		yield* stopApplication(run);
		await journal.enter('replacing');
		const templates = new Map<PlannedDatabase, Template>();
		for (const [service, databases] of run.byService()) {
			const client = await run.client(service);
			const server = await readServer(client, {signal});
			for (const database of databases) templates.set(database, await chooseTemplate(run, client, database));
			const point = server.databases.filter(one => databases.some(database => database.name === one.name));
			await willUndo(journal, 'restore-point', {
				server: run.address(service),
				file: rollbackPoint,
				databases: point.map(template => ({name: template.name, oid: template.oid, template})),
			});
			for (const database of databases) await dropDatabase(client, database.name);
		}

		for (const database of plan.databases) yield* loadStaging(run, database, templates.get(database));
		const databases = yield* checkRestored(run, database => database.staging);
		yield* clearSessions(run, database => database.staging);
		const storages = yield* stageVolumes(run);
		yield* switchFiles(run);
		yield* switchVolumes(run, storages);
		yield* switchDatabases(run, () => null);
		yield* migrate(run);
		yield* flushCaches(run);
		const health = yield* startApplication(run);
		return {
			canRollBack: true,
			result: {
				downtimeMs: await meter.stop(),
				databases: databases.map(database => ({...database, previous: null})),
				health,
				rollbackPoint,
				notes: [],
			},
		};
	} finally {
		await meter.stop();
	}
}
