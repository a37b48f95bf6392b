import {isDatabase} from '../../diagnosis/view.js';
import {findPartsConnections} from '../../stack/connection-parts.js';
import {findConnectionStrings} from '../../stack/connection-search.js';
import type {Connection} from '../../stack/connection-string.js';
import type {DatabaseServer} from '../../stack/stack.js';
import {type FixContext, refuse} from './remedy.js';

/** A PostgreSQL connection as a service really has it. Holds the password. */
export type ConnectionInUse = {
	readonly service: string;
	/** The variable with the connection string, or the one that names the host. */
	readonly variable: string;
	readonly value: string;
	readonly connection: Connection;
};

/** The connections that the problem is about: of the service that shows it, else of those that follow from it, else of all. */
export function connectionsInUse(context: FixContext): readonly ConnectionInUse[] {
	const {evidence, finding, situation} = context;
	const clients = evidence.services.filter(service => !isDatabase(service));
	const shown = [finding.service, ...finding.consequences.map(other => other.service)];
	const ordered = [
		...shown.flatMap(name => clients.filter(service => service.service === name)),
		...clients.filter(service => !shown.includes(service.service)),
	];
	const found = ordered.flatMap(({service, environment}) => connectionsOf(service, environment));
	const named = found.filter(({variable}) => variable === situation.captures['variable']);
	return [...named, ...found.filter(one => !named.includes(one))];
}

/** The first of them. Throws `refuse` when no service has one. */
export function connectionInUse(context: FixContext): ConnectionInUse {
	const [first] = connectionsInUse(context);
	return first ?? refuse('No service has a connection string to PostgreSQL that could be read');
}

function connectionsOf(service: string, environment: Readonly<Record<string, string>>): readonly ConnectionInUse[] {
	const urls = Object.entries(environment).flatMap(([variable, value]) => {
		const connection = findConnectionStrings(value).find(one => one.engine === 'postgresql');
		return connection === undefined ? [] : [{service, variable, value, connection}];
	});
	const parts = findPartsConnections(environment)
		.filter(({connection}) => connection.engine === 'postgresql')
		.map(({variable, connection}) => ({service, variable, value: environment[variable] ?? '', connection}));
	return [...urls, ...parts];
}

/** The server of the stack that a connection means. Throws `refuse` when the stack has none, or several and the host names none of them. */
export function serverOf({stack, evidence}: FixContext, connection?: Connection | undefined): DatabaseServer {
	const host = connection?.host ?? null;
	const named = stack.databases.find(
		server =>
			server.service === host ||
			evidence.services.some(
				one => one.service === server.service && (one.aliases.includes(host ?? '') || one.container === host),
			),
	);
	const [only, ...more] = stack.databases;
	if (named !== undefined) return named;
	if (only === undefined)
		return refuse('The stack has no PostgreSQL of its own: this has to be done where the server is');
	if (more.length > 0) return refuse('The stack has several database servers, and the connection names none of them');
	return only;
}

/** The server that the problem is about: the one that shows it, else the one that the connection means. */
export function faultyServer(context: FixContext): DatabaseServer {
	const own = context.stack.databases.find(server => server.service === context.finding.service);
	return own ?? serverOf(context, connectionsInUse(context)[0]?.connection);
}
