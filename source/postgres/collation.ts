import {AppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {quoteIdentifier, quoteQualified} from './quote.js';
import {execute, type QueryOptions, query} from './sql.js';

/** A database whose text is sorted otherwise by the system's library now than when it was made. */
export type CollationMismatch = {
	readonly database: string;
	/** Versions of the library (glibc or ICU) as recorded and as it is now. */
	readonly recorded: string | null;
	readonly actual: string | null;
	/** Collations of its own that differ, schema-qualified. */
	readonly collations: readonly string[];
};

type CollationRow = {readonly schema: string; readonly name: string};

const mismatchedCollations = `
SELECT n.nspname AS schema, c.collname AS name FROM pg_collation c JOIN pg_namespace n ON n.oid = c.collnamespace
WHERE c.collversion IS NOT NULL AND c.collversion IS DISTINCT FROM pg_collation_actual_version(c.oid) AND c.collencoding IN (-1, (SELECT encoding FROM pg_database WHERE datname = current_database()))`;

/** Databases (template1 among them: new ones are made from it) whose collation version is not the one that is recorded; PostgreSQL keeps books of it from 15 on. */
export async function findCollationMismatches(
	client: PostgresClient,
	options: QueryOptions = {},
): Promise<readonly CollationMismatch[]> {
	if (client.facts.serverMajor < 15) return [];
	const databases = await query<{database: string; recorded: string | null; actual: string | null}>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT datname AS database, datcollversion AS recorded, pg_database_collation_actual_version(oid) AS actual
		FROM pg_database WHERE datallowconn ORDER BY 1`,
		options,
	);
	const found: CollationMismatch[] = [];
	for (const one of databases) {
		const isOther = one.recorded !== null && one.recorded !== one.actual;
		const used = (await query<CollationRow>(client, one.database, mismatchedCollations, options)).filter(
			collation => collation.schema !== 'pg_catalog' || isOther,
		);
		const own = used.filter(({schema}) => schema !== 'pg_catalog');
		if (isOther || own.length > 0)
			found.push({...one, collations: own.map(({schema, name}) => quoteQualified(schema, name))});
	}

	return found;
}

/** An index whose order depends on a collation of the system's library. */
export type CollatedIndex = {
	readonly schema: string;
	readonly name: string;
	readonly table: string;
	/** False for what REINDEX CONCURRENTLY cannot rebuild: indexes of exclusion constraints. */
	readonly concurrently: boolean;
	readonly bytes: number;
};

/** Indexes of a database that must be built again when the library sorts otherwise: every one with a column that is not compared byte by byte. */
export async function findCollatedIndexes(
	client: PostgresClient,
	database: string,
	options: QueryOptions = {},
): Promise<readonly CollatedIndex[]> {
	return query<CollatedIndex>(
		client,
		database,
		`SELECT n.nspname AS schema, i.relname AS name, x.indrelid::regclass::text AS "table", NOT x.indisexclusion AS concurrently, pg_relation_size(i.oid) AS bytes
		FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_namespace n ON n.oid = i.relnamespace
		WHERE i.relkind = 'i' AND n.nspname NOT IN ('pg_catalog', 'pg_toast') AND n.nspname !~ '^pg_temp'
			AND (EXISTS (SELECT FROM unnest(x.indcollation::oid[]) o JOIN pg_collation c ON c.oid = o
					WHERE c.collprovider <> 'b' AND c.collcollate IS DISTINCT FROM 'C' AND c.collcollate IS DISTINCT FROM 'POSIX')
				OR x.indexprs IS NOT NULL OR x.indpred IS NOT NULL
				OR EXISTS (SELECT FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid WHERE a.attrelid = i.oid AND t.typtype = 'r'))
		ORDER BY bytes, 1, 2`,
		options,
	);
}

export type ReindexOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Hears of each index before it is built. */
	readonly onIndex?: ((done: number, total: number, index: CollatedIndex) => void) | undefined;
};

/**
 * Builds every index anew that depends on a collation, then records the library's version as it is now: in this order, for the record is what keeps the
 * warning alive. Readers and writers go on meanwhile. Safe to repeat. Resolves with the number of indexes.
 * Throws AppError operation-failed when rows stand twice in a unique index: the wrong order had let them in. Then nothing is recorded.
 */
export async function rebuildCollatedIndexes(
	client: PostgresClient,
	mismatch: CollationMismatch,
	options: ReindexOptions = {},
): Promise<number> {
	const {database, collations, recorded, actual} = mismatch;
	const indexes = await findCollatedIndexes(client, database, {signal: options.signal});
	for (const [done, index] of indexes.entries()) {
		options.onIndex?.(done, indexes.length, index);
		const how = index.concurrently ? ' CONCURRENTLY' : '';
		try {
			await execute(client, database, `REINDEX INDEX${how} ${quoteQualified(index.schema, index.name)};`, {
				signal: options.signal,
				timeoutMs: 6 * 3_600_000,
			});
		} catch (error) {
			throw explain(error, index, database);
		}
	}

	const refresh = [
		...collations.map(name => `ALTER COLLATION ${name} REFRESH VERSION;`),
		...(recorded === actual ? [] : [`ALTER DATABASE ${quoteIdentifier(database)} REFRESH COLLATION VERSION;`]),
	];
	if (refresh.length > 0) await execute(client, database, refresh.join('\n'), {signal: options.signal});
	return indexes.length;
}

function explain(error: unknown, index: CollatedIndex, database: string): unknown {
	if (
		!(error instanceof AppError) ||
		!/could not create unique index|is duplicated/.test(`${error.message} ${error.details.join(' ')}`)
	)
		return error;
	return new AppError(
		'operation-failed',
		`Rows of ${index.table} in ${database} stand twice in the unique index ${index.name}: the old order had let them in`,
		{
			hint: 'Find them with enable_indexscan off, remove the wrong ones, then try again. Nothing was recorded',
			details: error.details,
			cause: error,
		},
	);
}
