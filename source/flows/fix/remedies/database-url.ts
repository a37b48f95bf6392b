import {isLoopback} from '../../../stack/service-hosts.js';
import type {DatabaseServer} from '../../../stack/stack.js';
import {findVariableSource} from '../../../stack/variable-source.js';
import {type ConnectionInUse, connectionInUse, connectionsInUse, serverOf} from '../connection-in-use.js';
import {Draft} from '../draft.js';
import {type Cure, type FixContext, type Remedy, refuse} from '../remedy.js';
import {encodeLogin, readUrlText, soleReference, writeUrlText} from '../url-text.js';

/** Puts the service name of the database in place of a host that means the container itself, or that nobody answers to. */
export const useServiceHost: Remedy = {plan: context => changePlaces(context, isWrongHost)};

/** Puts the server's own port in place of the published one. */
export const useContainerPort: Remedy = {
	plan: context => changePlaces(context, (used, server) => (used.connection.port ?? 5432) !== portOf(context, server)),
};

function changePlaces(
	context: FixContext,
	isWrong: (used: ConnectionInUse, server: DatabaseServer, context: FixContext) => boolean,
): Cure {
	const draft = new Draft(context);
	const all = connectionsInUse(context).map(used => ({used, server: serverOf(context, used.connection)}));
	const wrong = all.filter(({used, server}) => isWrong(used, server, context));
	if (wrong.length === 0) refuse('Every connection that can be read names the right host and port already');
	for (const {used, server} of wrong) {
		const {service, variable, connection} = used;
		const port = portOf(context, server);
		if (connection.form === 'parts') changeParts(draft, context, used, server.service, port);
		else
			draft.changeUrl(service, variable, {
				...(isWrongHost(used, server, context) ? {host: server.service} : {}),
				...((connection.port ?? 5432) === port ? {} : {port: String(port)}),
			});
	}

	return {
		actions: [...draft.edits(), ...startIfDown(wrong[0]?.server)],
		target: draft.target(),
	};
}

function isWrongHost(
	{connection, service}: ConnectionInUse,
	server: DatabaseServer,
	{stack, evidence}: FixContext,
): boolean {
	const {host} = connection;
	if (host === null) return true;
	if (service !== server.service && isLoopback(host)) return true;
	const known = new Set([
		...stack.services.map(({name}) => name),
		...evidence.services.flatMap(one => [one.container ?? '', ...one.aliases]),
	]);
	return !known.has(host) && !host.includes('.');
}

/** A host and a port in variables of their own. */
function changeParts(draft: Draft, {evidence}: FixContext, used: ConnectionInUse, host: string, port: number): void {
	const {service, variable, value} = used;
	const hasPort = /:\d+$/.test(value);
	draft.setVariable(service, variable, hasPort ? `${host}:${port}` : host);
	const environment = evidence.services.find(one => one.service === service)?.environment ?? {};
	const name = variable.replace(/(?:HOST(?:_?NAME)?|SERVER|ADDR(?:ESS)?)$/i, 'PORT');
	if (!hasPort && name !== variable && name in environment && environment[name] !== String(port))
		draft.setVariable(service, name, String(port));
}

/** Where the server listens in its own network, whatever port is published. */
function portOf({evidence}: FixContext, {service}: DatabaseServer): number {
	const environment = evidence.services.find(one => one.service === service)?.environment ?? {};
	return Number(environment['PGPORT'] ?? environment['POSTGRESQL_PORT_NUMBER'] ?? 5432);
}

function startIfDown(server: DatabaseServer | undefined) {
	return server === undefined || server.state === 'running'
		? []
		: [{kind: 'start-server' as const, service: server.service}];
}

/** Percent-encodes user and password in the URL; the password itself stays as it is. */
export const encodePassword: Remedy = {
	plan(context) {
		const faulty = connectionsInUse(context).filter(({value}) => needsEncoding(value));
		if (faulty.length === 0) refuse('No connection string holds a password that has to be percent-encoded');
		const draft = new Draft(context);
		for (const {service, variable, value} of faulty) {
			const password = readUrlText(escapeAll(value))?.password?.replaceAll('$$', '$') ?? '';
			const source = findVariableSource(context.files, service, variable);
			const name = source.kind === 'compose' ? soleReference(readUrlText(source.value)?.password ?? null) : undefined;
			if (name === undefined) draft.changeUrl(service, variable, {password: encodeLogin(password)});
			else {
				// POSTGRES_PASSWORD itself must stay plain: the encoded form gets a name of its own beside it.
				draft.setDotenv(`${name}_ENCODED`, encodeLogin(password));
				draft.refer(service, variable, 'password', `\${${name}_ENCODED}`);
			}
		}

		return {
			actions: draft.edits(),
			target: draft.target(),
			effects: ['Whoever changes the password later changes its encoded form too'],
		};
	},
};

/** Reads the URL of a container as text without references: a `$` in it is one. */
const escapeAll = (value: string) => value.replaceAll('$', '$$$$');

