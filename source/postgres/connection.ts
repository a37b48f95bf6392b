import {AppError} from '../errors.js';
import {quoteConninfo} from './quote.js';

/** How to reach a server. The password stays out of every argv: it goes by `PGPASSWORD`. */
export type Connection = {
	/** Host name, address, or folder of the socket; absent for the client's default socket. */
	readonly host?: string | undefined;
	readonly port?: number | undefined;
	readonly user: string;
	readonly password?: string | undefined;
	/** Further libpq parameters: sslmode, sslrootcert, channel_binding, options, … */
	readonly parameters?: Readonly<Record<string, string>> | undefined;
};

/** Parameters that libpq knows (documentation of 18, "Parameter Key Words"); a URL's others belong to the driver that reads it. */
const libpqParameters = new Set([
	'hostaddr',
	'passfile',
	'require_auth',
	'channel_binding',
	'connect_timeout',
	'client_encoding',
	'options',
	'keepalives',
	'keepalives_idle',
	'keepalives_interval',
	'keepalives_count',
	'tcp_user_timeout',
	'sslmode',
	'sslnegotiation',
	'sslcompression',
	'sslcert',
	'sslkey',
	'sslrootcert',
	'sslcrl',
	'sslsni',
	'ssl_min_protocol_version',
	'ssl_max_protocol_version',
	'gssencmode',
	'krbsrvname',
	'target_session_attrs',
]);

/**
 * Reads a connection URL as applications write it (`postgres://user:pass@host:port/db?sslmode=require`, with driver suffixes such as
 * `postgresql+asyncpg:`), keeping the parameters that libpq understands.
 * Throws `usage` when it is none.
 */
export function parseConnectionUrl(text: string): {readonly connection: Connection; readonly database: string} {
	const match =
		/^postgres(?:ql)?(?:\+[\w.]+)?:\/\/(?:([^:@/?]*)(?::([^@]*))?@)?([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(
			text.trim(),
		) ?? undefined;
	if (match === undefined)
		throw new AppError('usage', 'The connection string is not a PostgreSQL URL', {
			hint: 'Write it as postgres://user:password@host:5432/database, with special characters percent-encoded',
		});
	const [, user = '', password, address = '', path = '', search = ''] = match;
	const parameters = new URLSearchParams(search);
	const {host, port} = splitAddress(address);
	const name = decode(user) || parameters.get('user') || 'postgres';
	const kept: Record<string, string> = {};
	for (const [key, value] of parameters) if (libpqParameters.has(key)) kept[key] = value;
	if (parameters.get('ssl') === 'true' && kept['sslmode'] === undefined) kept['sslmode'] = 'require';
	// Drivers of Node accept it for "encrypt, do not check"; libpq calls that `require`.
	if (kept['sslmode'] === 'no-verify') kept['sslmode'] = 'require';
	return {
		connection: {
			host: parameters.get('host') ?? (host === '' ? undefined : host),
			port: Number(parameters.get('port') ?? port) || undefined,
			user: name,
			password: password === undefined ? (parameters.get('password') ?? undefined) : decode(password),
			parameters: kept,
		},
		database: decode(path) || parameters.get('dbname') || name,
	};
}

function splitAddress(address: string): {readonly host: string; readonly port: string | undefined} {
	const bracketed = /^\[([^\]]+)\](?::(\d+))?$/.exec(address);
	if (bracketed) return {host: bracketed[1] ?? '', port: bracketed[2]};
	const plain = /^([^:]*)(?::(\d+))?$/.exec(address);
	return plain ? {host: decode(plain[1] ?? ''), port: plain[2]} : {host: decode(address), port: undefined};
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/**
 * A libpq connection string without the password. Safe for any name: `postgres://x`, `a=b` and `-x` are names here, not syntax.
 * @param applicationName shows in pg_stat_activity and in the command line, so that both ends of a killed command can be found.
 */
export function connectionString(connection: Connection, database: string, applicationName: string): string {
	const parameters: Record<string, string> = {
		dbname: database,
		user: connection.user,
		...(connection.host === undefined ? {} : {host: connection.host}),
		...(connection.port === undefined ? {} : {port: String(connection.port)}),
		application_name: applicationName,
		...connection.parameters,
	};
	return Object.entries(parameters)
		.map(([key, value]) => `${key}=${quoteConninfo(value)}`)
		.join(' ');
}
