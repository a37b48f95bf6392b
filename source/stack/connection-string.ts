import {parseAdoString, parseLibpqString} from './connection-pairs.js';

/** What speaks at the other end, as far as the string tells. CockroachDB hides behind `postgresql`: only its server gives it away. */
export type ConnectionEngine = 'postgresql' | 'mysql' | 'mongodb' | 'sqlserver' | 'sqlite' | 'cockroachdb' | 'other';

export type ConnectionForm = 'url' | 'jdbc' | 'ado' | 'libpq' | 'parts';

/** Something that makes drivers refuse a connection string, or read another one than was meant. */
export type ConnectionProblem =
	| {
			readonly code: 'unescaped-character';
			readonly part: 'user' | 'password';
			readonly character: string;
			readonly text: string;
	  }
	| {readonly code: 'bad-percent-encoding'; readonly part: 'user' | 'password'; readonly text: string}
	| {
			readonly code: 'quoted' | 'whitespace' | 'host-missing' | 'port-invalid' | 'database-missing';
			readonly text: string;
	  };

/** The parts of one connection string. Holds the password: never print the object. */
export type Connection = {
	readonly engine: ConnectionEngine;
	readonly form: ConnectionForm;
	/** Scheme as written, for example `postgresql+asyncpg`; empty for ADO.NET, libpq and sets of variables. */
	readonly scheme: string;
	/** Null for a Unix socket or when the string names none. */
	readonly host: string | null;
	/** All hosts of a string with several; the first is `host`. */
	readonly hosts: readonly string[];
	/** Folder of the Unix socket when the host is a path. */
	readonly socket: string | null;
	readonly port: number | null;
	readonly user: string | null;
	readonly password: string | null;
	readonly database: string | null;
	readonly parameters: Readonly<Record<string, string>>;
	readonly problems: readonly ConnectionProblem[];
};

const postgresScheme =
	/^(?:[a-z0-9]+\+)?(?:postgres|postgresql|postgis|timescale|timescaledb|timescalegis|pgsql|psql|pg|ecto)(?:\+[a-z0-9_]+)?$/;
const engineSchemes: readonly (readonly [ConnectionEngine, RegExp])[] = [
	['postgresql', postgresScheme],
	['cockroachdb', /^(?:cockroach|cockroachdb|crdb)(?:\+[a-z0-9_]+)?$/],
	['mysql', /^(?:[a-z0-9]+\+)?(?:mysql|mysqlx|mysql2|mariadb)(?:\+[a-z0-9_]+)?$/],
	['mongodb', /^mongodb(?:\+srv)?$/],
	['sqlserver', /^(?:mssql|sqlserver)(?:\+[a-z0-9_]+)?$/],
	['sqlite', /^(?:[a-z0-9]+\+)?sqlite3?(?:\+[a-z0-9_]+)?$/],
];

/** Which database a URL scheme means; `jdbc:` and `r2dbc:` prefixes are looked through. */
export function engineOfScheme(scheme: string): ConnectionEngine {
	const plain = scheme.toLowerCase().replace(/^(?:jdbc|r2dbc|jdbc:tc|r2dbc:pool):/, '');
	return engineSchemes.find(([, pattern]) => pattern.test(plain))?.[0] ?? 'other';
}

/**
 * Reads one connection string of any usual form: URL (`postgres://`, `postgresql+asyncpg://`, `ecto://` …), JDBC and R2DBC,
 * ADO.NET (`Host=db;Database=app`), libpq keywords (`host=db dbname=app`). Undefined when the text is none of them.
 * Reads what was meant also where characters were not escaped, and says so in `problems`.
 */
