import type {ModelMount, ModelService} from './compose-model.js';
import {parseImageReference} from './image-reference.js';
import type {ServiceConnection} from './service-connections.js';

/** One sign that a service is a PostgreSQL server, or is not. No sign is proof; the sum of their weights decides. */
export type PostgresSignal = {
	readonly rule: string;
	readonly weight: number;
	/** Why it holds, or undefined when it does not. */
	readonly find: (service: ModelService, connections: readonly ServiceConnection[]) => string | undefined;
};

/** The image of a server, although a service may use it for its client programs alone. */
export function isServerImage(image: string | null): boolean {
	const {repository} = parseImageReference(image ?? '');
	return serverImage.test(repository) && !notServerImage.test(repository);
}

export const enoughSignals = 3;

const serverImage =
	/^(?:docker-)?(?:postgres|postgresql|postgis|timescaledb|timescaledb-ha|timescaledb-docker.*|timescale|pgvector|pgvecto-rs|pgautoupgrade|citus|vchord-postgres|vchord-suite|spilo(?:-\d+)?|paradedb|pg_?duckdb|enterprisedb|alloydb(?:omni)?|apache-age|age|pgmq.*|pg[_-]?\d+)$|(?:^|[-_])(?:postgres(?:ql)?|postgis|pgvector|timescaledb)(?=$|[-_]?\d|[-_](?:ha|server|repmgr|db|documentdb|pgvector\w*|vector\w*|postgis|timescale\w*|cnpg|alpine|partman|extended|\d))/;
const notServerImage =
	/exporter|bouncer|pgdog|supavisor|pgpool|pgadmin|adminer|postgrest|postgres-meta|migrat|backup|dump|pgweb|client|operator|backrest|wal-g|pghero|pgcat/;
const foreignServer =
	/^(?:cockroach|cockroachdb|mysql|mariadb|mongo|mongodb|redis|valkey|clickhouse-server|yugabyte|rabbitmq|ferretdb)$/;

const dataFolders = [
	'/var/lib/postgresql',
	'/bitnami/postgresql',
	'/home/postgres/pgdata',
	'/var/lib/pgsql',
	'/var/lib/timescaledb',
];

/** True for a folder where server images keep their data, `PGDATA` included. */
export function isDataTarget(target: string, environment: Readonly<Record<string, string | null>>): boolean {
	const pgdata = environment['PGDATA'] ?? environment['POSTGRESQL_DATA_DIR'];
	if (pgdata && (pgdata === target || pgdata.startsWith(`${target}/`)) && target !== '/') return true;
	return (
		dataFolders.some(folder => target === folder || target.startsWith(`${folder}/`)) &&
		!/\.(?:conf|sql|sh)$/.test(target)
	);
}

export function findDataMount(service: ModelService): ModelMount | undefined {
	return service.mounts.find(mount => mount.type !== 'tmpfs' && isDataTarget(mount.target, service.environment));
}

export const postgresSignals: readonly PostgresSignal[] = [
	{
		rule: 'server-image',
		weight: 3,
		find(service) {
			return isServerImage(service.image) ? `image ${parseImageReference(service.image ?? '').path}` : undefined;
		},
	},
	{
		rule: 'foreign-image',
		weight: -10,
		find(service) {
			const {repository} = parseImageReference(service.image ?? '');
			return foreignServer.test(repository) || notServerImage.test(repository)
				? `image ${repository} is something else`
				: undefined;
		},
	},
	{
		rule: 'data-mount',
		weight: 2,
		find: service => {
			const mount = findDataMount(service);
			return mount && `data mount at ${mount.target}`;
		},
	},
	{
		rule: 'server-settings',
		weight: 1,
		find: ({environment}) => {
			const names = [
				'POSTGRES_PASSWORD',
				'POSTGRES_PASSWORD_FILE',
				'POSTGRES_HOST_AUTH_METHOD',
				'POSTGRES_INITDB_ARGS',
				'POSTGRESQL_PASSWORD',
				'POSTGRESQL_PASSWORD_FILE',
				'POSTGRESQL_POSTGRES_PASSWORD',
				'POSTGRESQL_REPLICATION_MODE',
				'PGDATA',
			].filter(name => name in environment);
			return names.length > 0 ? `settings of a server: ${names.join(', ')}` : undefined;
		},
	},
	{
		rule: 'initdb-settings',
		weight: 1,
		find: ({environment}) =>
			['POSTGRES_HOST_AUTH_METHOD', 'POSTGRES_INITDB_ARGS', 'POSTGRESQL_REPLICATION_MODE'].some(
				name => name in environment,
			)
				? 'settings that only the first start of a server reads'
				: undefined,
	},
	{
		rule: 'init-scripts',
		weight: 2,
		find: ({mounts}) =>
			mounts.some(mount => mount.target.startsWith('/docker-entrypoint-initdb.d'))
				? 'init scripts of a server image'
				: undefined,
	},
	{
		rule: 'ready-check',
		weight: 2,
		find: ({healthTest}) => {
			const test = healthTest.join(' ');
			const asksAnother = /(?:-h|--host)[ =]['"]?(?!localhost|127\.|\/|['"]?$)[\w$]/.test(test);
			return /\bpg_isready\b|\bpsql\b/.test(test) && !asksAnother
				? 'healthcheck asks a server in this container'
				: undefined;
		},
	},
	{
		rule: 'server-command',
		weight: 2,
		find: ({command, entrypoint}) => {
			const line = [...entrypoint, ...command].join(' ');
			return /(?:^|\s|\/)postgres\b(?!:\/\/)(?:\s+(?:-[cDp]|--\w)|$)|shared_preload_libraries|wal_level=|max_connections=/.test(
				line,
			)
				? 'command starts a server'
				: undefined;
		},
	},
	{
		rule: 'client-command',
		weight: -4,
		find: service => {
			const line = [...service.entrypoint, ...service.command].join(' ');
			return /\b(?:pg_dump(?:all)?|pg_restore|pgbench|pg_basebackup\s.*&&\s*exit|psql|createdb|dropdb)\b/.test(line) &&
				findDataMount(service) === undefined
				? 'its command is a client program, and it keeps no data'
				: undefined;
		},
	},
	{
		rule: 'named-as-host',
		weight: 2,
		find: (service, connections) => {
			const names = new Set(
				connections
					.filter(
						({target, connection}) =>
							target === service.name && connection.engine === 'postgresql' && (connection.port ?? 5432) === 5432,
					)
					.map(({service: name}) => name),
			);
			if (names.size === 0) return undefined;
			return names.size === 1
				? `${[...names][0]} names it as its PostgreSQL host`
				: `${names.size} services name it as their PostgreSQL host`;
		},
	},
];

export type PostgresVerdict = {
	readonly isServer: boolean;
	readonly score: number;
	readonly found: readonly {readonly rule: string; readonly weight: number; readonly text: string}[];
};

/** Weighs all signals for one service. */
export function judgePostgres(service: ModelService, connections: readonly ServiceConnection[]): PostgresVerdict {
	const found = postgresSignals.flatMap(({rule, weight, find}) => {
		const text = find(service, connections);
		return text === undefined ? [] : [{rule, weight, text}];
	});
	const score = found.reduce((sum, signal) => sum + signal.weight, 0);
	return {isServer: score >= enoughSignals, score, found};
}
