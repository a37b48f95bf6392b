/** Runs SQL in one database as superuser and returns psql's unaligned output, fields separated by `|`. */
export type RunSql = (query: string) => Promise<string>;

/** One checksum an object: `table public.clients`, `sequence …`, `definition …`, `grants …`, `large object 16500`, `roles` … */
export type Checksums = Readonly<Record<string, string>>;

const session = `
SET search_path = pg_catalog; SET timezone = 'UTC'; SET datestyle = 'ISO, YMD'; SET intervalstyle = 'postgres';
SET extra_float_digits = 3; SET bytea_output = 'hex'; SET row_security = off; SET statement_timeout = 0;
`;

const ownSchemas = `n.nspname !~ '^(pg_|_?timescaledb)' AND n.nspname <> 'information_schema'`;
const notOfExtension = (table: string, oid: string) =>
	`NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${table}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/** The access rights spelled out, defaults included, so that "no list" and "the default list" are the same. */
const rights = (acl: string, kind: string, owner: string) => `(
	SELECT string_agg(concat_ws(' ', grantor::regrole, CASE grantee WHEN 0 THEN 'public' ELSE grantee::regrole::text END, privilege_type, is_grantable), ','
		ORDER BY grantor::regrole::text, grantee::regrole::text, privilege_type)
	FROM aclexplode(coalesce(${acl}, acldefault('${kind}', ${owner}))))`;

const listRelations = `
SELECT n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${ownSchemas} AND c.relkind IN ('r', 'p', 'm', 'S') AND ${notOfExtension('pg_class', 'c.oid')} ORDER BY 1, 2`;

const definitions = `
SELECT 'definition ' || n.nspname || '.' || c.relname AS object, concat_ws(E'\\n', c.relkind, c.relowner::regrole, c.relrowsecurity, c.relforcerowsecurity, c.reloptions, c.relreplident,
	pg_get_expr(c.relpartbound, c.oid), pg_get_partkeydef(c.oid),
	CASE WHEN c.relkind IN ('v', 'm') THEN pg_get_viewdef(c.oid) END,
	(SELECT string_agg(concat_ws(' ', a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(e.adbin, e.adrelid), nullif(a.attcollation, t.typcollation)::regcollation), ';' ORDER BY a.attnum)
		FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid LEFT JOIN pg_attrdef e ON (e.adrelid, e.adnum) = (a.attrelid, a.attnum)
		WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND c.relkind <> 'S'),
	(SELECT string_agg(conname || ' ' || pg_get_constraintdef(oid), ';' ORDER BY conname) FROM pg_constraint WHERE conrelid = c.oid AND contype <> 'n'),
	(SELECT string_agg(concat(pg_get_indexdef(indexrelid), indisvalid), ';' ORDER BY pg_get_indexdef(indexrelid)) FROM pg_index WHERE indrelid = c.oid),
	(SELECT string_agg(concat(pg_get_triggerdef(oid), tgenabled), ';' ORDER BY tgname) FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal),
	(SELECT string_agg(concat_ws(' ', polname, polcmd, polpermissive, polroles::regrole[], pg_get_expr(polqual, polrelid), pg_get_expr(polwithcheck, polrelid)), ';' ORDER BY polname) FROM pg_policy WHERE polrelid = c.oid)) AS value
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${ownSchemas} AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND ${notOfExtension('pg_class', 'c.oid')}
UNION ALL
SELECT 'grants ' || n.nspname || '.' || c.relname, concat_ws(';', ${rights('c.relacl', 'r', 'c.relowner')},
	(SELECT string_agg(a.attname || ':' || ${rights('a.attacl', 'c', 'c.relowner')}, ';' ORDER BY a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attacl IS NOT NULL))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE ${ownSchemas} AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND ${notOfExtension('pg_class', 'c.oid')}
UNION ALL
SELECT 'grants sequence ' || n.nspname || '.' || c.relname, ${rights('c.relacl', 's', 'c.relowner')}
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ownSchemas} AND c.relkind = 'S' AND ${notOfExtension('pg_class', 'c.oid')}
UNION ALL
SELECT 'sequence properties ' || s.schemaname || '.' || s.sequencename, concat_ws(' ', s.data_type, s.start_value, s.min_value, s.max_value, s.increment_by, s.cycle, s.cache_size)
FROM pg_sequences s JOIN pg_namespace n ON n.nspname = s.schemaname WHERE ${ownSchemas}
UNION ALL
SELECT 'function ' || p.oid::regprocedure::text, concat_ws(E'\\n', CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END, p.proowner::regrole, ${rights('p.proacl', 'f', 'p.proowner')})
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${ownSchemas} AND ${notOfExtension('pg_proc', 'p.oid')}
UNION ALL
SELECT 'type ' || t.oid::regtype::text, concat_ws(' ', t.typtype, t.typowner::regrole, format_type(t.typbasetype, t.typtypmod), t.typnotnull, t.typdefault,
	(SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid),
	(SELECT string_agg(pg_get_constraintdef(oid), ',' ORDER BY conname) FROM pg_constraint WHERE contypid = t.oid))
FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${ownSchemas} AND t.typtype IN ('e', 'd', 'r') AND ${notOfExtension('pg_type', 't.oid')}
UNION ALL
SELECT 'schema ' || n.nspname, concat_ws(' ', n.nspowner::regrole, ${rights('n.nspacl', 'n', 'n.nspowner')}) FROM pg_namespace n WHERE ${ownSchemas}
UNION ALL
SELECT 'extension ' || extname, extversion FROM pg_extension
UNION ALL
SELECT 'default grants', string_agg(concat_ws(' ', defaclrole::regrole, defaclnamespace::regnamespace, defaclobjtype, defaclacl), ';' ORDER BY defaclrole::regrole::text, defaclobjtype, defaclacl::text) FROM pg_default_acl
UNION ALL
SELECT 'comments', string_agg(concat_ws(' ', pg_describe_object(classoid, objoid, objsubid), description), E'\\n' ORDER BY pg_describe_object(classoid, objoid, objsubid))
FROM pg_description WHERE objoid >= 16384
UNION ALL
SELECT 'large object ' || m.oid, concat_ws(' ', md5(lo_get(m.oid)), m.lomowner::regrole, ${rights('m.lomacl', 'L', 'm.lomowner')}) FROM pg_largeobject_metadata m
UNION ALL
SELECT 'database', concat_ws(E'\\n', pg_encoding_to_char(d.encoding), d.datcollate, d.datctype, d.datconnlimit, d.datallowconn, d.datdba::regrole, ${rights('d.datacl', 'd', 'd.datdba')},
	shobj_description(d.oid, 'pg_database')) FROM pg_database d WHERE d.datname = current_database()
UNION ALL
SELECT 'settings', string_agg(coalesce(r.rolname, 'all') || ' ' || s.setconfig::text, ';' ORDER BY r.rolname, s.setconfig::text)
FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE d.datname = current_database()
UNION ALL
SELECT 'roles', string_agg(concat_ws(' ', r.rolname, r.rolsuper, r.rolinherit, r.rolcreaterole, r.rolcreatedb, r.rolcanlogin, r.rolreplication, r.rolbypassrls, r.rolconnlimit, r.rolpassword, r.rolvaliduntil,
	(SELECT s.setconfig FROM pg_db_role_setting s WHERE s.setrole = r.oid AND s.setdatabase = 0),
	(SELECT string_agg(concat_ws(' ', m.roleid::regrole, m.admin_option), ',' ORDER BY m.roleid::regrole::text) FROM pg_auth_members m WHERE m.member = r.oid)), E'\\n' ORDER BY r.rolname)
FROM pg_authid r WHERE r.rolname !~ '^pg_'`;

/**
 * Checksums of everything in one database that a backup has to bring back: every table's and materialized view's rows
 * (whatever their order), sequences, definitions, grants, comments, large objects, settings, roles with their passwords.
 * Two databases with equal maps hold the same.
 */
export async function readChecksums(runSql: RunSql): Promise<Checksums> {
	const relations = parseRows(await runSql(`${session}${listRelations};`));
	const parts = relations.map(([schema = '', name = '', kind = '']) => checksumRows(schema, name, kind));
	parts.push(`SELECT object, coalesce(md5(value), 'none') FROM (${definitions}) AS definitions`);
	const rows = parseRows(await runSql(`${session}${parts.join('\nUNION ALL\n')};`));
	return Object.fromEntries(rows.map(([object = '', ...checksum]) => [object, checksum.join('|')]).sort());
}

function checksumRows(schema: string, name: string, kind: string): string {
	const relation = `${quoteIdentifier(schema)}.${quoteIdentifier(name)}`;
	const label = `${{S: 'sequence', m: 'materialized view'}[kind] ?? 'table'} ${schema}.${name}`;
	const value =
		kind === 'S'
			? `SELECT last_value || ' ' || is_called FROM ${relation}`
			: `SELECT count(*) || ' rows ' || coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint::numeric), 0) FROM ${relation} t`;
	return `SELECT ${quoteLiteral(label)}, (${value})`;
}

function parseRows(output: string): string[][] {
	return output
		.split('\n')
		.filter(line => line !== '')
		.map(line => line.split('|'));
}

function quoteIdentifier(name: string): string {
	return `"${name.replaceAll('"', '""')}"`;
}

function quoteLiteral(text: string): string {
	return `'${text.replaceAll("'", "''")}'`;
}
