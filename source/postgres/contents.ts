import {quoteQualified} from './quote.js';
import type {Session} from './session.js';

export type TableKind = 'table' | 'partitioned' | 'partition' | 'hypertable' | 'materialized-view' | 'foreign';

/** A relation that holds rows of the user; tables of extensions are left out. */
export type TableFacts = {
	readonly schema: string;
	readonly name: string;
	readonly kind: TableKind;
	/** With indexes and TOAST, for progress. A guess from the last VACUUM where the table was locked. */
	readonly bytes: number;
	/** The planner's guess; -1 when it was never analysed. */
	readonly estimatedRows: number;
	readonly unlogged: boolean;
	/** False for a materialized view that was never refreshed. */
	readonly populated: boolean;
};

/** What a database holds, as one transaction sees it. */
export type DatabaseContents = {
	readonly tables: readonly TableFacts[];
	readonly extensions: readonly {readonly name: string; readonly version: string; readonly schema: string}[];
	readonly sequences: readonly SequenceFacts[];
	readonly largeObjects: number;
	readonly largeObjectBytes: number | null;
	readonly publications: readonly string[];
	readonly subscriptions: readonly string[];
	/** Schemas of the user, without those of extensions. */
	readonly schemas: readonly string[];
	/** Roles that own something here or are granted something on a schema or table, and so are needed for a restore with owners. */
	readonly roles: readonly string[];
};

export type SequenceFacts = {
	readonly schema: string;
	readonly name: string;
	/** As text, for it may pass 2^53; null when it was never used or may not be read. */
	readonly lastValue: string | null;
};

const userSchema = (alias: string) =>
	`${alias}.nspname NOT IN ('pg_catalog', 'information_schema') AND ${alias}.nspname !~ '^pg_(toast|temp)'`;
const notOfExtension = (catalog: string, oid: string) =>
	`NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '${catalog}'::regclass AND x.objid = ${oid} AND x.deptype = 'e')`;

const tablesQuery = (bytes: string) => `
SELECT n.nspname AS schema, c.relname AS name,
	CASE c.relkind WHEN 'p' THEN 'partitioned' WHEN 'm' THEN 'materialized-view' WHEN 'f' THEN 'foreign'
		ELSE CASE WHEN c.relispartition THEN 'partition' ELSE 'table' END END AS kind,
	${bytes} AS bytes, c.reltuples::bigint AS "estimatedRows",
	c.relpersistence = 'u' AS unlogged, c.relispopulated AS populated
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND ${userSchema('n')} AND ${notOfExtension('pg_class', 'c.oid')}
	AND n.nspname !~ '^_timescaledb_'
ORDER BY 1, 2`;

const exactBytes = 'coalesce(pg_total_relation_size(c.oid), 0)';
/** pg_total_relation_size waits for whoever rewrites the table; this does not. */
const guessedBytes = "(c.relpages::bigint + coalesce(toast.relpages, 0)) * current_setting('block_size')::bigint";

const contentsQuery = `
SELECT
	(SELECT coalesce(json_agg(json_build_object('name', e.extname, 'version', e.extversion, 'schema', n.nspname) ORDER BY e.extname), '[]')
		FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace) AS extensions,
	(SELECT coalesce(json_agg(json_build_object('schema', schemaname, 'name', sequencename, 'lastValue', last_value::text) ORDER BY schemaname, sequencename), '[]')
		FROM pg_sequences WHERE schemaname !~ '^_timescaledb_') AS sequences,
	(SELECT count(*) FROM pg_largeobject_metadata) AS "largeObjects",
	CASE WHEN has_table_privilege('pg_catalog.pg_largeobject', 'SELECT') THEN pg_table_size('pg_catalog.pg_largeobject') END AS "largeObjectBytes",
	(SELECT coalesce(json_agg(pubname ORDER BY pubname), '[]') FROM pg_publication) AS publications,
	(SELECT coalesce(json_agg(n.nspname ORDER BY n.nspname), '[]') FROM pg_namespace n
		WHERE ${userSchema('n')} AND ${notOfExtension('pg_namespace', 'n.oid')}) AS schemas,
	(SELECT coalesce(json_agg(DISTINCT r.rolname), '[]') FROM pg_roles r WHERE r.rolname !~ '^pg_' AND (EXISTS (SELECT FROM pg_shdepend s
			WHERE s.refclassid = 'pg_authid'::regclass AND s.refobjid = r.oid AND s.deptype IN ('o', 'a')
				AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database()))
		-- What the first superuser owns is not in pg_shdepend. Objects of the user begin at 16384.
		OR r.oid = 10 AND EXISTS (SELECT FROM pg_class c WHERE c.relowner = 10 AND c.oid >= 16384))) AS roles`;

/** Reads what the database of the session holds, in the session's own transaction. */
export async function readContents(session: Session): Promise<DatabaseContents> {
	const [row] = await session.query<Omit<DatabaseContents, 'tables' | 'subscriptions'>>(contentsQuery);
	if (row === undefined) throw new TypeError('a SELECT without FROM has one row');
	const tables = await readTables(session);
	const hypertables = row.extensions.some(extension => extension.name === 'timescaledb')
		? await readHypertables(session)
		: [];
	return {
		...row,
		subscriptions: await readSubscriptions(session),
		tables: tables.map(table => {
			const hypertable = hypertables.find(other => other.schema === table.schema && other.name === table.name);
			return hypertable === undefined ? table : {...table, kind: 'hypertable', bytes: table.bytes + hypertable.bytes};
		}),
	};
}

