import {type Connection, type ConnectionEngine, emptyConnection} from './connection-string.js';

/** A connection that is given in parts (`DB_HOST`, `DB_NAME`, …), with the variable that names the host. */
export type PartsConnection = {readonly variable: string; readonly connection: Connection};

const hostEnding = /^(.*?)_?(?:HOST(?:_?NAME)?|HOSTS|SERVER(?:_NAME)?|ADDR(?:ESS)?|SEEDS|NODES?|ENDPOINT)$/;
const endings = {
	port: ['PORT'],
	user: ['USER', 'USERNAME', 'USER_NAME', 'LOGIN', 'ROLE'],
	password: ['PASSWORD', 'PASS', 'PWD', 'PASSWD'],
	database: ['NAME', 'DB', 'DATABASE', 'DBNAME', 'DB_NAME', 'DATABASE_NAME', 'DATABASENAME', 'DB_DATABASE'],
	kind: ['TYPE', 'ENGINE', 'DRIVER', 'CLIENT', 'DIALECT', 'VENDOR', 'CONNECTION', 'ADAPTER', 'BACKEND', 'PROVIDER'],
} as const;
const looseDatabase = [
	'DBNAME',
	'DB_NAME',
	'DATABASE_NAME',
	'PGDATABASE',
	'POSTGRES_DB',
	'POSTGRES_DATABASE',
	'DB_DATABASE',
];
const looseUser = ['PGUSER', 'POSTGRES_USER', 'DB_USER', 'DB_USERNAME', 'DATABASE_USER', 'DATABASE_USERNAME', 'DBUSER'];

const foreignStem =
	/(?:^|_)(?:MYSQL|MARIADB|MONGO(?:DB)?|REDIS|VALKEY|SMTP|E?MAIL|AMQP|RABBIT(?:MQ)?|KAFKA|ELASTIC(?:SEARCH)?|OPENSEARCH|CLICKHOUSE|LDAP|MINIO|S3|CACHE|MEMCACHED?|QUEUE|BROKER|NATS|INFLUX(?:DB)?|CASSANDRA|NEO4J|QDRANT|MEILI|TYPESENSE|HTTP|API|WEB|APP|PROXY|TEMPORAL|OTEL|STATSD|GRPC)(?:_|$)/;
const postgresStem =
	/(?:^|_)(?:PG|PGSQL|POSTGRES|POSTGRE|POSTGRESQL|POSTGRESDB|POSTGIS|TIMESCALE|TIMESCALEDB|PGVECTOR)(?:_|$)/;
const databaseStem = /(?:^|_)(?:DB|DATABASE|SQL|JDBC|DATASOURCE|RDS)(?:_|$)|(?:DB|DATABASE)$/;

/**
 * Finds sets of variables that together are a connection: a name that ends like a host, and its siblings with the same beginning.
 * The engine is `postgresql` where name, port or a type variable says so, `other` where they say something else or nothing.
 */
export function findPartsConnections(environment: Readonly<Record<string, string | null>>): readonly PartsConnection[] {
	const byName = new Map<string, string>();
	for (const [name, value] of Object.entries(environment)) {
		if (value !== null && value !== '') byName.set(normalizeName(name), value);
	}

	return Object.entries(environment).flatMap(([variable, value]) => {
		const [, stem] = hostEnding.exec(normalizeName(variable)) ?? [];
		const place = parsePlace(value ?? '');
		if (stem === undefined || place === undefined) return [];
		const pick = (names: readonly string[]) =>
			names.flatMap(name => byName.get(`${stem}_${name}`) ?? byName.get(`${stem}${name}`) ?? [])[0] ?? null;
		const loose = (names: readonly string[]) => names.flatMap(name => byName.get(name) ?? [])[0] ?? null;
		const port = place.port ?? Number.parseInt(pick(endings.port) ?? '', 10);
		const engine = engineOfParts(stem, pick(endings.kind), port);
		const isSocket = place.host.startsWith('/');
		const connection: Connection = {
			...emptyConnection(engine, 'parts'),
			host: isSocket ? null : place.host,
			hosts: isSocket ? [] : [place.host],
			socket: isSocket ? place.host : null,
			port: Number.isNaN(port) ? null : port,
			user: pick(endings.user) ?? loose(looseUser),
			password: pick(endings.password),
			database: pick(endings.database) ?? loose(looseDatabase),
		};
		return [{variable, connection}];
	});
}

function engineOfParts(stem: string, kind: string | null, port: number): ConnectionEngine {
	if (kind !== null && /postgres|^pg|psql|timescale/i.test(kind)) return 'postgresql';
	if (kind !== null && /mysql|maria/i.test(kind)) return 'mysql';
	if (kind !== null && /mongo|sqlite|sqlserver|mssql|cockroach/i.test(kind)) return 'other';
	if (postgresStem.test(`${stem}_`.replace(/_+$/, ''))) return 'postgresql';
	if (/(?:^|_)(?:MYSQL|MARIADB)(?:_|$)/.test(stem) || port === 3306) return 'mysql';
	if (foreignStem.test(stem)) return 'other';
	return databaseStem.test(stem) && port === 5432 ? 'postgresql' : 'other';
}

/** `camelCase`, `dotted.names` and double underscores to `UPPER_SNAKE`. */
function normalizeName(name: string): string {
	return name
		.replace(/([a-z0-9])([A-Z])/g, '$1_$2')
		.replace(/[^A-Za-z0-9]+/g, '_')
		.replace(/^_+/, '')
		.toUpperCase();
}

function parsePlace(value: string): {readonly host: string; readonly port: number | undefined} | undefined {
	const text = value.trim();
	if (/^\/[\w./-]+$/.test(text)) return {host: text, port: undefined};
	const [, host, port] = /^(?:tcp:\/\/)?([A-Za-z0-9][\w.-]*|\[[0-9a-f:]+\])(?::(\d+))?(?:,.*)?$/.exec(text) ?? [];
	return host === undefined ? undefined : {host, port: port === undefined ? undefined : Number(port)};
}
