import {AppError} from '../errors.js';
import {operationStamp} from '../stamp.js';
import type {PostgresClient} from './client.js';
import {endable} from './database.js';
import {fitIdentifier, quoteIdentifier, quoteLiteral} from './quote.js';
import {execute, type QueryOptions, query, sqlStateOf} from './sql.js';

/** One database that is exchanged for another by two renames. */
export type Exchange = {
	/** Name under which the application connects. */
	readonly live: string;
	/** The database that takes its place. */
	readonly incoming: string;
	/** Name that the present one gets; null when there is none. */
	readonly former: string | null;
};

/** `clerq_before_20260614t020000z`, cut to 63 bytes. */
export function nameFormer(database: string, time: Date): string {
	const suffix = `_before_${operationStamp(time.getTime())}`;
	return `${fitIdentifier(database, 63 - suffix.length)}${suffix}`;
}

/** Name of the database into which is restored beside the live one. */
export function nameIncoming(database: string, time: Date): string {
	const suffix = `_restoring_${operationStamp(time.getTime())}`;
	return `${fitIdentifier(database, 63 - suffix.length)}${suffix}`;
}

/** Is this a database that a restore or an upgrade put beside the live one? Such are left out where all databases are meant. */
export function isKeptDatabase(name: string): boolean {
	return /_(?:before|restoring|failed)_\d{8}t\d{6}z$/.test(name);
}

/** A database to connect to while others are renamed: none of them, and not template0, which refuses connections. */
async function neutralDatabase(
	client: PostgresClient,
	involved: ReadonlySet<string>,
	options: QueryOptions,
): Promise<string> {
	if (!involved.has(client.facts.maintenanceDatabase)) return client.facts.maintenanceDatabase;
	const rows = await query<{name: string}>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT datname AS name FROM pg_database WHERE datallowconn AND has_database_privilege(oid, 'CONNECT') ORDER BY datname = 'template1' DESC, datname`,
		options,
	);
	const neutral = rows.find(row => !involved.has(row.name));
	if (neutral === undefined)
		throw new AppError('preflight-failed', 'There is no other database to connect to while this one is renamed', {
			hint: 'Create one first: CREATE DATABASE postgres',
		});
	return neutral.name;
}

const endSessionsSql = (databases: readonly string[], superuser: boolean) => `
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname IN (${databases.map(quoteLiteral).join(', ')}) AND ${endable(superuser)};`;

/**
 * Lets nobody in: refused at the door until the exchange is done or undone. This must be committed before sessions are ended, or a pool would
 * be back at once. It binds superusers as well.
 */
const closeSql = (databases: readonly string[]) =>
	databases.map(database => `ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS false;`).join('\n');

const openSql = (databases: readonly string[]) =>
	databases.map(database => `ALTER DATABASE ${quoteIdentifier(database)} ALLOW_CONNECTIONS true;`).join('\n');

const renameSql = (from: string, to: string) =>
	`ALTER DATABASE ${quoteIdentifier(from)} RENAME TO ${quoteIdentifier(to)};`;

/**
 * Exchanges databases in one short step: connections are refused, sessions ended, and all renames happen in one transaction, so that after a crash
 * either none or all of them are done. Sessions that come in between wait for the transaction and then find the new database under its name.
 * On failure the live databases are opened again. Idempotent: what `describeExchange` calls `done` is left alone.
 * Throws AppError: sql-failed, preflight-failed (prepared transactions, no right to rename).
 */
export async function exchangeDatabases(
	client: PostgresClient,
	exchanges: readonly Exchange[],
	options: QueryOptions = {},
): Promise<void> {
	await rename(client, exchanges.flatMap(renamesOf), options);
}

/** Takes an exchange back: the former database gets its name again, the one that was restored its own. */
export async function undoExchange(
	client: PostgresClient,
	exchanges: readonly Exchange[],
	options: QueryOptions = {},
): Promise<void> {
	const back = exchanges.flatMap(renamesOf).map(([from, to]): Renaming => [to, from]);
	await rename(client, back.reverse(), options);
}

type Renaming = readonly [from: string, to: string];

function renamesOf({live, incoming, former}: Exchange): readonly Renaming[] {
	return [...(former === null ? [] : [[live, former] as const]), [incoming, live]];
}

async function rename(client: PostgresClient, renames: readonly Renaming[], options: QueryOptions): Promise<void> {
	const before = renames.map(([from]) => from);
	const after = renames.map(([, to]) => to);
	const database = await neutralDatabase(client, new Set([...before, ...after]), options);
	await refusePrepared(client, database, before, options);
	const script = `
SET lock_timeout = '10s';
${closeSql(before)}
${endSessionsSql(before, client.facts.superuser)}
BEGIN;
${renames.map(([from, to]) => renameSql(from, to)).join('\n')}
${openSql(after)}
COMMIT;`;
	let attempt = 0;
	for (;;) {
		try {
			await execute(client, database, script, options);
			return;
		} catch (error) {
			attempt += 1;
			// 55006: a session that had passed the door before it was closed came in after ours were ended.
			if (sqlStateOf(error) === '55006' && attempt < 3) continue;
			const users = sqlStateOf(error) === '55006' ? await listUsers(client, database, before) : [];
			await reopen(client, database, before);
			throw renameFailure(error, users);
		}
	}
}

/** A rename would wait five seconds for prepared transactions and then be refused, with the door closed all the while. */
async function refusePrepared(
	client: PostgresClient,
	database: string,
	databases: readonly string[],
	options: QueryOptions,
): Promise<void> {
	const prepared = await query<{database: string; name: string}>(
		client,
		database,
		`SELECT database, gid AS name FROM pg_prepared_xacts WHERE database IN (${databases.map(quoteLiteral).join(', ')})`,
		options,
	);
	const [first] = prepared;
	if (first === undefined) return;
	throw new AppError(
		'operation-failed',
		`The database ${first.database} cannot be renamed: it has a prepared transaction`,
		{
			hint: `Finish it with COMMIT PREPARED or ROLLBACK PREPARED ${quoteLiteral(first.name)}, then try again`,
			details: prepared.map(one => `${one.database}: ${one.name}`),
		},
	);
}

/** Opens the doors again after a failure, even a cancellation; those that were renamed after all are open already. */
async function reopen(client: PostgresClient, database: string, databases: readonly string[]): Promise<void> {
	for (const name of databases) {
		try {
			await execute(client, database, openSql([name]), {timeoutMs: 15_000});
		} catch {
			// Gone with the server: describeExchange says `closed`, and openDatabases makes up for it.
		}
	}
}

/** Who is connected, for the message; what cannot be asked is not told. */
async function listUsers(
	client: PostgresClient,
	database: string,
	databases: readonly string[],
): Promise<readonly string[]> {
	const sql = `SELECT DISTINCT datname || ': ' || coalesce(usename, 'a background worker') || coalesce(' (' || nullif(application_name, '') || ')', '') AS line
		FROM pg_stat_activity WHERE datname IN (${databases.map(quoteLiteral).join(', ')}) ORDER BY 1`;
	try {
		return (await query<{line: string}>(client, database, sql, {timeoutMs: 15_000})).map(({line}) => line);
	} catch {
		return [];
	}
}

function renameFailure(error: unknown, users: readonly string[]): unknown {
	const cause = error instanceof Error ? error : undefined;
	switch (sqlStateOf(error)) {
		case '55006':
			return new AppError('operation-failed', 'The database cannot be renamed: it is still in use', {
				hint: 'Stop what uses it (background workers of extensions, prepared transactions), then try again',
				details: [...(cause === undefined ? [] : [cause.message]), ...users],
				cause,
			});
		case '42501':
			return new AppError('preflight-failed', 'The database user may not rename databases or end their sessions', {
				hint: 'Use a superuser, or the owner of the database with CREATEDB',
				cause,
			});
		default:
			return error;
	}
}

/** Where an exchange stands, for a journal that is read after a crash. */
export type ExchangeState =
	/** Nothing was renamed: the former name is free, the incoming database is there. */
	| 'not-started'
	/** Everything is renamed. */
	| 'done'
	/** Neither the incoming nor the former database exists: it was taken back, or it was finished and the former one dropped. */
	| 'gone'
	/** Names that do not fit together: someone else renamed, created or dropped a database. */
	| 'broken';

export type ExchangeStatus = {
	readonly state: ExchangeState;
	/** Databases of this exchange that refuse connections, as an interrupted exchange leaves them. */
	readonly closed: readonly string[];
};

/** Tells from the names that exist where each exchange stands; since all renames are one transaction, there is nothing in between. */
export async function describeExchange(
	client: PostgresClient,
	exchange: Exchange,
	options: QueryOptions = {},
): Promise<ExchangeStatus> {
	const names = [exchange.live, exchange.incoming, ...(exchange.former === null ? [] : [exchange.former])];
	const rows = await query<{name: string; open: boolean}>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT datname AS name, datallowconn AS open FROM pg_database WHERE datname IN (${names.map(quoteLiteral).join(', ')})`,
		options,
	);
	const exists = (name: string) => rows.some(row => row.name === name);
	return {state: stateOf(exists, exchange), closed: rows.filter(row => !row.open).map(row => row.name)};
}

