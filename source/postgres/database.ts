import {AppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import type {DatabaseGrant, DatabaseProperties, DatabaseSetting} from './properties.js';
import {quoteIdentifier, quoteLiteral} from './quote.js';
import {execute, type QueryOptions, query, sqlStateOf} from './sql.js';

/** What `createDatabase` needs of a database to make another like it. */
export type DatabaseTemplate = Pick<DatabaseProperties, 'owner' | 'encoding' | 'collate' | 'ctype' | 'localeProvider'> &
	Partial<
		Pick<
			DatabaseProperties,
			'locale' | 'icuRules' | 'tablespace' | 'connectionLimit' | 'comment' | 'settings' | 'grants' | 'isTemplate'
		>
	>;

/** Settings whose value is a list of names, already quoted one by one (GUC_LIST_QUOTE in guc_parameters). */
const listSettings = new Set([
	'local_preload_libraries',
	'search_path',
	'session_preload_libraries',
	'shared_preload_libraries',
	'temp_tablespaces',
	'unix_socket_directories',
]);

/**
 * `CREATE DATABASE` from template0 with the same encoding, locale, provider, owner and place.
 * What the server is too old for (ICU before 15, the builtin provider before 17) is left to its default.
 */
export function createDatabaseSql(name: string, like: DatabaseTemplate, serverMajor: number): string {
	const options = [
		'TEMPLATE template0',
		`OWNER ${quoteIdentifier(like.owner)}`,
		`ENCODING ${quoteLiteral(like.encoding)}`,
		`LC_COLLATE ${quoteLiteral(like.collate)}`,
		`LC_CTYPE ${quoteLiteral(like.ctype)}`,
		...localeOptions(like, serverMajor),
		...(like.tablespace === undefined || like.tablespace === 'pg_default'
			? []
			: [`TABLESPACE ${quoteIdentifier(like.tablespace)}`]),
	];
	return `CREATE DATABASE ${quoteIdentifier(name)} WITH ${options.join(' ')};`;
}

function localeOptions(like: DatabaseTemplate, serverMajor: number): readonly string[] {
	if (serverMajor < 15) return [];
	const {localeProvider: provider, locale, icuRules} = like;
	if (provider === 'icu')
		return [
			'LOCALE_PROVIDER icu',
			...(locale ? [`ICU_LOCALE ${quoteLiteral(locale)}`] : []),
			...(icuRules && serverMajor >= 16 ? [`ICU_RULES ${quoteLiteral(icuRules)}`] : []),
		];
	if (provider === 'builtin' && serverMajor >= 17)
		return ['LOCALE_PROVIDER builtin', ...(locale ? [`BUILTIN_LOCALE ${quoteLiteral(locale)}`] : [])];
	return ['LOCALE_PROVIDER libc'];
}

/** Settings that say what is under way in a database, not how it is meant to be. */
const momentary = new Set(['timescaledb.restoring']);

/** What neither CREATE DATABASE nor a restore brings back: settings, grants, comment, connection limit. */
export function propertiesSql(
	name: string,
	like: DatabaseTemplate,
	options: {readonly roles?: ReadonlySet<string> | undefined} = {},
): readonly string[] {
	const known = (role: string | null) => role === null || options.roles === undefined || options.roles.has(role);
	const database = quoteIdentifier(name);
	return [
		...(like.settings ?? [])
			.filter(setting => known(setting.role) && !momentary.has(setting.name))
			.map(setting => settingSql(name, setting)),
		...(like.grants
			? grantsSql(
					database,
					like.grants.filter(grant => known(grant.role)),
				)
			: []),
		...(like.comment ? [`COMMENT ON DATABASE ${database} IS ${quoteLiteral(like.comment)};`] : []),
		...(like.connectionLimit === undefined || like.connectionLimit < 0
			? []
			: [`ALTER DATABASE ${database} CONNECTION LIMIT ${like.connectionLimit};`]),
		...(like.isTemplate ? [`ALTER DATABASE ${database} IS_TEMPLATE true;`] : []),
	];
}

export function settingSql(database: string, setting: DatabaseSetting): string {
	const subject =
		setting.role === null
			? `DATABASE ${quoteIdentifier(database)}`
			: `ROLE ${quoteIdentifier(setting.role)} IN DATABASE ${quoteIdentifier(database)}`;
	// A setting of an extension has a dot: `app.tenant` is two names.
	const name = setting.name.split('.').map(quoteIdentifier).join('.');
	return `ALTER ${subject} SET ${name} TO ${settingValue(setting)};`;
}

/** `ALTER SYSTEM SET` with a value as a configuration file has it. */
export function systemSettingSql(setting: Pick<DatabaseSetting, 'name' | 'value'>): string {
	const name = setting.name.split('.').map(quoteIdentifier).join('.');
	return `ALTER SYSTEM SET ${name} TO ${settingValue(setting)};`;
}

function settingValue({name, value}: Pick<DatabaseSetting, 'name' | 'value'>): string {
	if (!listSettings.has(name.toLowerCase())) return quoteLiteral(value);
	const names = [...value.matchAll(/"((?:[^"]|"")*)"|([^\s,"]+)/g)].map(
		match => match[2] ?? (match[1] ?? '').replaceAll('""', '"'),
	);
	return names.length === 0 ? "''" : names.map(quoteLiteral).join(', ');
}

