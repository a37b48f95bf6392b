import type {Docker, Processes} from '../engine/types.js';
import {AppError} from '../errors.js';
import {type ClientFacts, createClient, type PostgresClient} from './client.js';
import {type ClientVersion, clientVersionScript, readClientVersion} from './client-version.js';
import type {Connection} from './connection.js';
import {createContainerPlace} from './container-place.js';
import {explainStderr} from './failure.js';
import type {Place} from './place.js';
import {psqlArguments} from './sql.js';

export type OpenOptions = {
	readonly processes: Processes;
	/** Short and unique for the operation: letters, digits, dashes; at most 40 characters. */
	readonly operationId: string;
	readonly signal?: AbortSignal | undefined;
};

export type ContainerClientOptions = OpenOptions & {
	readonly docker: Pick<Docker, 'inspectContainer'>;
	readonly containerId: string;
	/** Name of the compose service, for messages. */
	readonly service?: string | undefined;
	/** Role to connect as: the server's superuser where it is known. */
	readonly user: string;
	/** Tried for login when neither `postgres` nor `template1` can be connected to. */
	readonly database?: string | undefined;
	/** Tries `database` before `postgres` and `template1`. */
	readonly databaseFirst?: boolean | undefined;
	/** Overrides the password that the container itself knows. */
	readonly password?: string | undefined;
	readonly port?: number | undefined;
	/** Found out before, over the local socket of this container since it was started at `startedAt`: then nobody is asked again. */
	readonly known?: {readonly startedAt: string | null; readonly facts: ClientFacts} | undefined;
};

/**
 * The client programs inside the server's own container, over its local socket: always of the right version, and never through a pooler.
 * Throws AppError: database-not-running, database-unreachable, client-missing.
 */
export async function openContainerClient(options: ContainerClientOptions): Promise<PostgresClient> {
	const details = await options.docker.inspectContainer(options.containerId, options.signal);
	const service = options.service ?? details?.name ?? options.containerId;
	if (details === undefined || !details.state.running)
		throw new AppError('database-not-running', `The database service ${service} is not running`, {
			hint: 'Start it, then try again',
			fix: ['docker', 'compose', 'up', '-d', ...(options.service === undefined ? [] : [options.service])],
		});
	if (details.state.status === 'paused')
		throw new AppError('database-not-running', `The database service ${service} is paused`, {
			hint: 'Unpause it, then try again',
			fix: ['docker', 'compose', 'unpause', service],
		});
	const placeFor = (systemUser?: string) =>
		createContainerPlace({
			processes: options.processes,
			docker: options.docker,
			containerId: details.id,
			name: details.name,
			startedAt: details.state.startedAt,
			systemUser,
		});
	const connection: Connection = {user: options.user, password: options.password, port: options.port};
	const {processes, operationId, known} = options;
	if (known !== undefined && known.startedAt === details.state.startedAt)
		return createClient({processes, place: placeFor(), connection, operationId, facts: known.facts});
	const attempts: readonly {readonly place: Place; readonly connection: Connection}[] = [
		{place: placeFor(), connection},
		// A server whose socket wants the system user of the same name ("peer"), as Debian's packages set it up.
		{place: placeFor(options.user), connection},
		{place: placeFor(), connection: {...connection, host: '127.0.0.1'}},
	];
	return openFirst(attempts, options);
}

type OpenDatabaseOptions = OpenOptions & {
	readonly database?: string | undefined;
	/** Tries `database` before `postgres` and `template1`, as a managed server wants it. */
	readonly databaseFirst?: boolean | undefined;
};

type Attempt = {readonly place: Place; readonly connection: Connection};

/** Opens the first attempt that logs in; a socket in another folder or of another port is looked for in between. Throws the first failure. */
export async function openFirst(attempts: readonly Attempt[], options: OpenDatabaseOptions): Promise<PostgresClient> {
	let first: AppError | undefined;
	for (const attempt of attempts) {
		const opened = await tryOpen(attempt, options);
		if ('facts' in opened) return opened;
		first ??= opened;
		const socket = /\.s\.PGSQL\.\d+" failed: No such file/.test(opened.details.join('\n'))
			? await findSocket(attempt.place, options)
			: undefined;
		if (socket !== undefined) {
			const again = await tryOpen({...attempt, connection: {...attempt.connection, ...socket}}, options);
			if ('facts' in again) return again;
		}

		if (
			!/authentication failed|no pg_hba\.conf entry|no password supplied|\.s\.PGSQL\./.test(opened.details.join('\n'))
		)
			break;
	}

	throw first ?? noAnswer();
}

