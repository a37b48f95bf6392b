import type {Clock, Docker, Processes} from '../engine/types.js';
import {AppError, isAppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import type {PostgresClient} from './client.js';
import {openContainerClient} from './open-client.js';

export type OwnServerServices = {
	readonly processes: Processes;
	readonly docker: Pick<Docker, 'inspectContainer'>;
	readonly clock: Clock;
};

export type OwnServerOptions = {
	/** Name of the container. */
	readonly name: string;
	/** Reference or id of an image that is here. */
	readonly image: string;
	/** Arguments of `docker run --detach` from the flags to the command. */
	readonly args: readonly string[];
	/** Given to the container by name in `args`, so that no value shows in argv. */
	readonly environment: Readonly<Record<string, string>>;
	/** Role to log in with. */
	readonly user: string;
	/** Database to log in to before all others. */
	readonly database?: string | undefined;
	/** True where the image initialises an empty folder first: the server that does it answers on its socket alone. */
	readonly initialises: boolean;
	readonly operationId: string;
	readonly signal?: AbortSignal | undefined;
	/** Milliseconds until a server that does not come up counts as failed. */
	readonly timeoutMs: number;
	/** What does not come up, for people, and what to do then. */
	readonly about: string;
	readonly hint: string;
};

const pollMs = 250;
const shownLines = 8;

/**
 * Starts a container with a server that is nobody's but ours and waits until it answers. The container stays when that fails: the caller removes it.
 * Throws AppError: client-missing when the image is not here, database-unreachable with the server's last lines, cancelled.
 */
export async function startOwnServer(
	services: OwnServerServices,
	options: OwnServerOptions,
): Promise<{readonly client: PostgresClient; readonly containerId: string}> {
	const {name, args, environment, signal} = options;
	const result = await services.processes.run(
		'docker',
		['run', '--detach', '--pull=never', `--name=${name}`, ...args],
		{
			signal,
			timeoutMs: 120_000,
			env: environment,
		},
	);
	if (result.exitCode !== 0) throw notStarted(options, result.stderr);
	const containerId = result.stdout.trim().split('\n').at(-1) ?? name;
	return {client: await waitUntilReady(services, containerId, options), containerId};
}

async function waitUntilReady(
	services: OwnServerServices,
	containerId: string,
	options: OwnServerOptions,
): Promise<PostgresClient> {
	const deadline = services.clock.now() + options.timeoutMs;
	for (;;) {
		try {
			if (!options.initialises || (await listensOnNetwork(services.processes, containerId, options.signal)))
				return await openContainerClient({
					...services,
					containerId,
					service: options.name,
					user: options.user,
					database: options.database,
					databaseFirst: options.database !== undefined,
					operationId: options.operationId,
					signal: options.signal,
				});
		} catch (error) {
			if (!isAppError(error) || error.code === 'cancelled' || error.code === 'client-missing') throw error;
		}

		const details = await services.docker.inspectContainer(containerId, options.signal);
		if (details === undefined || !details.state.running || services.clock.now() >= deadline) {
			const log = await services.processes.run('docker', ['logs', '--tail', '15', containerId], {timeoutMs: 20_000});
			throw notStarted(options, `${log.stdout}\n${log.stderr}`);
		}

		await services.clock.sleep(pollMs, options.signal);
	}
}

async function listensOnNetwork(processes: Processes, containerId: string, signal: AbortSignal | undefined) {
	const args = ['exec', containerId, 'pg_isready', '--quiet', '--host=127.0.0.1'];
	return (await processes.run('docker', args, {signal, timeoutMs: 20_000})).exitCode === 0;
}

function notStarted({image, about, hint}: OwnServerOptions, text: string): AppError {
	const lines = text
		.split('\n')
		.map(line => line.trimEnd())
		.filter(line => line !== '');
	const details = redactLines(lines.slice(-shownLines), [], {mailAddresses: false});
	if (/No such image|Unable to find image|not found: manifest|pull access denied/i.test(text))
		return new AppError('client-missing', `The image ${image} is not on this machine`, {
			hint: 'Pull it first',
			fix: ['docker', 'pull', image],
			details,
		});
	return new AppError('database-unreachable', `${about} of the image ${image} does not come up`, {hint, details});
}