function grantsSql(database: string, grants: readonly DatabaseGrant[]): readonly string[] {
	const to = (role: string | null) => (role === null ? 'PUBLIC' : quoteIdentifier(role));
	return [
		`REVOKE ALL ON DATABASE ${database} FROM PUBLIC;`,
		...grants.map(
			grant =>
				`GRANT ${grant.privilege} ON DATABASE ${database} TO ${to(grant.role)}${grant.grantable ? ' WITH GRANT OPTION' : ''};`,
		),
	];
}

/**
 * Creates a database like another one, without its contents and its settings (`applyProperties`).
 * Throws AppError: operation-failed when the name is taken, role-missing, sql-failed (for example a locale that the image lacks).
 */
export async function createDatabase(
	client: PostgresClient,
	name: string,
	like: DatabaseTemplate,
	options: QueryOptions = {},
): Promise<void> {
	const maintenance = client.facts.maintenanceDatabase;
	try {
		// Waiting: a template that is being connected to, and a checkpoint on a busy server.
		await execute(client, maintenance, createDatabaseSql(name, like, client.facts.serverMajor), {
			timeoutMs: 300_000,
			...options,
		});
	} catch (error) {
		throw createFailure(name, like, error);
	}
}

/**
 * Gives a database the settings, grants, comment and limits of another. Only after its contents are restored: a `default_transaction_read_only`
 * or a `statement_timeout` would be in the way. What belongs to roles outside of `roles` is left out.
 */
export async function applyProperties(
	client: PostgresClient,
	name: string,
	like: DatabaseTemplate,
	options: QueryOptions & {readonly roles?: ReadonlySet<string> | undefined} = {},
): Promise<void> {
	const statements = propertiesSql(name, like, {roles: options.roles});
	if (statements.length > 0) await execute(client, client.facts.maintenanceDatabase, statements.join('\n'), options);
}

function createFailure(name: string, like: DatabaseTemplate, error: unknown): unknown {
	const cause = error instanceof Error ? error : undefined;
	switch (sqlStateOf(error)) {
		case '42P04':
			return new AppError('operation-failed', `A database named ${name} exists already`, {
				hint: 'Choose another name, or drop that database first',
				cause,
			});
		case '42704':
			return new AppError(
				'role-missing',
				`The role ${like.owner}, owner of the database, does not exist on this server`,
				{
					hint: 'Create the role first, or restore without owners (--no-owner)',
					cause,
				},
			);
		case '22023':
		case '42809':
			return new AppError(
				'preflight-failed',
				`This server cannot create a database with the encoding ${like.encoding} and the locale ${like.locale ?? like.collate}: ${cause?.message ?? ''}`,
				{hint: 'Use an image that has this locale (Alpine images have few)', cause},
			);
		default:
			return error;
	}
}

/** Drops a database if it exists, ending its sessions (13 and newer) first. Never drops one that is not named. */
export async function dropDatabase(client: PostgresClient, name: string, options: QueryOptions = {}): Promise<void> {
	const {serverMajor, superuser, maintenanceDatabase} = client.facts;
	// FORCE also ends autovacuum, which only a superuser may; without it the server asks autovacuum itself to leave.
	const force = serverMajor >= 13 && superuser ? ' WITH (FORCE)' : '';
	if (force === '') await endDatabaseSessions(client, name, options);
	await execute(client, maintenanceDatabase, `DROP DATABASE IF EXISTS ${quoteIdentifier(name)}${force};`, {
		timeoutMs: 300_000,
		...options,
	});
}

/** A condition on pg_stat_activity: the sessions but our own that the client's role may end. */
export function endable(superuser: boolean): string {
	const mayEnd = superuser
		? ''
		: ` AND (pg_has_role(usesysid, 'USAGE') OR pg_has_role('pg_signal_backend', 'USAGE') AND NOT (SELECT rolsuper FROM pg_roles r WHERE r.oid = usesysid))`;
	return `pid <> pg_backend_pid()${mayEnd}`;
}

/** Ends all sessions of a database but our own, background workers of extensions included. Returns how many. */
export async function endDatabaseSessions(
	client: PostgresClient,
	name: string,
	options: QueryOptions = {},
): Promise<number> {
	const rows = await query<{ended: boolean}>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE datname = ${quoteLiteral(name)} AND ${endable(client.facts.superuser)}`,
		options,
	);
	return rows.filter(row => row.ended).length;
}

/** Names of all databases, templates included. */
export async function listDatabaseNames(
	client: PostgresClient,
	options: QueryOptions = {},
): Promise<readonly string[]> {
	const rows = await query<{name: string}>(
		client,
		client.facts.maintenanceDatabase,
		'SELECT datname AS name FROM pg_database ORDER BY 1',
		options,
	);
	return rows.map(row => row.name);
}