const factsQuery = `SELECT current_setting('server_version_num') || ' ' || (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)::text || ' ' || current_setting('server_version');`;

async function tryOpen({place, connection}: Attempt, options: OpenDatabaseOptions): Promise<PostgresClient | AppError> {
	const {processes, operationId, signal} = options;
	const probe = createClient({processes, place, connection, operationId: `${operationId}-open`, facts: unknownFacts});
	const own = options.database === undefined ? [] : [options.database];
	const common = ['postgres', 'template1'];
	const databases = [...new Set(options.databaseFirst ? [...own, ...common] : [...common, ...own])];
	const clientFacts = readFacts(probe, signal);
	clientFacts.catch(() => {});
	let failure: AppError | undefined;
	for (const database of databases) {
		const result = await probe.run('psql', psqlArguments, {database, input: factsQuery, signal, timeoutMs: 30_000});
		const match = /^(\d+) (true|false) (\S+)/.exec(result.stdout.trim());
		if (result.exitCode === 0 && match) {
			const number = Number(match[1]);
			return createClient({
				processes,
				place,
				connection,
				operationId,
				facts: {
					...(await clientFacts),
					serverVersion: match[3] ?? '',
					serverVersionNumber: number,
					serverMajor: Math.floor(number / 10_000),
					superuser: match[2] === 'true',
					maintenanceDatabase: database,
				},
			});
		}

		const loss = await place.explainLoss();
		if (loss !== undefined) throw loss;
		if (result.exitCode === 126 || result.exitCode === 127) return missingClient(place, result.stderr);
		const lines = result.stderr.split('\n').filter(line => line !== '');
		failure =
			lines.length === 0
				? noAnswer()
				: explainStderr(lines, {code: 'database-unreachable', what: 'The database cannot be reached'});
		if (
			!/database ".*" does not exist|permission denied for database|not currently accepting connections/.test(
				result.stderr,
			)
		)
			break;
	}

	return failure ?? noAnswer();
}

function noAnswer(): AppError {
	return new AppError('database-unreachable', 'The database gives no answer, and nobody says why', {
		hint: 'The engine may be busy or cut off: look at both, then try again',
		fix: ['lifeboat', 'troubleshoot'],
	});
}

async function readFacts(probe: PostgresClient, signal: AbortSignal | undefined): Promise<ClientVersion> {
	const result = await probe.shell(clientVersionScript, [], {signal, timeoutMs: 30_000});
	const version = readClientVersion(result.stdout.split('\n'));
	if (version === undefined) throw missingClient(probe.place, result.stdout + result.stderr);
	return version;
}

async function findSocket(place: Place, options: OpenOptions): Promise<Pick<Connection, 'host' | 'port'> | undefined> {
	const probe = createClient({
		processes: options.processes,
		place,
		connection: {user: 'postgres'},
		operationId: `${options.operationId}-open`,
		facts: unknownFacts,
	});
	const script =
		'ls -1 /var/run/postgresql/.s.PGSQL.* /run/postgresql/.s.PGSQL.* /tmp/.s.PGSQL.* 2>/dev/null | grep -v lock';
	const result = await probe.shell(script, [], {signal: options.signal, timeoutMs: 30_000});
	const match = /^(.*)\/\.s\.PGSQL\.(\d+)$/m.exec(result.stdout);
	return match === null ? undefined : {host: match[1], port: Number(match[2])};
}

function missingClient(place: Place, output: string): AppError {
	return new AppError(
		'client-missing',
		`The client programs of PostgreSQL (psql, pg_dump) are not in ${place.description}`,
		{
			hint: 'Use an image of PostgreSQL that has them, or install postgresql-client on this machine',
			details: output
				.split('\n')
				.filter(line => line !== '')
				.slice(-5),
		},
	);
}

const unknownFacts: ClientFacts = {
	clientVersion: '',
	clientMajor: 0,
	supportsZstd: false,
	serverVersion: '',
	serverVersionNumber: 0,
	serverMajor: 0,
	superuser: false,
	maintenanceDatabase: 'postgres',
};
