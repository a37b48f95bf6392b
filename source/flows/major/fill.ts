import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {applyGlobals, listRoleNames} from '../../postgres/apply-globals.js';
import type {PostgresClient} from '../../postgres/client.js';
import {endDatabaseSessions} from '../../postgres/database.js';
import {dumpGlobals} from '../../postgres/globals.js';
import {openContainerClient} from '../../postgres/open-client.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import {removeAside, stopAside} from '../../postgres/server-aside.js';
import {carryConfiguration, readConfiguration} from '../../postgres/server-settings.js';
import {readTemplateContents, templateDatabase} from '../../postgres/template-contents.js';
import {makeBackup} from '../backup/run.js';
import {backupFlow} from '../backup.js';
import {compareServers} from './compare.js';
import type {Filled, LeaveService, MoveRun} from './context.js';
import {moveDatabase, moveTemplate, rehearse} from './move-data.js';
import {readCluster, readClusterId, startNewServer, startOldServer} from './new-server.js';
import {asideNames} from './plan.js';
import {backupAnswers} from './prepare.js';
import {stopService} from './service.js';
import {willUndo} from './undo.js';

/**
 * Fills the new volume by dump and restore, compares, and shuts both servers down. The application is left as late as possible where it runs.
 * Throws AppError; what was made is registered for its undo.
 */
export async function* fillNewServer(run: MoveRun, leaveService: LeaveService): Operation<Filled> {
	const {plan, journal, services, signal} = run;
	if (plan.old.cannotStart) yield* leaveService();
	const old = yield* openOldServer(run);
	let next: PostgresClient | undefined;
	try {
		const backup = plan.old.cannotStart ? yield* backUpOldServer(run, old) : null;
		const cluster = await readCluster(old, signal);
		yield {
			type: 'step-started',
			step: 'new',
			title: `Start PostgreSQL ${plan.next.major} beside the stack`,
			canCancel: true,
		};
		await willUndo(journal, 'new-server', {});
		const startedAt = services.clock.now();
		next = (await startNewServer(run, cluster)).client;
		yield* giveRoles(old, next, signal);
		const startMs = services.clock.now() - startedAt;
		yield {type: 'step-finished', step: 'new', note: next.facts.serverVersion};
		const template =
			(await readTemplateContents(old, {signal})).length > 0 ? likeTemplate(cluster.catalogue.databases) : [];
		const contents = yield* rehearse(old, next, [...movable(cluster.catalogue.databases), ...template], signal);

		if (!plan.old.cannotStart) yield* leaveService(startMs);
		await journal.enter('moving');
		for (const database of cluster.catalogue.databases) await endDatabaseSessions(old, database.name, {signal});
		// Roles and databases may have changed until the application stopped.
		yield* giveRoles(old, next, signal);
		const latest = await readCluster(old, signal);
		const roles = new Set(await listRoleNames(next, {signal}));
		const databases = movable(latest.catalogue.databases);
		for (const database of databases) {
			const toc = contents.get(database.name);
			if (toc === undefined)
				throw new AppError('upgrade-failed', `The database ${database.name} was made while the upgrade was under way`, {
					hint: 'Try again',
				});
			yield* moveDatabase({
				old,
				next,
				database,
				toc,
				roles,
				jobs: plan.jobs,
				timescaleVersion: timescaleOf(run, database.name),
				signal,
			});
		}

		yield* moveTemplate(old, next, contents.get(templateDatabase), signal);
		const compared = yield* compareServers(
			old,
			next,
			databases.map(one => one.name),
			signal,
		);
		const settings = yield* carrySettings(old, next, signal);
		const clusterId = await readClusterId(next, signal);
		yield {type: 'step-started', step: 'shut', title: 'Shut both servers down cleanly', canCancel: false};
		await Promise.all([old.dispose(), next.dispose()]);
		const names = asideNames(plan);
		await Promise.all([
			plan.old.cannotStart ? stopAside(services.processes, names.old) : stopService(plan, services, signal),
			stopAside(services.processes, names.new),
		]);
		await removeAside(services.processes, names.new);
		yield {type: 'step-finished', step: 'shut'};
		return {databases: compared, settings, clusterId, backup};
	} finally {
		await old.dispose();
		await next?.dispose();
	}
}