export function parseConnectionString(value: string): Connection | undefined {
	const text = value.trim();
	const unquoted = /^(["'])(.*)\1$/s.exec(text)?.[2];
	if (unquoted !== undefined) {
		const inner = parseConnectionString(unquoted);
		return (
			inner && {
				...inner,
				problems: [...inner.problems, {code: 'quoted', text: 'The value is wrapped in quotes that are part of it'}],
			}
		);
	}

	return parseUrl(text) ?? parseAdoString(text) ?? parseLibpqString(text);
}

function parseUrl(text: string): Connection | undefined {
	const match =
		/^((?:[a-z][a-z0-9]*:){0,2}[a-z][a-z0-9+._-]*):\/\/(.*)$/is.exec(text) ?? /^(jdbc:[a-z]+):([^/].*)$/is.exec(text);
	const scheme = match?.[1];
	const rest = match?.[2];
	if (scheme === undefined || rest === undefined) return undefined;

	const engine = engineOfScheme(scheme);
	const problems: ConnectionProblem[] = [];
	if (/\s/.test(text))
		problems.push({code: 'whitespace', text: 'There is white space inside of the connection string'});
	const form = /^r?2?d?jdbc:|^r2dbc:/i.test(scheme) ? 'jdbc' : 'url';
	if (engine === 'sqlite')
		return {...emptyConnection(engine, form, scheme), database: rest.replace(/^\//, ''), problems};
	if (!text.includes('://')) {
		return {
			...emptyConnection(engine, form, scheme),
			host: 'localhost',
			hosts: ['localhost'],
			database: rest,
			problems,
		};
	}

	const {userinfo, remainder} = splitUserinfo(rest, problems);
	const [, authority = '', path = '', query = ''] = /^([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?/s.exec(remainder) ?? [];
	const parameters = parseQuery(query);
	const colon = userinfo?.indexOf(':') ?? -1;
	const user = userinfo === undefined ? null : colon < 0 ? userinfo : userinfo.slice(0, colon);
	const password = userinfo === undefined || colon < 0 ? null : userinfo.slice(colon + 1);
	const places = splitHosts(authority, problems);
	const parameterHost = parameters['host'] ?? null;
	const host = places[0]?.host ?? (parameterHost?.startsWith('/') ? null : parameterHost);
	const socket = [places[0]?.socket, parameterHost].find(name => name?.startsWith('/')) ?? null;
	const database = decode(path.replace(/^\//, '').replace(/\/+$/, ''));
	if (engine === 'postgresql' && host === null && socket === null && authority === '' && userinfo !== undefined) {
		problems.push({code: 'host-missing', text: 'No host is named after the @'});
	}

	return {
		engine,
		form,
		scheme,
		host,
		hosts: places.flatMap(place => (place.host === null ? [] : [place.host])),
		socket,
		port: places[0]?.port ?? numberOrNull(parameters['port']),
		user: decodePart(user, 'user', problems) ?? parameters['user'] ?? parameters['username'] ?? parameters['u'] ?? null,
		password: decodePart(password, 'password', problems) ?? parameters['password'] ?? parameters['p'] ?? null,
		database: database === '' ? (parameters['dbname'] ?? parameters['database'] ?? parameters['d'] ?? null) : database,
		parameters,
		problems,
	};
}

const placePattern =
	/^(?:[\w.-]+|\[[0-9a-f:.]+\]|%2f[^:/?#@]*)?(?::\d+)?(?:,(?:[\w.-]+|\[[0-9a-f:.]+\])(?::\d+)?)*(?:[/?#]|$)/i;

/**
 * Splits `user:password@` off. By RFC 3986 the authority ends at the first `/`, `?` or `#`, and an unescaped one of them in a
 * password makes drivers take the password for a host: the last `@` that is followed by a host is what the writer meant.
 */
function splitUserinfo(
	rest: string,
	problems: ConnectionProblem[],
): {readonly userinfo: string | undefined; readonly remainder: string} {
	const authorityEnd = rest.search(/[/?#]/);
	const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
	const lastAt = authority.lastIndexOf('@');
	const [, port] = /:([^:\]]*)$/.exec(authority) ?? [];
	const looksCut = lastAt < 0 && port !== undefined && rest.includes('@') && !rest.slice(authorityEnd).startsWith('/?');
	const at = looksCut ? lastHostMark(rest) : lastAt;
	if (at < 0) return {userinfo: undefined, remainder: rest};

	const userinfo = rest.slice(0, at);
	const colon = userinfo.indexOf(':');
	const password = colon < 0 ? '' : userinfo.slice(colon + 1);
	for (const character of new Set(password.match(/[@/?#[\] ]/g))) {
		problems.push({
			code: 'unescaped-character',
			part: 'password',
			character,
			text: `The password holds ${character} as it is; in a URL it must be written %${character.charCodeAt(0).toString(16).toUpperCase()}`,
		});
	}

	return {userinfo, remainder: rest.slice(at + 1)};
}

function lastHostMark(rest: string): number {
	for (let at = rest.lastIndexOf('@'); at > 0; at = rest.lastIndexOf('@', at - 1)) {
		const after = rest.slice(at + 1);
		const queryBefore = rest.slice(0, at).match(/\?[^/@]*=[^/@]*$/);
		if (placePattern.test(after) && !queryBefore) return at;
	}

	return -1;
}

type Place = {readonly host: string | null; readonly socket: string | null; readonly port: number | null};

function splitHosts(authority: string, problems: ConnectionProblem[]): readonly Place[] {
	if (authority === '') return [];
	return authority.split(',').map(place => {
		const [, name = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/s.exec(place) ?? [];
		if (port !== undefined && port !== '' && !/^\d+$/.test(port)) {
			problems.push({code: 'port-invalid', text: 'The port is not a number'});
		}

		const decoded = decode(name.replace(/^\[|\]$/g, ''));
		const isPath = decoded.startsWith('/');
		return {
			host: decoded === '' || isPath ? null : decoded,
			socket: isPath ? decoded : null,
			port: numberOrNull(port),
		};
	});
}

function parseQuery(query: string): Readonly<Record<string, string>> {
	return Object.fromEntries(
		query
			.split('&')
			.filter(Boolean)
			.map(pair => {
				const equals = pair.indexOf('=');
				return equals < 0
					? [decode(pair), '']
					: [decode(pair.slice(0, equals)).toLowerCase(), decode(pair.slice(equals + 1))];
			}),
	);
}

function decodePart(part: string | null, name: 'user' | 'password', problems: ConnectionProblem[]): string | null {
	if (part === null) return null;
	try {
		return decodeURIComponent(part);
	} catch {
		problems.push({
			code: 'bad-percent-encoding',
			part: name,
			text: `The ${name} holds a % that does not begin an escape; in a URL it must be written %25`,
		});
		return part;
	}
}

function decode(text: string): string {
	try {
		return decodeURIComponent(text);
	} catch {
		return text;
	}
}

/** A connection of which nothing but the kind is known. */
export function emptyConnection(engine: ConnectionEngine, form: ConnectionForm, scheme = ''): Connection {
	return {
		engine,
		form,
		scheme,
		host: null,
		hosts: [],
		socket: null,
		port: null,
		user: null,
		password: null,
		database: null,
		parameters: {},
		problems: [],
	};
}

function numberOrNull(text: string | undefined): number | null {
	return text !== undefined && /^\d+$/.test(text) ? Number(text) : null;
}
