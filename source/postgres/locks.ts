import type {PostgresClient} from './client.js';
import {quoteLiteral} from './quote.js';
import {type QueryOptions, query} from './sql.js';

/** A session that keeps ours waiting. */
export type LockHolder = {
	readonly pid: number;
	readonly user: string;
	readonly applicationName: string;
	/** Empty for the local socket. */
	readonly address: string;
	readonly state: string;
	/** Seconds since its transaction began. */
	readonly transactionSeconds: number;
	/** The table, where it can be told. */
	readonly relation: string | null;
	/** Beginning of its last statement. */
	readonly statement: string;
};

/**
 * Who blocks the sessions of this application name; when they are gone already, who holds an exclusive lock on a table of the database.
 * The only lock that keeps pg_dump waiting is ACCESS EXCLUSIVE (PostgreSQL manual, "Explicit Locking").
 */
export async function findLockHolders(
	client: PostgresClient,
	database: string,
	applicationName: string,
	options: QueryOptions = {},
): Promise<readonly LockHolder[]> {
	const columns = `a.pid, coalesce(a.usename, '') AS "user", coalesce(a.application_name, '') AS "applicationName", coalesce(host(a.client_addr), '') AS address,
	coalesce(a.state, a.backend_type) AS state, coalesce(extract(epoch FROM now() - a.xact_start), 0)::int AS "transactionSeconds", left(a.query, 120) AS statement`;
	const own = `left(coalesce(a.application_name, ''), 9) <> 'lifeboat-'`;
	const waiting = `
SELECT DISTINCT ON (a.pid) ${columns}, (SELECT l.relation::regclass::text FROM pg_locks l WHERE l.pid = w.pid AND NOT l.granted AND l.relation IS NOT NULL LIMIT 1) AS relation
FROM pg_stat_activity w CROSS JOIN LATERAL unnest(pg_blocking_pids(w.pid)) AS b(pid) JOIN pg_stat_activity a ON a.pid = b.pid
WHERE w.application_name = ${quoteLiteral(applicationName)}`;
	const holding = `
SELECT DISTINCT ON (a.pid) ${columns}, l.relation::regclass::text AS relation
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation
WHERE l.granted AND l.mode = 'AccessExclusiveLock' AND c.relkind IN ('r', 'p', 'm') AND ${own}
	AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
	const found = await query<LockHolder>(client, database, waiting, options);
	return found.length > 0 ? found : query<LockHolder>(client, database, holding, options);
}

/** For example `psql of clerq (process 123) has locked public.users for 40 s and`: the subject of a sentence. */
export function nameLockHolder(holder: LockHolder): string {
	const who = holder.applicationName === '' ? 'A session' : holder.applicationName;
	const from = holder.address === '' ? '' : ` at ${holder.address}`;
	const what = holder.relation ?? 'a table';
	return `${who} of ${holder.user}${from} (process ${holder.pid}) has locked ${what} for ${holder.transactionSeconds} s and`;
}

/** For example `psql of clerq (process 123, since 40 s, on public.users): ALTER TABLE …`. */
export function describeLockHolder(holder: LockHolder): string {
	const who = holder.applicationName === '' ? 'a session' : holder.applicationName;
	const from = holder.address === '' ? '' : ` at ${holder.address}`;
	const on = holder.relation === null ? '' : `, on ${holder.relation}`;
	const statement = holder.statement.replaceAll(/\s+/g, ' ').trim();
	return `${who} of ${holder.user}${from} (process ${holder.pid}, ${holder.state}, since ${holder.transactionSeconds} s${on})${statement === '' ? '' : `: ${statement}`}`;
}
