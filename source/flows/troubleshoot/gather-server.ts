import type {EvidenceInput} from '../../diagnosis/evidence.js';
import {readDataMajor} from '../../postgres/data-version.js';
import {type MigrationState, readMigrations} from '../../postgres/migrations.js';
import {openContainerClient} from '../../postgres/open-client.js';
import {openSession, type Session} from '../../postgres/session.js';
import type {Services} from '../../services.js';
import type {DatabaseServer} from '../../stack/stack.js';
import {readDataFolder} from './gather-folder.js';
import {optional} from './optional.js';

type ServerEvidence = NonNullable<EvidenceInput['servers']>[number];
export type GatheredServer = {
	readonly server: ServerEvidence;
	readonly disk: NonNullable<EvidenceInput['disk']>;
	/** The books of the migration tools in the application's database. */
	readonly books: readonly MigrationState[];
};

type Answers = {readonly view: Partial<ServerEvidence>; readonly books: readonly MigrationState[]};

const noAnswers: Answers = {view: {}, books: []};

/** The server's own view where it answers; of one that does not, what its files say. */
export async function gatherServer(
	server: DatabaseServer,
	services: Services,
	signal: AbortSignal,
): Promise<GatheredServer> {
	const facts = server.server;
	const silent = facts === null && server.containerId !== null;
	const [{disk, ...folder}, dataMajor, {view, books}] = await Promise.all([
		optional(readDataFolder(server, services, signal), {disk: []}, signal),
		silent ? optional(readDataMajor(services, server.containerId ?? '', signal), null, signal) : null,
		facts === null ? noAnswers : optional(askServer(server, services, signal), noAnswers, signal),
	]);
	return {
		disk,
		books,
		server: {
			service: server.service,
			ready: server.state === 'running' ? facts !== null : false,
			version: server.serverVersion,
			roles: facts?.roles.map(role => role.name) ?? [],
			databases: facts?.databases.map(database => database.name) ?? [],
			connections: facts === null ? null : facts.clients.reduce((sum, client) => sum + client.count, 0),
			tables: facts?.databases.find(database => database.name === server.database)?.tables ?? null,
			tablesByDatabase: Object.fromEntries(facts?.databases.map(({name, tables}) => [name, tables]) ?? []),
			extensions:
				facts?.databases.flatMap(database =>
					database.extensions.map(extension => ({name: extension.name, version: extension.version})),
				) ?? [],
			dataMajor,
			...folder,
			...view,
		},
	};
}

/** Settings that decide between look-alikes. */
const settings = [
	'max_connections',
	'superuser_reserved_connections',
	'ssl',
	'shared_preload_libraries',
	'shared_buffers',
	'hba_file',
	'data_checksums',
];

const settingsQuery = `SELECT name, setting FROM pg_settings WHERE name IN (${settings.map(name => `'${name}'`).join(', ')})`;

/** From 15 on the server keeps the version of each database's default collation. */
const collationQuery = `SELECT datname AS name FROM pg_database
WHERE datallowconn AND datcollversion IS NOT NULL AND datcollversion IS DISTINCT FROM pg_database_collation_actual_version(oid)`;

/** Advisory locks with who holds them, since when, and how many wait: what is left of a killed run, or a run that works. */
const locksQuery = `SELECT a.pid, coalesce(a.application_name, '') AS application, coalesce(a.state, '') AS state,
	round(extract(epoch FROM now() - coalesce(a.state_change, a.backend_start)))::int AS seconds,
	coalesce(host(a.client_addr), 'local') AS address,
	(SELECT count(*)::int FROM pg_locks w WHERE w.locktype = 'advisory' AND NOT w.granted
		AND (w.classid, w.objid, w.objsubid) = (l.classid, l.objid, l.objsubid)) AS waiting
FROM pg_locks l JOIN pg_stat_activity a USING (pid)
WHERE l.locktype = 'advisory' AND l.granted AND a.application_name !~ '^lifeboat' AND a.backend_type = 'client backend'
ORDER BY seconds DESC LIMIT 10`;

async function askServer(server: DatabaseServer, services: Services, signal: AbortSignal): Promise<Answers> {
	const client = await openContainerClient({
		processes: services.processes,
		docker: services.docker,
		operationId: 'troubleshoot',
		containerId: server.containerId ?? '',
		service: server.service,
		user: server.user,
		database: server.database,
		signal,
	});
	const exists = server.databases.includes(server.database);
	const session = await openSession(client, exists ? server.database : client.facts.maintenanceDatabase, {
		signal,
		settings: {statement_timeout: '10s', lock_timeout: '2s'},
	});
	try {
		const found = await session.query<{name: string; setting: string}>(settingsQuery);
		const values = Object.fromEntries(found.map(({name, setting}) => [name, setting]));
		const collations = client.facts.serverMajor < 15 ? [] : await ask<{name: string}>(session, collationQuery);
		const locks = await ask<NonNullable<ServerEvidence['locks']>[number]>(session, locksQuery);
		const books = exists ? await readMigrations(session).catch(() => []) : [];
		const migrations = books.map(({tool, applied, unfinished, latest}) => ({
			tool,
			database: server.database,
			applied,
			failed: unfinished.length,
			latest,
		}));
		return {
			books,
			view: {
				settings: values,
				maxConnections: Number(values['max_connections']) || null,
				collationMismatches: collations.map(({name}) => name),
				locks: [...locks],
				migrations,
			},
		};
	} finally {
		await session.close();
		await client.dispose();
	}
}

/** What a role may not see is left out. */
async function ask<Row>(session: Session, query: string): Promise<readonly Row[]> {
	return session.query<Row>(query).catch(() => []);
}
