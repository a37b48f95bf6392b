import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';

const lookEveryMs = 5000;
const looksThatDecide = 2;

export type NetworkWatch = {
	/** Fires with the given one, and when a server is cut off. */
	readonly signal: AbortSignal;
	/** Why it fired, if that was ours. */
	reason(): AppError | undefined;
	stop(): void;
};

/**
 * Watches while something talks to the databases of the stack whether one of them loses all its networks. Nobody tells its clients then: they wait for
 * an answer until TCP gives up, which takes a quarter of an hour or more. A server that stops is not watched: its clients hear of it at once.
 */
export function watchNetworks(
	{docker}: Pick<Services, 'docker'>,
	stack: Pick<Stack, 'project' | 'databases'>,
	signal: AbortSignal,
	everyMs = lookEveryMs,
): NetworkWatch {
	const controller = new AbortController();
	const names = new Set(stack.databases.map(server => server.service));
	const connected = new Set<string>();
	const alone = new Map<string, number>();
	let reason: AppError | undefined;
	const look = async () => {
		for (const {id, labels} of await docker.listContainers({project: stack.project}, signal)) {
			const service = labels['com.docker.compose.service'] ?? '';
			if (!names.has(service)) continue;
			const details = await docker.inspectContainer(id, signal);
			if (details === undefined) continue;
			if (details.networks.length > 0) {
				connected.add(service);
				alone.delete(service);
				continue;
			}

			const looks = (alone.get(service) ?? 0) + 1;
			alone.set(service, looks);
			if (!connected.has(service) || looks < looksThatDecide) continue;
			reason = new AppError('database-unreachable', `${service} was cut off from its network`, {
				hint: 'Make its container anew, which connects it again, then try once more',
				fix: ['docker', 'compose', 'up', '-d', '--force-recreate', service],
			});
			controller.abort();
		}
	};
	const tick = async () => {
		// An engine that does not answer is the business of whoever waits for it.
		await look().catch(() => {});
		if (reason === undefined && !isStopped) timer = setTimeout(tick, everyMs);
	};
	let isStopped = names.size === 0;
	let timer: NodeJS.Timeout | undefined;
	if (!isStopped) void tick();
	return {
		signal: AbortSignal.any([signal, controller.signal]),
		reason: () => reason,
		stop() {
			isStopped = true;
			clearTimeout(timer);
		},
	};
}
