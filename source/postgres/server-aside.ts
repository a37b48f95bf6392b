import type {Clock, Docker, Processes} from '../engine/types.js';
import {AppError, isAppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import type {PostgresClient} from './client.js';
import {openContainerClient} from './open-client.js';

/** Label of servers that stand beside a stack while its data moves; its value is the compose project. */
export const asideLabel = 'com.lifeboat.aside';

export type AsideOptions = {
	/** Name of the container. */
	readonly name: string;
	readonly project: string;
	/** Reference or id of an image that is here. */
	readonly image: string;
	/** Flags of `docker run` that mount the data: `--mount=…`, `--volumes-from=…`. */
	readonly mounts: readonly string[];
	/** Given to the container by name, so that no value shows in argv. */
	readonly environment: Readonly<Record<string, string>>;
	/** The image's command; empty for its own. */
	readonly command: readonly string[];
	/** User of the container's system, as the stack has it; empty for the image's own. */
	readonly systemUser: string;
	readonly shmBytes: number | null;
	/** Role to log in with. */
	readonly user: string;
	/** Database to log in to before all others. */
	readonly database?: string | undefined;
	/** True where the image initialises an empty folder first: the server that does it answers on its socket alone. */
	readonly initialises: boolean;
	readonly operationId: string;
	readonly signal?: AbortSignal | undefined;
	/** Milliseconds until a server that does not come up counts as failed. */
	readonly timeoutMs?: number | undefined;
};

type AsideServices = {
	readonly processes: Processes;
	readonly docker: Pick<Docker, 'inspectContainer'>;
	readonly clock: Clock;
};

export type ServerAside = {readonly client: PostgresClient; readonly containerId: string; readonly name: string};

const pollMs = 250;
const stopSeconds = 900;

/**
 * Starts a server of a stack's kind beside it: without network and ports, so that nobody but us can reach it, on data that outlives it.
 * The caller has registered the container's name for its undo. Throws AppError: client-missing, database-unreachable with the server's last lines, cancelled.
 */
export async function startServerAside(services: AsideServices, options: AsideOptions): Promise<ServerAside> {
	const {name, image, environment} = options;
	await removeAside(services.processes, name);
	const result = await services.processes.run('docker', runArguments(options), {
		signal: options.signal,
		timeoutMs: 120_000,
		env: environment,
	});
	if (result.exitCode !== 0) throw notStarted(image, result.stderr);
	const containerId = result.stdout.trim().split('\n').at(-1) ?? name;
	return {client: await waitUntilReady(services, containerId, options), containerId, name};
}

function runArguments(options: AsideOptions): readonly string[] {
	return [
		'run',
		'--detach',
		'--pull=never',
		'--network=none',
		'--restart=no',
		`--name=${options.name}`,
		`--label=${asideLabel}=${options.project}`,
		...options.mounts,
		...Object.keys(options.environment).flatMap(name => ['--env', name]),
		...(options.systemUser === '' ? [] : [`--user=${options.systemUser}`]),
		...(options.shmBytes === null ? [] : [`--shm-size=${options.shmBytes}`]),
		options.image,
		...options.command,
	];
}

async function waitUntilReady(
	services: AsideServices,
	containerId: string,
	options: AsideOptions,
): Promise<PostgresClient> {
	const deadline = services.clock.now() + (options.timeoutMs ?? 300_000);
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
			throw notStarted(options.image, `${log.stdout}\n${log.stderr}`);
		}

		await services.clock.sleep(pollMs, options.signal);
	}
}

async function listensOnNetwork(processes: Processes, containerId: string, signal: AbortSignal | undefined) {
	const args = ['exec', containerId, 'pg_isready', '--quiet', '--host=127.0.0.1'];
	return (await processes.run('docker', args, {signal, timeoutMs: 20_000})).exitCode === 0;
}

/** A container that is never started: it holds the volumes of another one and an image, which no prune takes while it is there. Safe to repeat. */
export async function createGuard(
	processes: Pick<Processes, 'run'>,
	guard: {readonly name: string; readonly project: string; readonly image: string; readonly volumesFrom: string},
): Promise<void> {
	await removeAside(processes, guard.name);
	const args = [
		'create',
		'--pull=never',
		'--network=none',
		`--name=${guard.name}`,
		`--label=${asideLabel}=${guard.project}`,
		`--volumes-from=${guard.volumesFrom}`,
		guard.image,
	];
	const result = await processes.run('docker', args, {timeoutMs: 60_000});
	if (result.exitCode !== 0)
		throw new AppError('tool-failed', 'The engine cannot hold on to the old volume', {
			fix: ['docker', ...args],
			details: [result.stderr.trim()],
		});
}

/** Shuts a server down cleanly, which writes everything to its volume. The container stays. Throws AppError tool-failed when it had to be killed. */
export async function stopAside(processes: Pick<Processes, 'run'>, name: string): Promise<void> {
	const result = await processes.run('docker', ['stop', '--time', String(stopSeconds), name], {
		timeoutMs: (stopSeconds + 60) * 1000,
	});
	const state = await processes.run('docker', ['inspect', '--format', '{{.State.ExitCode}}', name], {
		timeoutMs: 30_000,
	});
	if (result.exitCode === 0 && state.stdout.trim() === '0') return;
	throw new AppError('tool-failed', 'The server beside the stack does not shut down cleanly', {
		hint: 'Look at its log and at the free space of the disk',
		fix: ['docker', 'logs', name],
		details: [result.stderr.trim(), `exit code ${state.stdout.trim()}`].filter(line => line !== ''),
	});
}

/** Removes a server beside a stack, its data stays; one that runs is stopped first. One that is not there is fine. Throws AppError tool-failed. */
export async function removeAside(processes: Pick<Processes, 'run'>, name: string): Promise<void> {
	const state = await processes.run('docker', ['inspect', '--format', '{{.State.Running}}', name], {timeoutMs: 30_000});
	if (state.exitCode !== 0) return;
	if (state.stdout.trim() === 'true')
		await processes.run('docker', ['stop', '--time', '60', name], {timeoutMs: 120_000});
	const removed = await processes.run('docker', ['rm', '--force', name], {timeoutMs: 60_000});
	if (removed.exitCode !== 0 && !/no such container/i.test(removed.stderr))
		throw new AppError('tool-failed', `The container ${name} cannot be removed`, {
			fix: ['docker', 'rm', '--force', name],
			details: [removed.stderr.trim()],
		});
}

function notStarted(image: string, text: string): AppError {
	const lines = text
		.split('\n')
		.map(line => line.trimEnd())
		.filter(line => line !== '');
	const details = redactLines(lines.slice(-8), [], {mailAddresses: false});
	if (/No such image|Unable to find image|pull access denied/i.test(text))
		return new AppError('client-missing', `The image ${image} is not on this machine`, {
			hint: 'Pull it first',
			fix: ['docker', 'pull', image],
			details,
		});
	return new AppError('database-unreachable', `A server of the image ${image} does not come up beside the stack`, {
		hint: 'Read its last lines; nothing of the stack was changed by it',
		details,
	});
}
