import type {ServiceEvidence} from './evidence.js';

/** A connection to a database or cache as a service's environment describes it. Null means not said. */
export type Connection = {
	readonly service: string;
	readonly variable: string;
	readonly kind: 'database' | 'cache';
	readonly value: string;
	readonly scheme: string | null;
	readonly user: string | null;
	/** True when a password stands in it, masked or not. */
	readonly hasPassword: boolean;
	readonly host: string | null;
	readonly port: number | null;
	readonly database: string | null;
	readonly options: string;
	/** Why a parser refuses it or reads it otherwise than meant; null when it is well formed. */
	readonly fault: string | null;
};

const databaseUrl = /^(?:jdbc:)?(?:postgres(?:ql)?|postgis|pg|cockroachdb|timescale|ecto)(?:\+\w+)?:/i;
const cacheUrl = /^(?:redis|rediss|valkey|unix\+redis):/i;
const urlVariable =
	/(?:DATABASE|DB|POSTGRES|POSTGRESQL|PG|DIRECT|SHADOW)\w*_(?:URL|URI|DSN)$|SQL_ALCHEMY_CONN$|SQLALCHEMY_DATABASE_URI$/;
const hostVariable =
	/(?:^|_)(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG|PGSQL)_{0,2}(?:DB_?)?(?:HOST|HOSTNAME|SERVER|ADDR|ADDRESS)$|^PGHOST$/;
const cacheHostVariable = /(?:REDIS|VALKEY|CACHE|QUEUE|BROKER)\w*_(?:HOST|HOSTNAME|SERVER)$/;

export function findConnections(service: ServiceEvidence): Connection[] {
	return Object.entries(service.environment).flatMap(([variable, value]) => {
		const found = readConnection(service.service, variable, value, service.environment);
		return found ? [found] : [];
	});
}

function readConnection(
	service: string,
	variable: string,
	value: string,
	environment: Readonly<Record<string, string>>,
): Connection | undefined {
	const bare = value.trim().replace(/^(["'])(.*)\1$/, '$2');
	if (databaseUrl.test(bare) || (urlVariable.test(variable) && bare.includes('://'))) {
		return readUrl(service, variable, value, 'database');
	}

	if (cacheUrl.test(bare)) return readUrl(service, variable, value, 'cache');
	const kind = hostVariable.test(variable) ? 'database' : cacheHostVariable.test(variable) ? 'cache' : undefined;
	if (!kind || value === '') return undefined;
	const port = Number(environment[variable.replace(/(?:HOST(?:NAME)?|SERVER|ADDR(?:ESS)?)$/, 'PORT')] ?? Number.NaN);
	const [host = '', inline] = bare.split(':');
	return {
		service,
		variable,
		kind,
		value,
		scheme: null,
		user: null,
		hasPassword: true,
		host,
		port: inline ? Number(inline) : Number.isNaN(port) ? null : port,
		database: null,
		options: '',
		fault: null,
	};
}

/** Takes a URL apart by hand: what a strict parser refuses must still be described. */
function readUrl(service: string, variable: string, value: string, kind: Connection['kind']): Connection {
	const match =
		/^(?<scheme>(?:jdbc:)?[a-z][a-z0-9+.-]*):\/\/(?:(?<login>.*)@)?(?<host>\[[^\]]*\]|[^:/?#@]*)(?::(?<port>[^/?#]*))?(?:\/(?<database>[^?#]*))?(?<options>[?#].*)?$/i.exec(
			value.trim().replace(/^["']|["']$/g, ''),
		);
	const parts = match?.groups ?? {};
	const login = parts['login'] ?? '';
	const [user = '', ...rest] = login.split(':');
	const password = rest.join(':');
	return {
		service,
		variable,
		kind,
		value,
		scheme: parts['scheme'] ?? null,
		user: user === '' ? null : user,
		hasPassword: password !== '' || parts['login'] === mask,
		host: parts['host'] ?? null,
		port: parts['port'] ? Number(parts['port']) : null,
		database: parts['database'] ? parts['database'] : null,
		options: parts['options'] ?? '',
		fault: findFault(value, parts, password),
	};
}

const mask = '***';

function findFault(
	value: string,
	parts: Readonly<Record<string, string | undefined>>,
	password: string,
): string | null {
	if (/^["']|["']$/.test(value.trim())) return 'quotes are part of the value';
	if (/[\r\n]/.test(value)) return 'a line end is part of the value';
	if (/\$\{\w+/.test(value)) return 'a ${…} was not filled in';
	if (parts['host'] === undefined) return 'it is not a URL';
	if (parts['host'] === '' && !/[?&]host=/.test(parts['options'] ?? '')) return 'the host is empty';
	if (parts['port'] !== undefined && !/^\d{1,5}$/.test(parts['port'])) return 'the port is not a number';
	if (/[@/?#[\]\s]/.test(password)) return 'the password holds characters that must be percent-encoded';
	if (/%(?![0-9a-f]{2})/i.test(password)) return 'the password holds a bare %';
	return null;
}
