import type {ComposeTarget} from '../../engine/types.js';
import {AppError, isAppError} from '../../errors.js';
import type {PostgresClient} from '../../postgres/client.js';
import {openContainerClient} from '../../postgres/open-client.js';
import type {Services} from '../../services.js';
import type {ExternalDatabase} from '../../stack/stack.js';
import {type ExternalServices, openExternalServer} from './external-server.js';
import {findContainer} from './find-container.js';
import {startByCompose} from './writers.js';

/** A PostgreSQL server of a stack, or one that it uses, by what stays the same when its container is made anew. */
export type ServerAddress = {
	readonly project: string;
	readonly target: ComposeTarget;
	readonly service: string;
	readonly user: string;
	readonly database: string;
	/** Where the server is no service of the stack: how the stack names it. `service` is its host then. */
	readonly external?: ExternalDatabase | null | undefined;
	/** Its major version, as far as it is known. */
	readonly major?: number | undefined;
};

type DatabaseServices = ExternalServices & Pick<Services, 'clock'>;

const pollMs = 300;
const defaultTimeoutMs = 120_000;
/** How long a server that only answers on its socket is taken for the one that initialises the data folder. */
const initialisationMs = 15_000;

type ReachOptions = {
	readonly operationId: string;
	readonly signal?: AbortSignal | undefined;
	readonly timeoutMs?: number;
};

/**
 * A client of the server, which is started first when it is down and waited for until it takes connections: the way to reach it after a crash.
 * A server outside of the stack is somebody else's to start.
 * Throws AppError: compose-failed, database-unreachable with why, cancelled.
 */
export function reachServer(
	services: DatabaseServices,
	address: ServerAddress,
	options: ReachOptions,
): Promise<PostgresClient> {
	const {external, major} = address;
	if (!external) return bringUp(services, address, options);
	return openExternalServer(services, address, external, {...options, maintenanceFirst: true, likelyMajor: major});
}

async function bringUp(
	services: DatabaseServices,
	address: ServerAddress,
	options: ReachOptions,
): Promise<PostgresClient> {
	const deadline = services.clock.now() + (options.timeoutMs ?? defaultTimeoutMs);
	let started = false;
	let answeredAt: number | undefined;
	for (;;) {
		const container = await findContainer(services, address, options.signal);
		if (container === undefined || !['running', 'restarting'].includes(container.state)) {
			if (started && services.clock.now() >= deadline) throw notComingUp(address, container?.status);
			if (!started || container === undefined)
				await startByCompose(services, address.target, [address.service], options.signal);
			started = true;
		}

		try {
			const found = container ?? (await findContainer(services, address, options.signal));
			if (found !== undefined) {
				const client = await openContainerClient({
					processes: services.processes,
					docker: services.docker,
					containerId: found.id,
					service: address.service,
					user: address.user,
					database: address.database,
					operationId: options.operationId,
					signal: options.signal,
				});
				answeredAt ??= services.clock.now();
				const isReal = !started || (await listensOnNetwork(client, options.signal));
				if (isReal || services.clock.now() - answeredAt >= initialisationMs) return client;
				await client.dispose();
			}
		} catch (error) {
			if (!isWorthWaiting(error) || services.clock.now() >= deadline) throw error;
		}

		if (services.clock.now() >= deadline) throw notComingUp(address, undefined);
		await services.clock.sleep(pollMs, options.signal);
	}
}

/** On an empty data folder the official image first runs a server on its socket alone, and ends it again: it must not be worked with. */
async function listensOnNetwork(client: PostgresClient, signal: AbortSignal | undefined): Promise<boolean> {
	const result = await client.run('pg_isready', ['--quiet', '--host=127.0.0.1'], {signal, timeoutMs: 10_000});
	return result.exitCode === 0;
}

/** A server that starts refuses connections for a while. */
function isWorthWaiting(error: unknown): boolean {
	return (
		isAppError(error, 'database-unreachable') ||
		isAppError(error, 'database-not-running') ||
		isAppError(error, 'container-stopped')
	);
}

function notComingUp(address: ServerAddress, status: string | undefined): AppError {
	return new AppError(
		'database-unreachable',
		`The database service ${address.service} does not come up${status === undefined ? '' : ` (${status})`}`,
		{
			hint: 'Read its log, put it right, then try again',
			fix: ['docker', 'compose', 'logs', '--tail', '50', address.service],
		},
	);
}
