import type {ComposeTarget} from '../../engine/types.js';
import {isAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {streamCompose} from '../upgrade/stream-compose.js';

const pauseMs = 3000;

/**
 * As `streamCompose`, and once more where that fails. What is mended here crashes again and again: the engine may start a container in the very
 * moment in which Compose removes it, and a service that asks before the server is ready is told no. A build fails the same way twice.
 */
export async function* composeTwice(
	step: string,
	title: string,
	args: readonly string[],
	target: ComposeTarget,
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	try {
		yield* streamCompose(step, title, args, target, services, signal);
	} catch (error) {
		if (!isAppError(error, 'compose-failed') || args[0] === 'build') throw error;
		await services.clock.sleep(pauseMs, signal);
		yield* streamCompose(step, title, args, target, services, signal);
	}
}
