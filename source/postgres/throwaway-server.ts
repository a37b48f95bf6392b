import {randomBytes} from 'node:crypto';
import type {Clock, Docker, Processes} from '../engine/types.js';
import {AppError, isAppError} from '../errors.js';
import {checkLiveness, currentProcess} from '../journal/process-identity.js';
import type {PostgresClient} from './client.js';
import {openContainerClient} from './open-client.js';

const label = 'com.lifeboat.throwaway-server';

export type ThrowawayOptions = {
	readonly image: string;
	/** Libraries that must be loaded at the start: `timescaledb`. */
	readonly preload?: readonly string[] | undefined;
	readonly operationId: string;
	readonly signal?: AbortSignal | undefined;
	/** Milliseconds until a server that does not come up counts as failed. */
	readonly timeoutMs?: number | undefined;
};

type ThrowawayServices = {
	readonly processes: Processes;
	readonly docker: Pick<Docker, 'inspectContainer'>;
	readonly clock: Clock;
};

export type ThrowawayServer = {
	readonly client: PostgresClient;
	readonly containerId: string;
	/** Removes the container and its data. Never throws. */
	remove(): Promise<void>;
};

const pollMs = 250;
const user = 'postgres';

/**
 * A PostgreSQL server of an image that is here, without network, with its data in a volume of its own that goes with it. Made for loading fast
 * and for nothing else: a crash may lose everything. The container carries the name of this process, so that a later start can remove it.
 * Throws AppError: client-missing when the image is not here, database-unreachable with its log when it does not come up.
 */
export async function startThrowawayServer(
	services: ThrowawayServices,
	options: ThrowawayOptions,
): Promise<ThrowawayServer> {
	const {processes, clock} = services;
	const name = `lifeboat-verify-${randomBytes(4).toString('hex')}`;
	const remove = async () => {
		try {
			await processes.run('docker', ['rm', '--force', '--volumes', name], {timeoutMs: 60_000});
		} catch {
			// The next start removes it by its label.
		}
	};
	try {
		const result = await processes.run('docker', runArguments(name, options), {
			signal: options.signal,
			timeoutMs: 120_000,
			env: {POSTGRES_PASSWORD: randomBytes(24).toString('hex')},
		});
		if (result.exitCode !== 0) throw notStarted(options.image, result.stderr);
		const containerId = result.stdout.trim().split('\n').at(-1) ?? name;
		const deadline = clock.now() + (options.timeoutMs ?? 120_000);
		const client = await waitUntilReady(services, containerId, options, deadline);
		return {client, containerId, remove: async () => client.dispose().then(remove)};
	} catch (error) {
		await remove();
		throw error;
	}
}

function runArguments(name: string, options: ThrowawayOptions): readonly string[] {
	const settings = [
		'fsync=off',
		'synchronous_commit=off',
		'full_page_writes=off',
		'autovacuum=off',
		'max_wal_size=4GB',
		...((options.preload ?? []).length > 0 ? [`shared_preload_libraries=${(options.preload ?? []).join(',')}`] : []),
	];
	return [
		'run',
		'--detach',
		'--pull=never',
		'--network=none',
		'--name',
		name,
		'--label',
		`${label}=${currentProcess().tag}`,
		'--env',
		`POSTGRES_USER=${user}`,
		'--env',
		'POSTGRES_PASSWORD',
		'--shm-size=256m',
		options.image,
		'postgres',
		...settings.flatMap(setting => ['-c', setting]),
	];
}

/** While it initialises, the image runs a server on its socket alone; the real one answers on the loopback address too. */
async function waitUntilReady(
	services: ThrowawayServices,
	containerId: string,
	options: ThrowawayOptions,
	deadline: number,
): Promise<PostgresClient> {
	for (;;) {
		const ready = await services.processes.run(
			'docker',
			['exec', containerId, 'pg_isready', '--quiet', '--host=127.0.0.1'],
			{
				signal: options.signal,
				timeoutMs: 20_000,
			},
		);
		if (ready.exitCode === 0) {
			try {
				return await openContainerClient({
					...services,
					containerId,
					user,
					operationId: options.operationId,
					signal: options.signal,
				});
			} catch (error) {
				if (!isAppError(error, 'database-unreachable')) throw error;
			}
		}

		const details = await services.docker.inspectContainer(containerId, options.signal);
		if (details === undefined || !details.state.running || services.clock.now() >= deadline) {
			const log = await services.processes.run('docker', ['logs', '--tail', '12', containerId], {timeoutMs: 20_000});
			throw notStarted(options.image, `${log.stdout}\n${log.stderr}`);
		}

		await services.clock.sleep(pollMs, options.signal);
	}
}

function notStarted(image: string, text: string): AppError {
	const details = text
		.split('\n')
		.map(line => line.trimEnd())
		.filter(line => line !== '')
		.slice(-8);
	if (/No such image|Unable to find image|not found: manifest|pull access denied/i.test(text))
		return new AppError('client-missing', `The image ${image} is not on this machine`, {
			hint: 'Pull it first, or name another image of PostgreSQL with --image',
			fix: ['docker', 'pull', image],
			details,
		});
	return new AppError('database-unreachable', `A throwaway server of the image ${image} does not come up`, {
		hint: 'Read its last lines; another image of PostgreSQL can be named with --image',
		details,
	});
}

/** Removes the throwaway servers of processes that are gone. Safe at any time: those of living processes stay. */
export async function removeThrowawayServers(processes: Pick<Processes, 'run'>): Promise<readonly string[]> {
	const listed = await processes.run(
		'docker',
		['ps', '--all', '--no-trunc', '--filter', `label=${label}`, '--format', `{{.ID}} {{.Label "${label}"}}`],
		{timeoutMs: 20_000},
	);
	const dead = listed.stdout
		.split('\n')
		.map(line => line.trim().split(' '))
		.filter(([id, tag]) => id !== undefined && id !== '' && tag !== undefined && checkLiveness(tag) === 'dead')
		.map(([id = '']) => id);
	if (dead.length > 0) await processes.run('docker', ['rm', '--force', '--volumes', ...dead], {timeoutMs: 60_000});
	return dead;
}