function needsEncoding(value: string): boolean {
	const password = readUrlText(escapeAll(value))?.password ?? '';
	return /[@:/?#[\]\s]|%(?![0-9a-f]{2})/i.test(password);
}

/** Writes the whole connection string: what it says rightly stays, the rest comes from the server. */
export const setDatabaseUrl: Remedy = {
	plan(context) {
		const {situation, stack, evidence} = context;
		const all = connectionsInUse(context).filter(one => one.connection.form !== 'parts');
		const service = context.finding.service ?? all[0]?.service;
		const isClient = service !== undefined && !stack.databases.some(server => server.service === service);
		if (!isClient) return refuse('It is not known which service needs the connection string');
		// What the service has itself counts first; a service beside it often says the same.
		const used = all.find(one => one.service === service) ?? all[0];
		const server = serverOf(context, used?.connection);
		const own = evidence.services.find(one => one.service === server.service)?.environment ?? {};
		const variable =
			all.find(one => one.service === service)?.variable ?? situation.captures['variable'] ?? 'DATABASE_URL';
		const superuser = own['POSTGRES_USER'] ?? server.user;
		const given = used?.connection;
		const roles = server.server?.roles.map(role => role.name);
		const databases = server.server?.databases.map(database => database.name);
		const user = keep(given?.user, roles) ?? superuser;
		const password =
			given?.user === user && given.password
				? given.password
				: user === superuser
					? own['POSTGRES_PASSWORD']
					: undefined;
		const database = keep(given?.database, databases) ?? own['POSTGRES_DB'] ?? server.database;
		if (!password)
			return refuse(`The password of ${user} is not known`, 'Write the connection string into the env file yourself');
		const value = writeUrlText({
			scheme: given !== undefined && given.engine === 'postgresql' ? given.scheme : 'postgresql',
			user: encodeLogin(user),
			password: encodeLogin(password),
			host: server.service,
			port: String(portOf(context, server)),
			path: `/${encodeURIComponent(database)}`,
			query: readUrlText(escapeAll(used?.value ?? ''))?.query.replaceAll('$$', '$') ?? '',
		});
		const draft = new Draft(context);
		draft.setSecret(service, variable, value);
		return {actions: [...draft.edits(), ...startIfDown(server)], target: draft.target()};
	},
};

function keep(name: string | null | undefined, known: readonly string[] | undefined): string | undefined {
	return name && (known === undefined || known.includes(name)) ? name : undefined;
}

/** Switches TLS of the client off or on in the connection string. */
export function setSslMode(mode: 'disable' | 'require'): Remedy {
	return {
		plan(context) {
			const {service, variable, connection, value} = connectionInUse(context);
			if (connection.form === 'parts')
				return refuse('The connection is given in parts: its SSL variable has to be set by hand');
			if (mode === 'disable' && !context.stack.databases.some(server => server.service === connection.host))
				return refuse('The server is not in this stack: a connection without TLS would show the password on the way');
			const query = readUrlText(escapeAll(value))?.query.replaceAll('$$', '$') ?? '';
			const rest = query
				.replace(/^\?/, '')
				.split('&')
				.filter(pair => pair !== '' && !/^(?:sslmode|ssl)=/i.test(pair));
			const draft = new Draft(context);
			draft.changeUrl(service, variable, {query: `?${[...rest, `sslmode=${mode}`].join('&')}`});
			return {actions: draft.edits(), target: draft.target()};
		},
	};
}

/** The application signs in as the database's own environment says: user and password by the same reference, where there is one. */
export const alignCredentials: Remedy = {
	plan(context) {
		const {service, variable, connection} = connectionInUse(context);
		const server = serverOf(context, connection);
		const own = context.evidence.services.find(one => one.service === server.service)?.environment ?? {};
		const {POSTGRES_USER: user = 'postgres', POSTGRES_PASSWORD: password} = own;
		if (connection.form === 'parts' || !password)
			return refuse(
				'User and password are not in one connection string that could be compared',
				'Compare them by hand',
			);
		if (connection.user === user && connection.password === password)
			return refuse(
				`${service} has the user and the password of ${server.service} already: the volume was made with others`,
				'Give the role that password: --fix align-role-password',
			);
		const draft = new Draft(context);
		if (connection.user !== user) draft.changeUrl(service, variable, {user: encodeLogin(user)});
		const written = context.files.raw.services
			.get(server.service)
			?.findLast(definition => definition.environment['POSTGRES_PASSWORD'] != null)?.environment['POSTGRES_PASSWORD'];
		if (connection.password !== password) {
			if (soleReference(written ?? null) !== undefined && encodeLogin(password) === password)
				draft.refer(service, variable, 'password', written ?? '');
			else draft.changeUrl(service, variable, {password: encodeLogin(password)});
		}

		return {actions: draft.edits(), target: draft.target()};
	},
};
