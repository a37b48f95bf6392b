import type {PostgresClient} from '../../../postgres/client.js';
import {quoteIdentifier, quoteLiteral, quoteQualified} from '../../../postgres/quote.js';
import {query} from '../../../postgres/sql.js';
import type {Services} from '../../../services.js';
import type {Action} from '../actions.js';
import {connectionsInUse, faultyServer} from '../connection-in-use.js';
import {type FixContext, type Remedy, refuse} from '../remedy.js';
import {withClient} from '../server-client.js';
import {migrateServices, statement} from './roles.js';

/** Runs the one-shot services that change the schema, after a fresh backup. */
export const rerunMigrate: Remedy = {
	plan(context) {
		const actions = migrateServices(context);
		if (actions.length === 0)
			return refuse(
				'The stack has no one-shot service that runs migrations',
				'Run the migrate command of the application yourself',
			);
		const pending = context.evidence.migrationFiles.flatMap(one => one.pending);
		const own = new Set(actions.flatMap(({services}) => services));
		const used = connectionsInUse(context).filter(({service}) => own.has(service));
		const {databases} = context.stack;
		const server =
			databases.find(({service}) => used.some(({connection}) => connection.host === service)) ?? databases[0];
		const names = used.flatMap(({connection}) => connection.database ?? []);
		return {
			backup: server && {service: server.service, ...(names.length > 0 ? {databases: names} : {})},
			actions: [...(pending.length > 0 ? buildImages(context, own) : []), ...actions],
		};
	},
};

/** The image may be older than the files: then it does not know the migrations that are missing. */
function buildImages({stack}: FixContext, names: ReadonlySet<string>): readonly Action[] {
	const built = stack.services.filter(({name, build}) => build && names.has(name)).map(({name}) => name);
	return built.length === 0
		? []
		: [{kind: 'compose', title: `Build ${built.join(', ')} from the present files`, args: ['build', ...built]}];
}

type LockFacts = {
	/** Sessions that hold an advisory lock. */
	readonly sessions: readonly {
		readonly pid: number;
		readonly database: string;
		readonly user: string;
		readonly state: string;
		readonly address: string | null;
		readonly since: string;
	}[];
	/** Rows of lock tables that say "locked". */
	readonly tables: readonly {
		readonly database: string;
		readonly schema: string;
		readonly name: string;
		readonly column: string;
		readonly value: string;
	}[];
	/** Containers of migrations that hold a lock themselves. */
	readonly running: readonly string[];
};

/** Tables in which a migration tool notes that somebody is at work. */
const lockTables = [
	{pattern: 'knex_migrations_lock', column: 'is_locked', locked: '1', free: '0'},
	{pattern: 'databasechangeloglock', column: 'locked', locked: 'true', free: 'false'},
];

/** Frees the lock that a dead migration left: the row in its table, or the session that holds the advisory lock. */
export const releaseMigrationLock: Remedy<LockFacts> = {
	async look(context, services, signal) {
		const containers = await services.docker.listContainers({project: context.stack.project}, signal);
		const migrate = new Set(migrateServices(context).flatMap(action => action.services));
		const own = containers.filter(one => migrate.has(one.labels['com.docker.compose.service'] ?? ''));
		const details = await Promise.all(own.map(one => services.docker.inspectContainer(one.id, signal)));
		// A container that has ended has no address, and holds no lock.
		const addresses = new Map(
			details.flatMap(one =>
				one?.state.running === true ? one.networks.map(network => [network.ipAddress, one.name] as const) : [],
			),
		);
		return withClient(context, services, signal, async client => {
			const sessions = await query<LockFacts['sessions'][number]>(
				client,
				client.facts.maintenanceDatabase,
				"SELECT DISTINCT a.pid, a.datname AS database, a.usename AS user, a.state, host(a.client_addr) AS address, to_char(a.state_change, 'YYYY-MM-DD HH24:MI') AS since FROM pg_catalog.pg_locks l JOIN pg_catalog.pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND a.pid <> pg_backend_pid()",
				{signal},
			);
			const tables: LockFacts['tables'][number][] = [];
			for (const database of faultyServer(context).databases)
				tables.push(...(await findLocks(client, database, signal)));
			// One that waits for the lock is at work too, but does not hold it.
			const running = sessions.flatMap(session => addresses.get(session.address ?? '') ?? []);
			return {sessions, tables, running};
		});
	},
	plan(context, {sessions, tables, running}) {
		if (running.length > 0)
			return refuse(`${running.join(', ')} is at work: the lock is its own`, 'Wait for it, or stop it first');
		const {service, database} = faultyServer(context);
		const actions: readonly Action[] = [
			...tables.map(({database: own, schema, name, column, value}) =>
				statement(service, own, {
					title: `Free the lock in ${name}`,
					sql: `UPDATE ${quoteQualified(schema, name)} SET ${quoteIdentifier(column)} = ${value}`,
					undo: null,
				}),
			),
			...sessions.map(({pid, user, state, since}) =>
				statement(service, database, {
					title: `End the session of ${user} that holds the lock (${state} since ${since})`,
					sql: `SELECT pg_terminate_backend(${pid})`,
					undo: null,
				}),
			),
		];
		if (actions.length === 0)
			return refuse(
				'No lock of a migration is held on the server any more',
				'Run the migrations again: --fix rerun-migrate',
			);
		return {actions: [...actions, ...migrateServices(context)]};
	},
};

