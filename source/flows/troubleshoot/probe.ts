import type {EvidenceInput} from '../../diagnosis/evidence.js';
import {collectSecrets, redactText} from '../../redaction.js';
import type {Services} from '../../services.js';
import {findConnectionStrings} from '../../stack/connection-search.js';
import type {Connection} from '../../stack/connection-string.js';
import type {Stack} from '../../stack/stack.js';
import type {GatheredService} from './gather-services.js';

type Probe = NonNullable<EvidenceInput['probes']>[number];

/** libpq takes TLS by itself where the server has it (sslmode=prefer); many drivers do not. */
const isEncrypted =
	'SELECT coalesce((SELECT ssl FROM pg_catalog.pg_stat_ssl WHERE pid = pg_catalog.pg_backend_pid()), false)';

const connectTimeoutSeconds = 5;
const probeTimeoutMs = 25_000;

/** libpq's words, by the step that failed (fe-connect.c; the server's own messages come through unchanged). */
const failures: readonly (readonly [step: string, pattern: RegExp])[] = [
	[
		'dns',
		/could not translate host name|Name or service not known|Name does not resolve|Temporary failure in name resolution/i,
	],
	[
		'tcp',
		/Connection refused|timeout expired|timed out|No route to host|Network is unreachable|server closed the connection unexpectedly/i,
	],
	['tls', /SSL|certificate|TLS/i],
	['database', /database ".*" does not exist/i],
	[
		'auth',
		/password authentication failed|no password supplied|role ".*" does not exist|no pg_hba\.conf entry|authentication/i,
	],
	['permission', /permission denied/i],
];

/**
 * Tries each service's PostgreSQL connection for real: from the service's own networks, with a throwaway client of the database's image.
 * The password goes by the environment, never in argv.
 */
export async function probeConnections(
	stack: Stack,
	gathered: readonly GatheredService[],
	services: Services,
	signal: AbortSignal,
): Promise<readonly Probe[]> {
	const image = stack.databases.find(server => server.image !== null)?.image;
	if (image === undefined || image === null) return [];
	if ((await services.docker.inspectImage(image, signal)) === undefined) return [];
	const wanted = stack.services
		.filter(service => service.role !== 'database')
		.flatMap(service => connectionsOf(service.name, service.connectionVariables, gathered));
	const passwords = gathered
		.filter(service => service.role === 'database')
		.flatMap(({environment}) => environment?.['POSTGRES_PASSWORD'] ?? environment?.['POSTGRESQL_PASSWORD'] ?? []);
	return (
		await Promise.all(
			wanted.map(async one => {
				const probes = await probeConnection(one, image, services, signal);
				const samePassword = passwords.length === 1 ? passwords[0] === one.connection.password : null;
				return probes.map(probe => ({...probe, samePassword}));
			}),
		)
	).flat();
}

type WantedProbe = {
	readonly service: string;
	readonly variable: string;
	readonly connection: Connection;
	/** A network, or `container:ID` for the service's own view of all of its networks. */
	readonly network: string;
	readonly secrets: readonly string[];
};

function connectionsOf(
	name: string,
	variables: readonly string[],
	gathered: readonly GatheredService[],
): readonly WantedProbe[] {
	const container = gathered.find(one => one.service === name && one.container !== undefined);
	if (container === undefined) return [];
	const secrets = collectSecrets(stringsOf(container.environment));
	return variables.flatMap(variable => {
		const value = container.environment?.[variable];
		const connection =
			typeof value === 'string' ? findConnectionStrings(value).find(one => one.engine === 'postgresql') : undefined;
		if (connection === undefined || connection.host === null) return [];
		const network = networkOf(container, connection.host, gathered);
		return network === undefined ? [] : [{service: name, variable, connection, network, secrets}];
	});
}

/** While the service runs, its own place; else the network in which the host answers, else the first. */
function networkOf(container: GatheredService, host: string, gathered: readonly GatheredService[]): string | undefined {
	if (container.state === 'running' && container.health !== 'starting') return `container:${container.container}`;
	const networks = container.networks ?? [];
	const target = gathered.find(other => other.service === host || other.aliases?.includes(host));
	return networks.find(network => target?.networks?.includes(network)) ?? networks[0];
}

const stringsOf = (environment: GatheredService['environment']) =>
	Object.fromEntries(
		Object.entries(environment ?? {}).flatMap(([name, value]) => (typeof value === 'string' ? [[name, value]] : [])),
	);

async function probeConnection(
	{service, variable, connection, network, secrets}: WantedProbe,
	image: string,
	services: Services,
	signal: AbortSignal,
): Promise<readonly Probe[]> {
	const env: Record<string, string | undefined> = {
		PGHOST: connection.host ?? undefined,
		PGPORT: String(connection.port ?? 5432),
		PGUSER: connection.user ?? undefined,
		PGPASSWORD: connection.password ?? undefined,
		PGDATABASE: connection.database ?? connection.user ?? undefined,
		PGSSLMODE: connection.parameters['sslmode'],
		PGCONNECT_TIMEOUT: String(connectTimeoutSeconds),
		PGAPPNAME: 'lifeboat-probe',
	};
	const names = Object.keys(env).filter(name => env[name] !== undefined);
	const args = [
		'run',
		'--rm',
		'--network',
		network,
		'--label',
		'lifeboat.throwaway=probe',
		...names.flatMap(name => ['-e', name]),
		'--entrypoint',
		'psql',
		image,
		'-X',
		'-w',
		'-A',
		'-t',
		'-c',
		isEncrypted,
	];
	const result = await services.processes.run('docker', args, {env, signal, timeoutMs: probeTimeoutMs});
	const about = {service, variable, host: connection.host, port: connection.port ?? 5432};
	if (result.exitCode === 0) {
		const tlsUnasked = connection.parameters['sslmode'] === undefined && result.stdout.trim() === 't';
		return [{...about, step: 'database', ok: true, detail: null, tlsUnasked}];
	}

	const detail = redactText(result.stderr.trim(), secrets).slice(0, 1000);
	// 125 and more are the engine's own refusals (network gone, image broken): they say nothing about the connection.
	if (result.exitCode >= 125) return [];
	const step = failures.find(([, pattern]) => pattern.test(detail))?.[0] ?? 'tcp';
	return [{...about, step, ok: false, detail}];
}
