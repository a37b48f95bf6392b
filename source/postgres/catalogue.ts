import type {PostgresClient} from './client.js';
import {type DatabaseProperties, databasePropertiesQuery} from './properties.js';
import {type QueryOptions, query} from './sql.js';
import {templateDatabase} from './template-contents.js';

export type ServerRole = {
	readonly name: string;
	readonly superuser: boolean;
	readonly canLogin: boolean;
	readonly createDatabase: boolean;
	readonly createRole: boolean;
	readonly replication: boolean;
};

/** Connections to the server that belong together; our own are not among them. */
export type ServerConnection = {
	readonly database: string;
	readonly user: string;
	readonly applicationName: string;
	/** IP address; empty for the local socket. */
	readonly address: string;
	readonly count: number;
	/** How many of them are in a transaction or run a statement. */
	readonly busy: number;
};

export type ReplicationFacts = {
	/** True for a standby: never a target of a restore. */
	readonly inRecovery: boolean;
	readonly slots: readonly {
		readonly name: string;
		readonly type: string;
		readonly database: string | null;
		readonly active: boolean;
	}[];
	/** Standbys and subscribers that are connected now. */
	readonly standbys: readonly {readonly applicationName: string; readonly address: string}[];
};

export type ServerCatalogue = {
	readonly version: string;
	readonly versionNumber: number;
	/** Null where the role may not see it. */
	readonly dataDirectory: string | null;
	readonly configFile: string | null;
	readonly sharedPreloadLibraries: readonly string[];
	readonly dataChecksums: boolean;
	readonly databases: readonly DatabaseProperties[];
	readonly roles: readonly ServerRole[];
	readonly tablespaces: readonly string[];
	readonly replication: ReplicationFacts;
	readonly connections: readonly ServerConnection[];
	/** Databases with prepared transactions, which keep them from being renamed or dropped. */
	readonly preparedTransactions: readonly {readonly database: string; readonly name: string}[];
	readonly maxConnections: number;
	/** Databases that somebody has made templates, beyond those of initdb and of the PostGIS image: they are in no list of databases. */
	readonly ownTemplates: readonly string[];
};

/** What the server as a whole holds: one query. Templates are left out of `databases`. */
export async function readServer(client: PostgresClient, options: QueryOptions = {}): Promise<ServerCatalogue> {
	const setting = (name: string) => `(SELECT setting FROM pg_settings WHERE name = '${name}')`;
	const sql = `
SELECT current_setting('server_version') AS version,
	current_setting('server_version_num')::int AS "versionNumber",
	${setting('data_directory')} AS "dataDirectory",
	${setting('config_file')} AS "configFile",
	array_remove(string_to_array(replace(coalesce(${setting('shared_preload_libraries')}, ''), ' ', ''), ','), '') AS "sharedPreloadLibraries",
	coalesce(${setting('data_checksums')}, 'off') = 'on' AS "dataChecksums",
	current_setting('max_connections')::int AS "maxConnections",
	(SELECT coalesce(json_agg(row_to_json(d) ORDER BY d.name), '[]') FROM (${databasePropertiesQuery(client.facts)}) d) AS databases,
	(SELECT coalesce(json_agg(json_build_object('name', rolname, 'superuser', rolsuper, 'canLogin', rolcanlogin,
		'createDatabase', rolcreatedb, 'createRole', rolcreaterole, 'replication', rolreplication) ORDER BY rolname), '[]')
		FROM pg_roles WHERE rolname !~ '^pg_') AS roles,
	(SELECT coalesce(json_agg(datname ORDER BY datname), '[]') FROM pg_database
		WHERE datistemplate AND datname NOT IN ('template0', '${templateDatabase}', 'template_postgis')) AS "ownTemplates",
	(SELECT coalesce(json_agg(spcname ORDER BY spcname), '[]') FROM pg_tablespace WHERE spcname !~ '^pg_') AS tablespaces,
	json_build_object('inRecovery', pg_is_in_recovery(),
		'slots', (SELECT coalesce(json_agg(json_build_object('name', slot_name, 'type', slot_type, 'database', database, 'active', active)), '[]') FROM pg_replication_slots),
		'standbys', (SELECT coalesce(json_agg(json_build_object('applicationName', application_name, 'address', coalesce(host(client_addr), ''))), '[]') FROM pg_stat_replication)
	) AS replication,
	(SELECT coalesce(json_agg(row_to_json(c)), '[]') FROM (
		SELECT coalesce(datname, '') AS database, coalesce(usename, '') AS "user", coalesce(application_name, '') AS "applicationName",
			coalesce(host(client_addr), '') AS address, count(*) AS count,
			count(*) FILTER (WHERE state IS DISTINCT FROM 'idle') AS busy
		FROM pg_stat_activity
		WHERE backend_type = 'client backend' AND left(coalesce(application_name, ''), 9) <> 'lifeboat-'
		GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4) c) AS connections,
	(SELECT coalesce(json_agg(json_build_object('database', database, 'name', gid)), '[]') FROM pg_prepared_xacts) AS "preparedTransactions"`;
	const [row] = await query<ServerCatalogue>(client, client.facts.maintenanceDatabase, sql, options);
	if (row === undefined) throw new TypeError('a SELECT without FROM has one row');
	return row;
}

/** Extensions that the server's image can create, with their versions; needs no database of the stack. */
export async function readAvailableExtensions(
	client: PostgresClient,
	options: QueryOptions = {},
): Promise<readonly {readonly name: string; readonly versions: readonly string[]; readonly defaultVersion: string}[]> {
	return query(
		client,
		client.facts.maintenanceDatabase,
		`SELECT e.name, e.default_version AS "defaultVersion",
			coalesce((SELECT json_agg(v.version ORDER BY v.version) FROM pg_available_extension_versions v WHERE v.name = e.name), '[]') AS versions
		FROM pg_available_extensions e ORDER BY e.name`,
		options,
	);
}

/** What the client's own role may do on the server. */
export type OwnRights = {
	readonly role: string;
	/** May create and rename databases. */
	readonly createsDatabases: boolean;
	readonly createsRoles: boolean;
	/** Roles to which it may give what it owns: all for a superuser, else itself and those that it can become (`SET ROLE`). */
	readonly actsAs: readonly string[];
};

export async function readOwnRights(client: PostgresClient, options: QueryOptions = {}): Promise<OwnRights> {
	// From 16 on a member may be kept from becoming the role.
	const right = client.facts.serverMajor >= 16 ? 'SET' : 'MEMBER';
	const [row] = await query<OwnRights>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT rolname AS role, rolcreatedb OR rolsuper AS "createsDatabases",
			rolcreaterole OR rolsuper AS "createsRoles",
			(SELECT json_agg(r.rolname ORDER BY r.rolname) FROM pg_roles r WHERE pg_has_role(r.oid, '${right}')) AS "actsAs"
		FROM pg_roles WHERE rolname = current_user`,
		options,
	);
	if (row === undefined) throw new TypeError('the current role is in pg_roles');
	return row;
}

/** Free bytes on the file system of a folder where the server runs (its data directory, /tmp, /dev/shm); null when it cannot be told. */
export async function readFreeBytes(
	client: PostgresClient,
	folder: string,
	signal?: AbortSignal | undefined,
): Promise<number | null> {
	const result = await client.shell('df -Pk -- "$1"', [folder], {signal, timeoutMs: 30_000});
	const available = result.stdout.trim().split('\n').at(-1)?.trim().split(/\s+/)[3];
	return result.exitCode === 0 && available !== undefined && /^\d+$/.test(available) ? Number(available) * 1024 : null;
}
