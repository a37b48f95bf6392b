import {isAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';

const pollMs = 500;
const defaultTimeoutMs = 120_000;

/** Waits for an engine that is being restarted, as a step of its own; says nothing when it answers at once. Throws the engine's own error after `timeoutMs`. */
export async function* waitForEngine(
	services: Pick<Services, 'docker' | 'clock'>,
	signal: AbortSignal,
	timeoutMs = defaultTimeoutMs,
): Operation<void> {
	const step = 'engine';
	const deadline = services.clock.now() + timeoutMs;
	for (let isFirst = true; ; isFirst = false) {
		try {
			await services.docker.info(signal);
			if (!isFirst) yield {type: 'step-finished', step};
			return;
		} catch (error) {
			if (!isDown(error) || services.clock.now() >= deadline) throw error;
		}

		if (isFirst) yield {type: 'step-started', step, title: 'Wait until the Docker engine is back', canCancel: false};
		await services.clock.sleep(pollMs, signal);
	}
}

/** Not there, or cut off in the middle of its answer. */
function isDown(error: unknown): boolean {
	return isAppError(error, 'engine-unreachable') || isAppError(error, 'tool-failed');
}
