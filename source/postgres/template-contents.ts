import type {PostgresClient} from './client.js';
import {type QueryOptions, query} from './sql.js';

/** The database that CREATE DATABASE copies where nobody names another. */
export const templateDatabase = 'template1';

const ofUser = (catalog: string, oid: string) =>
	`${oid} >= 16384 AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = '${catalog}'::regclass AND x.objid = ${oid} AND x.deptype IN ('e', 'i'))`;

/** What initdb makes has an oid below 16384; a table's row type and an extension's members depend on it. */
const contentsQuery = `
SELECT what FROM (
	SELECT 1 AS rank, 'extension ' || extname AS what FROM pg_extension WHERE extname <> 'plpgsql'
	UNION ALL SELECT 2, 'schema ' || quote_ident(nspname) FROM pg_namespace n WHERE ${ofUser('pg_namespace', 'n.oid')} AND nspname !~ '^pg_(toast|temp)'
	UNION ALL SELECT 3, CASE c.relkind WHEN 'v' THEN 'view ' WHEN 'S' THEN 'sequence ' ELSE 'table ' END || c.oid::regclass
		FROM pg_class c WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S') AND c.relpersistence <> 't' AND ${ofUser('pg_class', 'c.oid')}
		AND NOT EXISTS (SELECT FROM pg_depend x WHERE x.classid = 'pg_class'::regclass AND x.objid = c.oid AND x.deptype = 'a' AND c.relkind = 'S')
	UNION ALL SELECT 4, 'function ' || p.oid::regproc FROM pg_proc p WHERE ${ofUser('pg_proc', 'p.oid')}
	UNION ALL SELECT 5, 'type ' || t.oid::regtype FROM pg_type t WHERE t.typtype IN ('d', 'e', 'r') AND ${ofUser('pg_type', 't.oid')}
	UNION ALL SELECT 6, 'default rights' FROM pg_default_acl
) found GROUP BY rank, what ORDER BY rank, what`;

/** What somebody has put into template1, so that new databases begin with it: `extension vector`, `function slug`. Empty where it is as initdb made it. */
export async function readTemplateContents(
	client: PostgresClient,
	options: QueryOptions = {},
): Promise<readonly string[]> {
	const rows = await query<{what: string}>(client, templateDatabase, contentsQuery, options);
	return rows.map(row => row.what);
}
