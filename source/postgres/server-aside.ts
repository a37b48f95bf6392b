import type {Processes} from '../engine/types.js';
import {AppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {type OwnServerOptions, type OwnServerServices, startOwnServer} from './own-server.js';

/** Label of servers that stand beside a stack while its data moves; its value is the compose project. */
export const asideLabel = 'com.lifeboat.aside';

export type AsideOptions = Pick<
	OwnServerOptions,
	'name' | 'image' | 'environment' | 'user' | 'database' | 'initialises' | 'operationId' | 'signal'
> & {
	readonly project: string;
	/** Flags of `docker run` that mount the data: `--mount=…`, `--volumes-from=…`. */
	readonly mounts: readonly string[];
	/** The image's command; empty for its own. */
	readonly command: readonly string[];
	/** User of the container's system, as the stack has it; empty for the image's own. */
	readonly systemUser: string;
	readonly shmBytes: number | null;
};

export type ServerAside = {readonly client: PostgresClient; readonly containerId: string; readonly name: string};

const startTimeoutMs = 300_000;
const stopSeconds = 900;

/**
 * Starts a server of a stack's kind beside it: without network and ports, so that nobody but us can reach it, on data that outlives it.
 * The caller has registered the container's name for its undo. Throws AppError: client-missing, database-unreachable with the server's last lines, cancelled.
 */
export async function startServerAside(services: OwnServerServices, options: AsideOptions): Promise<ServerAside> {
	const {name} = options;
	await removeAside(services.processes, name);
	const started = await startOwnServer(services, {
		...options,
		args: runArguments(options),
		timeoutMs: startTimeoutMs,
		about: 'A server beside the stack',
		hint: 'Read its last lines; nothing of the stack was changed by it',
	});
	return {...started, name};
}

function runArguments(options: AsideOptions): readonly string[] {
	return [
		'--network=none',
		'--restart=no',
		`--label=${asideLabel}=${options.project}`,
		...options.mounts,
		...Object.keys(options.environment).flatMap(name => ['--env', name]),
		...(options.systemUser === '' ? [] : [`--user=${options.systemUser}`]),
		...(options.shmBytes === null ? [] : [`--shm-size=${options.shmBytes}`]),
		options.image,
		...options.command,
	];
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
