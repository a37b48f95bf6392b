import {randomBytes} from 'node:crypto';
import type {Docker, Processes} from '../engine/types.js';
import {checkLiveness, currentProcess} from '../journal/process-identity.js';
import type {PostgresClient} from './client.js';
import {type OwnServerServices, startOwnServer} from './own-server.js';

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

export type ThrowawayServer = {
	readonly client: PostgresClient;
	readonly containerId: string;
	/** Removes the container and its data. Never throws. */
	remove(): Promise<void>;
};

const user = 'postgres';
const startTimeoutMs = 120_000;

/**
 * A PostgreSQL server of an image that is here, without network, with its data in a volume of its own that goes with it. Made for loading fast
 * and for nothing else: a crash may lose everything. The container carries the name of this process, so that a later start can remove it.
 * Throws AppError: client-missing when the image is not here, database-unreachable with its log when it does not come up.
 */
export async function startThrowawayServer(
	services: OwnServerServices,
	options: ThrowawayOptions,
): Promise<ThrowawayServer> {
	const {image, operationId, signal} = options;
	const name = `lifeboat-verify-${randomBytes(4).toString('hex')}`;
	const remove = async () => {
		try {
			await services.processes.run('docker', ['rm', '--force', '--volumes', name], {timeoutMs: 60_000});
		} catch {
			// The next start removes it by its label.
		}
	};
	try {
		const {client, containerId} = await startOwnServer(services, {
			name,
			image,
			args: runArguments(options),
			environment: {POSTGRES_PASSWORD: randomBytes(24).toString('hex')},
			user,
			initialises: true,
			operationId,
			signal,
			timeoutMs: options.timeoutMs ?? startTimeoutMs,
			about: 'A throwaway server',
			hint: 'Read its last lines; another image of PostgreSQL can be named with --image',
		});
		return {client, containerId, remove: async () => client.dispose().then(remove)};
	} catch (error) {
		await remove();
		throw error;
	}
}

function runArguments(options: ThrowawayOptions): readonly string[] {
	const settings = [
		'fsync=off',
		'synchronous_commit=off',
		'full_page_writes=off',
		'autovacuum=off',
		'max_wal_size=4GB',
		...((options.preload ?? []).length > 0 ? [`shared_preload_libraries=${(options.preload ?? []).join(',')}`] : []),
	];
	return [
		'--network=none',
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

/** Removes the throwaway servers of processes that are gone. Safe at any time: those of living processes stay. */
export async function removeThrowawayServers({
	docker,
	processes,
}: {
	readonly docker: Pick<Docker, 'listContainers'>;
	readonly processes: Pick<Processes, 'run'>;
}): Promise<readonly string[]> {
	const listed = await docker.listContainers({label, all: true});
	const dead = listed.filter(({labels}) => checkLiveness(labels[label] ?? '') === 'dead').map(({id}) => id);
	if (dead.length > 0) await processes.run('docker', ['rm', '--force', '--volumes', ...dead], {timeoutMs: 60_000});
	return dead;
}
