import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';

/** Throws engine-unreachable, with what to do, where detection read files alone: every service looks absent then, as if there were no data. */
export async function requireEngine(
	stack: Pick<Stack, 'engineReached'>,
	services: Pick<Services, 'docker'>,
	signal: AbortSignal,
): Promise<void> {
	if (!stack.engineReached) await services.docker.info(signal);
}
