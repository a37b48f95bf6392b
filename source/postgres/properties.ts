import type {ClientFacts} from './client.js';

/** A setting of `ALTER DATABASE … SET` or `ALTER ROLE … IN DATABASE … SET`. */
export type DatabaseSetting = {
	/** Null for all roles. */
	readonly role: string | null;
	readonly name: string;
	/** As the server keeps it: lists are already quoted. */
	readonly value: string;
};

/** One grant on a database. `role` is null for PUBLIC. */
export type DatabaseGrant = {
	readonly role: string | null;
	readonly privilege: string;
	readonly grantable: boolean;
};

/** Everything about a database that a dump of it does not hold: what is needed to create it anew just as it was. */
export type DatabaseProperties = {
	readonly name: string;
	readonly owner: string;
	readonly encoding: string;
	/** libc, icu or builtin. */
	readonly localeProvider: 'libc' | 'icu' | 'builtin';
	readonly collate: string;
	readonly ctype: string;
	/** Locale of the ICU or builtin provider. */
	readonly locale: string | null;
	readonly icuRules: string | null;
	/** As recorded when the database was created, and as the operating system has it now; a difference asks for REINDEX. */
	readonly collationVersion: string | null;
	readonly actualCollationVersion: string | null;
	readonly tablespace: string;
	/** -1 is no limit. */
	readonly connectionLimit: number;
	readonly allowConnections: boolean;
	readonly isTemplate: boolean;
	readonly comment: string | null;
	readonly settings: readonly DatabaseSetting[];
	/** Null when nothing was ever granted or revoked. */
	readonly grants: readonly DatabaseGrant[] | null;
	/** Null where the role may not connect to it. */
	readonly sizeBytes: number | null;
	readonly oid: number;
};

/**
 * SELECT of DatabaseProperties for every database but the templates. Columns that only some versions have are read through jsonb:
 * datlocprovider came with 15, daticulocale was 15 and 16, datlocale is 17 and newer, daticurules 16 and newer.
 */
export function databasePropertiesQuery(facts: Pick<ClientFacts, 'serverMajor'>): string {
	const actual = facts.serverMajor >= 15 ? 'pg_database_collation_actual_version(d.oid)' : 'NULL::text';
	return `
SELECT d.datname AS name, pg_get_userbyid(d.datdba) AS owner, pg_encoding_to_char(d.encoding) AS encoding,
	CASE to_jsonb(d) ->> 'datlocprovider' WHEN 'i' THEN 'icu' WHEN 'b' THEN 'builtin' ELSE 'libc' END AS "localeProvider",
	d.datcollate AS collate, d.datctype AS ctype,
	coalesce(to_jsonb(d) ->> 'datlocale', to_jsonb(d) ->> 'daticulocale') AS locale,
	to_jsonb(d) ->> 'daticurules' AS "icuRules",
	to_jsonb(d) ->> 'datcollversion' AS "collationVersion",
	${actual} AS "actualCollationVersion",
	t.spcname AS tablespace, d.datconnlimit AS "connectionLimit", d.datallowconn AS "allowConnections", d.datistemplate AS "isTemplate",
	shobj_description(d.oid, 'pg_database') AS comment,
	(SELECT coalesce(json_agg(json_build_object('role', r.rolname, 'name', split_part(s.setting, '=', 1),
			'value', substr(s.setting, strpos(s.setting, '=') + 1)) ORDER BY r.rolname NULLS FIRST, s.setting), '[]')
		FROM pg_db_role_setting c LEFT JOIN pg_roles r ON r.oid = c.setrole, unnest(c.setconfig) AS s(setting)
		WHERE c.setdatabase = d.oid) AS settings,
	CASE WHEN d.datacl IS NOT NULL THEN (SELECT coalesce(json_agg(json_build_object('role', CASE WHEN a.grantee <> 0 THEN pg_get_userbyid(a.grantee) END,
			'privilege', a.privilege_type, 'grantable', a.is_grantable)), '[]') FROM aclexplode(d.datacl) a) END AS grants,
	CASE WHEN has_database_privilege(d.oid, 'CONNECT') AND d.datconnlimit <> -2 THEN pg_database_size(d.oid) END AS "sizeBytes",
	d.oid::bigint AS oid
FROM pg_database d JOIN pg_tablespace t ON t.oid = d.dattablespace
WHERE NOT d.datistemplate`;
}