/** For the rehearsal: it is no database of the user's, and like the first of them. */
const likeTemplate = ([first]: readonly DatabaseProperties[]) =>
	first === undefined ? [] : [{...first, name: templateDatabase}];

const movable = (databases: readonly DatabaseProperties[]) => databases.filter(one => one.allowConnections);

async function* openOldServer(run: MoveRun): Operation<PostgresClient> {
	const {plan, journal, services, signal} = run;
	const {old} = plan;
	if (!old.cannotStart) {
		yield {type: 'step-started', step: 'old', title: 'Look at the old server', canCancel: true};
		const client = await openContainerClient({
			...services,
			containerId: old.containerId,
			service: plan.service,
			user: old.user,
			database: old.database,
			operationId: `major-${plan.id}-old`,
			signal,
		});
		yield {type: 'step-finished', step: 'old', note: client.facts.serverVersion};
		return client;
	}

	yield {type: 'step-started', step: 'old', title: `Start PostgreSQL ${old.major} beside the stack`, canCancel: true};
	await willUndo(journal, 'old-server', {});
	const {client} = await startOldServer(run);
	yield {type: 'step-finished', step: 'old', note: client.facts.serverVersion};
	return client;
}

/** A backup of a server that runs beside the stack, for its own service cannot start. */
async function* backUpOldServer(run: MoveRun, client: PostgresClient): Operation<string> {
	const {plan, services, signal} = run;
	const {catalogue} = await readCluster(client, signal);
	const stack = {
		...plan.stack,
		databases: plan.stack.databases.map(server =>
			server.service === plan.service
				? {
						...server,
						containerId: client.place.containerId ?? null,
						state: 'running' as const,
						major: client.facts.serverMajor,
						serverVersion: client.facts.serverVersion,
						image: plan.old.runs,
						databases: catalogue.databases.map(one => one.name),
					}
				: server,
		),
	};
	const backup = await backupFlow.prepare(stack, backupAnswers(plan.backupAnswers, plan.service), services, signal);
	return (yield* makeBackup(backup, services, signal)).file;
}

async function* giveRoles(old: PostgresClient, next: PostgresClient, signal: AbortSignal): Operation<void> {
	const globals = await dumpGlobals(old, {signal});
	if (!globals.withPasswords && globals.sql.includes('LOGIN'))
		yield {type: 'log', source: 'roles', stream: 'stderr', line: 'no role has a password'};
	for (const {about, reason} of await applyGlobals(next, globals.sql, {signal}))
		yield {type: 'warning', message: `The new server refuses a statement about roles (${about}): ${reason}`};
}

function timescaleOf({plan}: MoveRun, database: string): string | undefined {
	const used = plan.extensions.find(one => one.name === 'timescaledb' && one.databases.includes(database));
	return used === undefined ? undefined : (used.offered ?? used.version);
}

async function* carrySettings(
	old: PostgresClient,
	next: PostgresClient,
	signal: AbortSignal,
): Operation<Filled['settings']> {
	yield {type: 'step-started', step: 'settings', title: 'Carry over settings and access rules', canCancel: true};
	const {carried, left} = await carryConfiguration(next, await readConfiguration(old, {signal}), {signal});
	for (const one of left)
		yield {type: 'warning', message: `The setting ${one.name} is not carried over: ${one.reason}`};
	yield {type: 'step-finished', step: 'settings', note: carried.join(', ') || 'nothing differs'};
	return {carried, left: left.map(one => `${one.name}: ${one.reason}`)};
}