async function readTables(session: Session): Promise<readonly TableFacts[]> {
	await session.execute("SET lock_timeout = '2s'");
	try {
		return await session.query<TableFacts>(tablesQuery(exactBytes));
	} catch {
		return await session.query<TableFacts>(tablesQuery(guessedBytes));
	} finally {
		await session.execute('SET lock_timeout = 0');
	}
}

async function readHypertables(
	session: Session,
): Promise<readonly {readonly schema: string; readonly name: string; readonly bytes: number}[]> {
	try {
		return await session.query(`
SELECT h.hypertable_schema AS schema, h.hypertable_name AS name,
	coalesce((SELECT sum(pg_total_relation_size(format('%I.%I', c.chunk_schema, c.chunk_name)::regclass))
		FROM timescaledb_information.chunks c
		WHERE c.hypertable_schema = h.hypertable_schema AND c.hypertable_name = h.hypertable_name), 0) AS bytes
FROM timescaledb_information.hypertables h`);
	} catch {
		return [];
	}
}

/** Only a superuser may read pg_subscription. */
async function readSubscriptions(session: Session): Promise<readonly string[]> {
	try {
		const rows = await session.query<{name: string}>(
			'SELECT s.subname AS name FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = current_database() ORDER BY 1',
		);
		return rows.map(row => row.name);
	} catch {
		return [];
	}
}

/** A table's rows as one transaction sees them. `rows` is null where they cannot be counted (a partitioned table, a view never refreshed, a foreign table, no privilege). */
export type TableCount = Pick<TableFacts, 'schema' | 'name' | 'kind'> & {readonly rows: number | null};

const batchRows = 25;
const smallBytes = 4 * 1024 * 1024;

/**
 * Counts rows exactly, in the session's own transaction; small tables many at a time.
 * A partitioned table's rows are those of its partitions, which are listed as well: it is not counted itself.
 * @param onCounted gets the tables done so far and the total.
 * @param lockTimeoutMs longest wait for a table that another session locks; then its count is null.
 */
export async function countRows(
	session: Session,
	tables: readonly TableFacts[],
	options: {readonly onCounted?: (done: number, total: number) => void; readonly lockTimeoutMs?: number} = {},
): Promise<readonly TableCount[]> {
	await session.execute(`SET lock_timeout = ${options.lockTimeoutMs ?? 30_000}`);
	const counts: TableCount[] = [];
	for (const batch of batches(tables)) {
		counts.push(...(await countBatch(session, batch)));
		options.onCounted?.(counts.length, tables.length);
	}

	return counts;
}

function batches(tables: readonly TableFacts[]): readonly (readonly TableFacts[])[] {
	const groups: TableFacts[][] = [];
	let small: TableFacts[] = [];
	for (const table of tables) {
		if (table.bytes > smallBytes) {
			groups.push([table]);
			continue;
		}

		small.push(table);
		if (small.length === batchRows) {
			groups.push(small);
			small = [];
		}
	}

	return small.length > 0 ? [...groups, small] : groups;
}

async function countBatch(session: Session, tables: readonly TableFacts[]): Promise<readonly TableCount[]> {
	const countable = tables.filter(table => isCountable(table));
	const rows = new Map<TableFacts, number | null>();
	try {
		const sql = countable
			.map((table, index) => `SELECT ${index} AS at, (${countSql(table)}) AS rows`)
			.join('\nUNION ALL ');
		const answer = countable.length === 0 ? [] : await session.query<{at: number; rows: number}>(sql);
		for (const {at, rows: count} of answer) {
			const table = countable[at];
			if (table !== undefined) rows.set(table, count);
		}
	} catch (error) {
		if (countable.length === 1 || (await isLost(session))) {
			if (await isLost(session)) throw error;
		} else {
			for (const table of countable) for (const one of await countBatch(session, [table])) rows.set(table, one.rows);
		}
	}

	return tables.map(table => ({
		schema: table.schema,
		name: table.name,
		kind: table.kind,
		rows: rows.get(table) ?? null,
	}));
}

async function isLost(session: Session): Promise<boolean> {
	try {
		await session.execute('SELECT 1');
		return false;
	} catch {
		return true;
	}
}

/** An ordinary table may have children by inheritance that are counted for themselves; a hypertable's chunks are not. */
function countSql(table: TableFacts): string {
	const only = table.kind === 'table' ? 'ONLY ' : '';
	return `SELECT count(*) FROM ${only}${quoteQualified(table.schema, table.name)}`;
}

function isCountable(table: TableFacts): boolean {
	return table.kind !== 'foreign' && table.kind !== 'partitioned' && table.populated;
}

/** Does this table's count belong in a sum? Views repeat the rows of tables. */
export function isCounted(table: Pick<TableFacts, 'kind'>): boolean {
	return table.kind === 'table' || table.kind === 'partition' || table.kind === 'hypertable';
}

/** Tables (not views) and rows of a database, as the JSON documents give them. */
export function sumCounts(counts: readonly TableCount[]): {readonly tables: number; readonly rows: number} {
	return {
		tables: counts.filter(count => count.kind !== 'materialized-view' && count.kind !== 'foreign').length,
		rows: counts.filter(isCounted).reduce((sum, count) => sum + (count.rows ?? 0), 0),
	};
}
