import {randomBytes} from 'node:crypto';
import type {ContainerDetails, Docker, Processes} from '../engine/types.js';
import {AppError} from '../errors.js';
import {createContainerPlace} from './container-place.js';
import type {Place} from './place.js';

const label = 'com.lifeboat.client';
/** A helper that nobody removed ends by itself. */
const longestLifeSeconds = 86_400;

type HelperOptions = {
	readonly processes: Processes;
	readonly docker: Pick<Docker, 'inspectContainer'>;
	/** Container whose networks and host names the helper gets; absent for those of this machine. */
	readonly networkOf?: string | undefined;
	readonly operationId: string;
	readonly signal?: AbortSignal | undefined;
};

/**
 * Starts a container that does nothing, to run client programs in. It joins the networks of the other container rather than sharing its network
 * namespace, which is gone as soon as that one is stopped.
 * Throws AppError client-missing.
 */
export async function startClientHelper(options: HelperOptions, image: string): Promise<Place> {
	const {processes, docker, signal} = options;
	const name = `lifeboat-client-${randomBytes(4).toString('hex')}`;
	const other = options.networkOf === undefined ? undefined : await docker.inspectContainer(options.networkOf, signal);
	const [network = 'host', ...further] = networksOf(other);
	const call = async (...args: readonly string[]) => {
		const {exitCode, stderr} = await processes.run('docker', args, {signal, timeoutMs: 60_000});
		if (exitCode === 0) return;
		throw new AppError('client-missing', `A helper container of ${image} cannot be started`, {
			hint: 'Look at what the Docker engine says',
			details: stderr
				.split('\n')
				.filter(line => line !== '')
				.slice(-5),
		});
	};
	await call(
		'run',
		'--detach',
		'--rm',
		'--pull=never',
		`--name=${name}`,
		`--label=${label}=${options.operationId}`,
		`--network=${network}`,
		...(other?.extraHosts ?? []).map(host => `--add-host=${host}`),
		'--entrypoint=sleep',
		image,
		String(longestLifeSeconds),
	);
	const place = createContainerPlace({
		processes,
		docker,
		containerId: name,
		name,
		startedAt: (await docker.inspectContainer(name, signal))?.state.startedAt ?? null,
		throwaway: true,
	});
	try {
		for (const one of further) await call('network', 'connect', one, name);
		return place;
	} catch (error) {
		await place.dispose();
		throw error;
	}
}

/** Removes the helpers that a killed operation left, and with them the programs that still run there. Never throws: they end by themselves one day. */
export async function removeClientHelpers(processes: Processes, operationId: string): Promise<void> {
	try {
		const list = ['ps', '--all', '--quiet', '--filter', `label=${label}=${operationId}`];
		const {stdout} = await processes.run('docker', list, {timeoutMs: 30_000});
		const ids = stdout.split('\n').filter(id => id !== '');
		if (ids.length > 0) await processes.run('docker', ['rm', '--force', '--volumes', ...ids], {timeoutMs: 60_000});
	} catch {
		// Without an engine there are none.
	}
}

function networksOf(container: ContainerDetails | undefined): readonly string[] {
	if (container === undefined) return [];
	const names = container.networks.map(network => network.name);
	// Shared with another container or with the host: there is no network of its own to join.
	return names.length > 0 ? names : [container.networkMode];
}
