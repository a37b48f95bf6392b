import type {Connection, ConnectionEngine} from './connection-string.js';

const keyNames: Readonly<Record<string, 'host' | 'port' | 'user' | 'password' | 'database'>> = {
	host: 'host',
	hostaddr: 'host',
	server: 'host',
	'data source': 'host',
	datasource: 'host',
	address: 'host',
	port: 'port',
	user: 'user',
	username: 'user',
	'user name': 'user',
	'user id': 'user',
	userid: 'user',
	uid: 'user',
	password: 'password',
	passwd: 'password',
	pwd: 'password',
	database: 'database',
	dbname: 'database',
	db: 'database',
	'initial catalog': 'database',
};

/** ADO.NET (Npgsql): `Host=db;Port=5432;Database=app;Username=app;Password=…`. Undefined when the text is not of that form. */
export function parseAdoString(text: string): Connection | undefined {
	if (!/^[^=;\n]+=[^;]*(;|$)/.test(text) || !text.includes(';')) return undefined;
	const pairs = text
		.split(/;(?=(?:[^"']|"[^"]*"|'[^']*')*$)/)
		.filter(pair => pair.trim() !== '')
		.map(pair => {
			const equals = pair.indexOf('=');
			return [pair.slice(0, equals).trim().toLowerCase(), unquote(pair.slice(equals + 1).trim())] as const;
		});
	return fromPairs(pairs, 'ado', engineOfPairs(pairs));
}

/** libpq keywords: `host=db port=5432 user=app password='two words' dbname=app`. Undefined when the text is not of that form. */
export function parseLibpqString(text: string): Connection | undefined {
	const pairPattern = /([a-z_]+)\s*=\s*('(?:\\.|[^'\\])*'|[^\s]*)/gi;
	if (!/^(?:[a-z_]+\s*=\s*(?:'(?:\\.|[^'\\])*'|[^\s;]*)\s*)+$/i.test(text)) return undefined;
	const pairs = [...text.matchAll(pairPattern)].map(
		([, key = '', value = '']) => [key.toLowerCase(), unquote(value).replace(/\\(.)/g, '$1')] as const,
	);
	const isLibpq = pairs.some(([key]) => key === 'host' || key === 'hostaddr') && pairs.length > 1;
	return isLibpq ? fromPairs(pairs, 'libpq', 'postgresql') : undefined;
}

function engineOfPairs(pairs: readonly (readonly [string, string])[]): ConnectionEngine {
	const value = (key: string) => pairs.find(([name]) => name === key)?.[1];
	const port = value('port');
	if (port === '3306' || value('allowuservariables') !== undefined) return 'mysql';
	if (port === '5432' || value('host') !== undefined || /[:,]5432$/.test(value('server') ?? '')) return 'postgresql';
	if (value('initial catalog') !== undefined || value('trustservercertificate') !== undefined) return 'sqlserver';
	if (value('data source')?.match(/\.(?:db|sqlite3?)$/)) return 'sqlite';
	return 'other';
}

function fromPairs(
	pairs: readonly (readonly [string, string])[],
	form: 'ado' | 'libpq',
	engine: ConnectionEngine,
): Connection | undefined {
	const known: Partial<Record<'host' | 'port' | 'user' | 'password' | 'database', string>> = {};
	const parameters: Record<string, string> = {};
	for (const [key, value] of pairs) {
		const name = keyNames[key];
		if (name === undefined) parameters[key] = value;
		else known[name] ??= value;
	}

	if (known.host === undefined) return undefined;
	const isPath = known.host.startsWith('/');
	const [, host = known.host, attachedPort] = /^(?:tcp:)?([^:,]+)[:,](\d+)$/.exec(known.host) ?? [];
	const port = known.port ?? attachedPort;
	return {
		engine,
		form,
		scheme: '',
		host: isPath ? null : host,
		hosts: isPath ? [] : [host],
		socket: isPath ? known.host : null,
		port: port !== undefined && /^\d+$/.test(port) ? Number(port) : null,
		user: known.user ?? null,
		password: known.password ?? null,
		database: known.database ?? null,
		parameters,
		problems: [],
	};
}

function unquote(text: string): string {
	return /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
}