async function findLocks(client: PostgresClient, database: string, signal: AbortSignal): Promise<LockFacts['tables']> {
	const names = lockTables.map(table => quoteLiteral(table.pattern)).join(', ');
	const found = await query<{schema: string; name: string}>(
		client,
		database,
		`SELECT n.nspname AS schema, c.relname AS name FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND lower(c.relname) IN (${names})`,
		{signal},
	);
	const held: LockFacts['tables'][number][] = [];
	for (const {schema, name} of found) {
		const table = lockTables.find(one => one.pattern === name.toLowerCase());
		if (table === undefined) continue;
		const rows = await query(
			client,
			database,
			`SELECT 1 AS held FROM ${quoteQualified(schema, name)} WHERE ${quoteIdentifier(table.column)}::text IN (${quoteLiteral(table.locked)})`,
			{signal},
		);
		if (rows.length > 0) held.push({database, schema, name, column: table.column, value: table.free});
	}

	return held;
}

/** The failed row in Prisma's table; its script ran as one batch, so that nothing of it is left unless it says otherwise. */
type PrismaFacts = {
	readonly schema: string;
	readonly database: string;
	readonly failed: readonly {
		readonly id: string;
		readonly name: string;
		readonly steps: number;
		readonly log: string | null;
	}[];
};

/** Clears the mark of a failed Prisma migration after a look at the table, and runs the migrations again. */
export const resolvePrismaMigration: Remedy<PrismaFacts> = {
	look: readPrisma,
	plan(context, {schema, database, failed}) {
		const {service} = faultyServer(context);
		const [first, ...more] = failed;
		if (first === undefined) return refuse(`The table _prisma_migrations of ${database} has no failed migration`);
		const half = failed.find(row => row.steps > 0);
		if (half !== undefined)
			return refuse(
				`The migration ${half.name} was carried out in part (${half.steps} steps)`,
				'Complete it or take its part back by hand, then: prisma migrate resolve',
			);
		const table = `${quoteIdentifier(schema)}._prisma_migrations`;
		const ids = failed.map(row => quoteLiteral(row.id)).join(', ');
		const migrate = context.stack.services.filter(one => one.role === 'migrate').map(one => one.name);
		return {
			backup: {service, databases: [database]},
			actions: [
				statement(service, database, {
					title: `Mark ${[first, ...more].map(row => row.name).join(', ')} as rolled back`,
					sql: `UPDATE ${table} SET rolled_back_at = now() WHERE id IN (${ids})`,
					undo: `SELECT ${quoteLiteral(`UPDATE ${table} SET rolled_back_at = NULL WHERE id IN (${ids})`)}`,
				}),
				...(migrate.length === 0 ? [] : [{kind: 'migrate' as const, services: migrate}]),
			],
			effects: failed.flatMap(row =>
				row.log === null
					? []
					: [`It failed with: ${row.log.split('\n').find(line => /ERROR|error/.test(line)) ?? row.log.slice(0, 200)}`],
			),
		};
	},
};

function readPrisma(context: FixContext, services: Services, signal: AbortSignal): Promise<PrismaFacts> {
	const server = faultyServer(context);
	return withClient(context, services, signal, async client => {
		for (const database of server.databases) {
			const [table] = await query<{schema: string}>(
				client,
				database,
				"SELECT n.nspname AS schema FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = '_prisma_migrations'",
				{signal},
			);
			if (table === undefined) continue;
			const failed = await query<PrismaFacts['failed'][number]>(
				client,
				database,
				`SELECT id, migration_name AS name, applied_steps_count AS steps, logs AS log FROM ${quoteIdentifier(table.schema)}._prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL`,
				{signal},
			);
			if (failed.length > 0) return {schema: table.schema, database, failed};
		}

		return {schema: 'public', database: server.database, failed: []};
	});
}
