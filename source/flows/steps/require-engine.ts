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

/** The same, but for a stack whose databases all lie outside of it: those need no engine. */
export async function requireOwnEngine(
	stack: Pick<Stack, 'engineReached' | 'databases'>,
	services: Pick<Services, 'docker'>,
	signal: AbortSignal,
): Promise<void> {
	if (stack.databases.length > 0) await requireEngine(stack, services, signal);
}
