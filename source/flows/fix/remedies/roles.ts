import {hide} from '../../../hidden.js';
import {quoteIdentifier, quoteLiteral} from '../../../postgres/quote.js';
import {mask} from '../../../redaction.js';
import type {Services} from '../../../services.js';
import type {SqlStatement} from '../actions.js';
import {connectionInUse, connectionsInUse, faultyServer, serverOf} from '../connection-in-use.js';
import {Draft} from '../draft.js';
import {type FixContext, type Remedy, refuse} from '../remedy.js';
import {encodeLogin} from '../url-text.js';
import {makeVerifier} from './align-role-password.js';

type Plain = {readonly title: string; readonly sql: string; readonly undo: string | null};

/** A statement without secrets: what is shown is what runs. */
export function statement(service: string, database: string, {title, sql, undo}: Plain): SqlStatement {
	return {kind: 'sql', title, service, database, statement: sql, script: hide(sql), undo};
}

/** A SELECT that answers with a fixed text: the undo of what did not exist before. */
const fixed = (text: string) => `SELECT ${quoteLiteral(text)}`;

/** Makes the role that the application signs in as, with the password that it has, and gives it the database where that has no owner of its own. */
export const createRole: Remedy = {
	plan(context) {
		const {connection, service} = connectionOf(context);
		const server = serverOf(context, connection);
		const {user, password} = connection;
		if (!user || !password) return refuse(`The connection of ${service} names no user with a password`);
		if (server.server === null)
			return refuse(`${server.service} does not answer`, 'Start it first: --fix start-database');
		if (server.server.roles.some(role => role.name === user)) return refuse(`The role ${user} exists already`);
		const role = quoteIdentifier(user);
		const database = server.server.databases.find(({name}) => name === connection.database);
		const isEmpty = database !== undefined && database.tables === 0;
		return {
			backup: {service: server.service, databases: [connection.database ?? user]},
			actions: [
				{
					kind: 'sql',
					title: `Create the role ${user}`,
					service: server.service,
					database: server.database,
					statement: `CREATE ROLE ${role} LOGIN PASSWORD '${mask}'`,
					script: hide(
						`CREATE ROLE ${role} LOGIN PASSWORD ${quoteLiteral(makeVerifier(password, server.major ?? 17, user))}`,
					),
					undo: fixed(`DROP ROLE IF EXISTS ${role}`),
				},
				...(database === undefined
					? []
					: isEmpty
						? [ownDatabase(server.service, database.name, user)]
						: [lendDatabase(server.service, database.name, database.owner, user)]),
			],
			effects:
				database === undefined || isEmpty
					? []
					: [
							`${user} gets the rights of ${database.owner}, who owns ${database.name}: using ${database.owner} in the connection string is often the better way`,
						],
		};
	},
};

function connectionOf(context: FixContext) {
	const {captures} = context.situation;
	const named = connectionsInUse(context).find(({connection}) => connection.user === captures['user']);
	return named ?? connectionInUse(context);
}

function ownDatabase(service: string, database: string, user: string): SqlStatement {
	return statement(service, database, {
		title: `Make ${user} the owner of ${database}`,
		sql: `ALTER DATABASE ${quoteIdentifier(database)} OWNER TO ${quoteIdentifier(user)}; ALTER SCHEMA public OWNER TO ${quoteIdentifier(user)}`,
		undo: formerOwners(database),
	});
}

function lendDatabase(service: string, database: string, owner: string, user: string): SqlStatement {
	const grant = `${quoteIdentifier(owner)} TO ${quoteIdentifier(user)}`;
	return statement(service, database, {
		title: `Give ${user} the rights of ${owner}, who owns ${database}`,
		sql: `GRANT ${grant}`,
		undo: fixed(`REVOKE ${quoteIdentifier(owner)} FROM ${quoteIdentifier(user)}`),
	});
}

function formerOwners(database: string): string {
	return `SELECT format('ALTER DATABASE %I OWNER TO %I; ALTER SCHEMA public OWNER TO %I', d.datname, pg_catalog.pg_get_userbyid(d.datdba), pg_catalog.pg_get_userbyid(n.nspowner)) FROM pg_catalog.pg_database d, pg_catalog.pg_namespace n WHERE d.datname = ${quoteLiteral(database)} AND n.nspname = 'public'`;
}

type LoginFacts = {readonly logins: readonly string[]};

