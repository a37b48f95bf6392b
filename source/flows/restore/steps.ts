import {templateOf} from '../../bundle/database-sql.js';
import {AppError} from '../../errors.js';
import {emitting, type Operation} from '../../operation.js';
import {readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {readClientRoom} from '../../postgres/client-room.js';
import {sumCounts} from '../../postgres/contents.js';
import type {DatabaseTemplate} from '../../postgres/database.js';
import {quoteQualified} from '../../postgres/quote.js';
import {createMissingRoles, findMissingRoles, readGlobals} from '../../postgres/roles.js';
import {execute} from '../../postgres/sql.js';
import {compareExtensionVersions, compareRestored, type Difference, listCounts, readRestored} from './compare.js';
import {loadDatabase} from './load-database.js';
import type {RestoredDatabase} from './outcome.js';
import {keptFormer, type PlannedDatabase} from './place-databases.js';
import {FoundError} from './restore-error.js';
import type {RestoreRun} from './run-context.js';
import {willUndo} from './undo.js';

/** Creates the roles that the dump needs and the server lacks, from the backup. Existing roles are not touched. */
export async function* createRoles(run: RestoreRun): Operation<void> {
	const {plan, source, signal} = run;
	if (plan.owners === 'map') return;
	for (const role of plan.roles) {
		if (role.part === null || role.missing?.length === 0) continue;
		const client = await run.client(role.service);
		const globals = readGlobals(await source.readGlobals(role.part));
		const needed = new Set(role.missing ?? globals.roles.map(one => one.name));
		const missing = await findMissingRoles(client, [...needed], {signal});
		if (missing.length === 0) continue;
		const step = `roles ${role.service}`;
		yield {type: 'step-started', step, title: `Create the roles ${missing.join(', ')}`, canCancel: true};
		const applied = await createMissingRoles(client, globals, missing, {signal});
		for (const refused of applied.refused)
			yield {type: 'warning', message: `The role ${refused.role} is not quite as in the backup: ${refused.reason}`};
		if (applied.withoutPassword.length > 0)
			yield {
				type: 'warning',
				message: `The backup holds no passwords: ${applied.withoutPassword.join(', ')} cannot sign in yet`,
				hint: 'Set them: ALTER ROLE … PASSWORD …',
			};
		const stillMissing = missing.filter(name => !applied.created.includes(name));
		if (stillMissing.length > 0)
			throw new AppError('role-missing', `The server refuses to create the roles ${stillMissing.join(', ')}`, {
				hint: 'Restore as a superuser, create them yourself, or restore without owners (--no-owner)',
				details: applied.refused.map(refused => refused.reason),
			});
		yield {type: 'step-finished', step, note: applied.created.join(', ')};
	}
}

/** Restores one database under its staging name and gives it the properties of the one that it will replace. */
export async function* loadStaging(run: RestoreRun, database: PlannedDatabase, known?: Template): Operation<void> {
	const {plan, journal, signal, source} = run;
	const client = await run.client(database.service);
	const room = readClientRoom(client, signal);
	room.catch(() => {});
	const {template, roles} = known ?? (await chooseTemplate(run, client, database));
	await willUndo(journal, 'drop-database', {server: run.address(database.service), name: database.staging});
	const messages = yield* loadDatabase({
		client,
		source,
		database: run.sourceOf(database),
		name: database.staging,
		room,
		template,
		roles,
		noOwner: plan.owners === 'map',
		jobs: plan.jobs,
		trustCommands: plan.trustCommands,
		signal,
		step: `restore ${database.service}/${database.name}`,
		title: `Restore ${database.name}`,
	});
	for (const line of messages.slice(0, 20)) yield {type: 'log', source: 'restore', stream: 'stderr', line};
}

export type Template = {readonly template: DatabaseTemplate; readonly roles: ReadonlySet<string>};

/** The former database's properties; where it has no data yet, those in the backup, owned by whom the plan says. */
export async function chooseTemplate(
	run: RestoreRun,
	client: PostgresClient,
	database: PlannedDatabase,
): Promise<Template> {
	const server = await readServer(client, {signal: run.signal});
	const roles = new Set(server.roles.map(role => role.name));
	const former = server.databases.find(one => one.name === database.name);
	const isEmpty = run.plan.mode === 'fresh';
	if (former !== undefined && !isEmpty) return {template: former, roles};
	const saved = run.source.manifest?.servers
		.flatMap(one => one.databases)
		.find(one => one.name === run.sourceOf(database).name && one.dump.path === run.sourceOf(database).part);
	const likely = server.databases.find(one => one.name === client.facts.maintenanceDatabase) ?? server.databases[0];
	const wanted = run.plan.owners === 'keep' ? (saved?.owner ?? database.owner) : database.owner;
	const owner = wanted !== null && roles.has(wanted) ? wanted : (former?.owner ?? client.connection.user);
	const template = saved === undefined ? undefined : templateOf(saved);
	// Tablespaces are folders of the old machine.
	if (template !== undefined) return {template: {...template, owner, tablespace: 'pg_default'}, roles};
	if (former !== undefined) return {template: former, roles};
	return {
		template: {
			owner,
			encoding: likely?.encoding ?? 'UTF8',
			collate: likely?.collate ?? 'C',
			ctype: likely?.ctype ?? 'C',
			localeProvider: likely?.localeProvider ?? 'libc',
			locale: likely?.locale ?? null,
		},
		roles,
	};
}

/** Counts what was restored and compares it with the backup. Throws a FoundError when anything is missing. */
export async function* checkRestored(
	run: RestoreRun,
	name: (database: PlannedDatabase) => string,
): Operation<readonly RestoredDatabase[]> {
	const step = 'compare';
	yield {type: 'step-started', step, title: 'Compare with the backup', canCancel: true};
	const restored: RestoredDatabase[] = [];
	for (const database of run.plan.databases) {
		const source = run.sourceOf(database);
		const client = await run.client(database.service);
		const contents = yield* emitting(emit =>
			readRestored(client, name(database), {
				signal: run.signal,
				onCounted: (done, total) =>
					emit({type: 'step-progress', step, done, total, unit: 'items', current: database.name}),
			}),
		);
		const differences = compareRestored(source, contents);
		if (differences.length > 0) throw differs(database, differences);
		for (const text of compareExtensionVersions(source, contents))
			yield {type: 'warning', message: `The extension ${text}`};
		restored.push({
			service: database.service,
			name: database.name,
			...sumCounts(contents.counts),
			previous: keptFormer(database),
			counts: listCounts(source, contents),
		});
	}

	const tables = restored.reduce((sum, one) => sum + one.tables, 0);
	const rows = restored.reduce((sum, one) => sum + one.rows, 0);
	yield {type: 'step-finished', step, note: `${tables} tables, ${rows.toLocaleString('en')} rows`};
	return restored;
}

function differs(database: PlannedDatabase, differences: readonly Difference[]): FoundError {
	const [first] = differences;
	return new FoundError(
		new AppError(
			'restore-failed',
			`What was restored into ${database.name} is not what the backup holds: ${first?.message ?? ''}`,
			{
				hint: 'Verify the backup (lifeboat verify), and use another one if it does not pass',
				details: differences.map(difference => difference.message).slice(0, 20),
			},
		),
		{differences},
	);
}

/** Deletes the rows of tables of sessions in what was restored, before anybody sees it. */
export async function* clearSessions(run: RestoreRun, name: (database: PlannedDatabase) => string): Operation<void> {
	const {plan, signal} = run;
	if (!plan.clearSessions || plan.sessionTables.length === 0) return;
	const step = 'sessions';
	yield {type: 'step-started', step, title: 'Sign everybody out', canCancel: true};
	for (const database of plan.databases) {
		const client = await run.client(database.service);
		for (const table of plan.sessionTables.filter(one => one.database === database.name))
			await execute(client, name(database), `DELETE FROM ${quoteQualified(table.schema, table.name)};`, {
				signal,
				timeoutMs: 600_000,
			});
	}

	yield {
		type: 'step-finished',
		step,
		note: plan.sessionTables.map(table => `${table.schema}.${table.name}`).join(', '),
	};
}
