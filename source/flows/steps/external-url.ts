import {AppError} from '../../errors.js';
import {findPartsConnections} from '../../stack/connection-parts.js';
import {type Connection, parseConnectionString} from '../../stack/connection-string.js';
import type {ExternalDatabase} from '../../stack/stack.js';
import type {Environments} from '../backup/read-secrets.js';

/**
 * Connection URL, with the password, of a database outside of the stack, from the variables of the service that uses it. A pooler's address becomes
 * that of the server behind it where the provider's rule is known: a dump through a transaction pooler breaks the application (pgbouncer#452).
 * Throws AppError database-unreachable when the variables do not say enough, or by now name another server.
 */
export function findExternalUrl(external: ExternalDatabase, environments: Environments): string {
	const environment = environments[external.service] ?? {};
	const value = environment[external.variable];
	const text = Object.fromEntries(Object.entries(environment).map(([name, one]) => [name, one ?? null]));
	const connection =
		(value ? parseConnectionString(value) : undefined) ??
		findPartsConnections(text).find(one => one.variable === external.variable)?.connection;
	if (connection?.host != null && connection.host.toLowerCase() !== external.host.toLowerCase())
		throw new AppError(
			'database-unreachable',
			`${external.variable} of ${external.service} names ${connection.host} by now, not ${external.host}`,
			{hint: `Let it name ${external.host} again, or start anew: what is under way belongs to that server`},
		);
	if (connection?.host != null) return buildUrl(connection, external);
	throw new AppError(
		'database-unreachable',
		`${external.variable} of ${external.service} does not say how to reach ${external.host}`,
		{
			hint: 'Check the variable in the env file of the service',
			fix: ['docker', 'compose', 'config'],
		},
	);
}

function buildUrl(connection: Connection, external: ExternalDatabase): string {
	const {host, port} = directAddress(connection.host ?? external.host, connection.port ?? external.port);
	const login = [
		connection.user ?? external.user ?? 'postgres',
		...(connection.password === null ? [] : [connection.password]),
	];
	const database = connection.database ?? external.database ?? login[0] ?? 'postgres';
	const search = new URLSearchParams(
		Object.entries(connection.parameters).filter(([name]) => name !== 'pgbouncer'),
	).toString();
	const address = host.includes(':') ? `[${host}]` : host;
	return `postgresql://${login.map(encodeURIComponent).join(':')}@${address}:${port}/${encodeURIComponent(database)}${search === '' ? '' : `?${search}`}`;
}

/** Neon's pooler is another name of the same host; Supabase's has session mode on another port of the same host. */
function directAddress(host: string, port: number): {readonly host: string; readonly port: number} {
	if (/-pooler\.[\w.-]*neon\.tech$/i.test(host)) return {host: host.replace(/-pooler\./i, '.'), port};
	if (/\.pooler\.supabase\.com$/i.test(host) && port === 6543) return {host, port: 5432};
	return {host, port};
}