function stateOf(exists: (name: string) => boolean, {live, incoming, former}: Exchange): ExchangeState {
	if (former === null)
		return exists(incoming) ? (exists(live) ? 'broken' : 'not-started') : exists(live) ? 'done' : 'gone';
	if (!exists(live)) return 'broken';
	if (exists(former)) return exists(incoming) ? 'broken' : 'done';
	return exists(incoming) ? 'not-started' : 'gone';
}

/** Lets connections in again, as an interrupted exchange may have left databases closed. */
export async function openDatabases(
	client: PostgresClient,
	databases: readonly string[],
	options: QueryOptions = {},
): Promise<void> {
	if (databases.length === 0) return;
	const database = await neutralDatabase(client, new Set(databases), options);
	await execute(client, database, openSql(databases), options);
}

/** What keeps a database from being renamed or dropped; empty when nothing does. */
export async function findRenameObstacles(
	client: PostgresClient,
	databases: readonly string[],
	options: QueryOptions = {},
): Promise<readonly {readonly database: string; readonly obstacle: string}[]> {
	const names = databases.map(quoteLiteral).join(', ');
	return query(
		client,
		client.facts.maintenanceDatabase,
		`SELECT database, 'prepared transaction ' || gid AS obstacle FROM pg_prepared_xacts WHERE database IN (${names})
		UNION ALL SELECT database, 'logical replication slot ' || slot_name FROM pg_replication_slots WHERE database IN (${names})`,
		options,
	);
}