/** Puts the user with which the volume was made into the connection string. */
export const useOriginalRole: Remedy<LoginFacts> = {
	look: findLogins,
	plan(context, {logins}) {
		const used = connectionOf(context);
		const server = serverOf(context, used.connection);
		const owner = server.server?.databases.find(({name}) => name === used.connection.database)?.owner;
		const own = logins.filter(name => name !== 'postgres');
		const user = own.find(name => name === owner) ?? own[0] ?? logins[0];
		if (user === undefined) return refuse(`It cannot be found out which roles ${server.service} has`);
		if (user === used.connection.user) return refuse(`${used.service} signs in as ${user} already`);
		if (used.connection.form === 'parts') return refuse('The connection is given in parts: set its user by hand');
		const draft = new Draft(context);
		draft.changeUrl(used.service, used.variable, {user: encodeLogin(user)});
		return {
			actions: draft.edits(),
			target: draft.target(),
			effects: [`If the password of ${user} is another one, that is the next problem that shows`],
		};
	},
};

/** Roles that may sign in, superusers first. Without the name of one nobody gets in: defaults of the files and usual names are tried over the socket. */
async function findLogins(context: FixContext, services: Services, signal: AbortSignal): Promise<LoginFacts> {
	const {files, evidence} = context;
	const server = faultyServer(context);
	const known = server.server?.roles.filter(role => role.canLogin).map(role => role.name) ?? [];
	if (known.length > 0 || server.containerId === null) return {logins: known};
	const written = [...files.texts.values()].flatMap(text =>
		[...text.matchAll(/POSTGRES_USER(?::?-|=|:\s*)["']?([A-Za-z_][\w-]*)/g)].map(match => match[1] ?? ''),
	);
	const databases = evidence.services.flatMap(one => one.environment['POSTGRES_DB'] ?? []);
	for (const user of new Set(['postgres', ...written, ...databases, context.stack.project])) {
		const sql = 'SELECT rolname FROM pg_roles WHERE rolcanlogin ORDER BY rolsuper DESC, oid';
		const args = ['exec', server.containerId, 'psql', '-X', '-w', '-A', '-t', '-U', user, '-d', 'template1', '-c', sql];
		const result = await services.processes.run('docker', args, {signal, timeoutMs: 30_000});
		if (result.exitCode === 0) return {logins: result.stdout.split('\n').filter(Boolean)};
	}

	return {logins: []};
}

/** Makes the database that the connection string names, owned by the user of that string. */
export const createDatabase: Remedy = {
	plan(context) {
		const wanted = context.situation.captures['database'];
		const used =
			connectionsInUse(context).find(({connection}) => connection.database === wanted) ?? connectionInUse(context);
		const server = serverOf(context, used.connection);
		const name = wanted ?? used.connection.database;
		if (!name) return refuse('It is not known which database is missing');
		if (server.server === null)
			return refuse(`${server.service} does not answer`, 'Start it first: --fix start-database');
		if (server.server.databases.some(database => database.name === name))
			return refuse(`The database ${name} exists already`);
		const owner = server.server.roles.some(role => role.name === used.connection.user)
			? used.connection.user
			: server.user;
		const filled = server.server.databases.filter(database => database.tables > 0).map(database => database.name);
		return {
			actions: [
				statement(server.service, server.server.databases[0]?.name ?? 'postgres', {
					title: `Create the database ${name}`,
					sql: `CREATE DATABASE ${quoteIdentifier(name)} OWNER ${quoteIdentifier(owner ?? server.user)}`,
					undo: fixed(`DROP DATABASE IF EXISTS ${quoteIdentifier(name)}`),
				}),
				...migrateServices(context),
			],
			effects:
				filled.length === 0
					? []
					: [
							`The new database is empty; the data of this server is in ${filled.join(', ')}. If the application should use that, change its connection string instead`,
						],
		};
	},
};

/** The one-shot services that fill a schema. */
export function migrateServices({stack}: FixContext) {
	const names = stack.services.filter(service => service.role === 'migrate').map(service => service.name);
	return names.length === 0 ? [] : [{kind: 'migrate' as const, services: names}];
}

/** Makes the application's role the owner of its database and of the schema in it. */
export const grantOwnership: Remedy = {
	plan(context) {
		const used = connectionOf(context);
		const server = serverOf(context, used.connection);
		const {user, database} = used.connection;
		if (!user || !database) return refuse(`The connection of ${used.service} names no user and database`);
		return {
			backup: {service: server.service, databases: [database]},
			actions: [ownDatabase(server.service, database, user)],
		};
	},
};
