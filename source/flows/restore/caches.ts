import {isAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {describeCache, flushCache, readCache} from '../../stack/cache-server.js';
import type {Stack} from '../../stack/stack.js';
import type {PlannedCache} from './plan.js';
import type {RestoreRun} from './run-context.js';

/** The caches of the stack that can be asked, with what emptying them loses. Only reads. */
export async function readCaches(
	stack: Stack,
	services: Pick<Services, 'processes' | 'docker'>,
	signal: AbortSignal,
): Promise<readonly PlannedCache[]> {
	const running = stack.services.filter(service => service.role === 'cache' && service.state === 'running');
	const caches: PlannedCache[] = [];
	for (const service of running) {
		const [containerId] = service.containerIds;
		if (containerId === undefined) continue;
		const contents = await readCache(services, containerId, signal);
		if (contents !== undefined) caches.push({service: service.name, containerId, summary: describeCache(contents)});
	}

	return caches;
}

/** Empties the caches that the plan names. One that refuses is a warning: the data is restored all the same. */
export async function* flushCaches(run: RestoreRun): Operation<void> {
	const {plan, services, signal} = run;
	if (plan.caches.length === 0) return;
	const step = 'caches';
	yield {
		type: 'step-started',
		step,
		title: `Empty ${plan.caches.map(cache => cache.service).join(', ')}`,
		canCancel: true,
	};
	for (const cache of plan.caches) {
		try {
			await flushCache(services, cache.containerId, signal);
		} catch (error) {
			if (!isAppError(error) || error.code === 'cancelled') throw error;
			yield {type: 'warning', message: `${cache.service}: ${error.message}`, hint: error.hint};
		}
	}

	yield {type: 'step-finished', step};
}
