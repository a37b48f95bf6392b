import {type AppError, type ErrorCode, isAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';

const pollMs = 500;
const defaultTimeoutMs = 120_000;
/** How long an engine that is being stopped goes on answering, while its containers end and may not be started. */
const leavingMs = 12_000;
const attempts = 3;

/** What work fails with whose engine or server goes away under it. */
const cutOff: ReadonlySet<ErrorCode> = new Set([
	'engine-unreachable',
	'container-stopped',
	'database-unreachable',
	'database-not-running',
	'tool-failed',
	'compose-failed',
	'sql-failed',
	'restore-failed',
	'health-failed',
]);

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

/**
 * Does work of which a part may have been done already, and does it again once the engine is back when it went away meanwhile. An engine that is being stopped
 * still answers while it ends its containers: after a failure it is watched for some seconds before that counts as the work's own. Throws what the work throws.
 */
export async function* throughRestart<Result>(
	services: Pick<Services, 'docker' | 'clock'>,
	signal: AbortSignal,
	work: () => Operation<Result>,
): Operation<Result> {
	for (let attempt = 1; ; attempt++) {
		try {
			return yield* work();
		} catch (error) {
			if (!isAppError(error) || !cutOff.has(error.code) || attempt === attempts) throw error;
			if (!(await isLeaving(services, signal)) && !namesEngine(error)) throw error;
		}

		yield* waitForEngine(services, signal);
	}
}

/** The `docker` command did not reach the engine; it may be back by now. */
function namesEngine({code, message, details}: AppError): boolean {
	return (
		code === 'engine-unreachable' ||
		[message, ...details].some(line => /docker daemon|error during connect|docker API/i.test(line))
	);
}

async function isLeaving(services: Pick<Services, 'docker' | 'clock'>, signal: AbortSignal): Promise<boolean> {
	for (const deadline = services.clock.now() + leavingMs; ; await services.clock.sleep(pollMs, signal)) {
		try {
			await services.docker.info(signal);
		} catch (error) {
			if (isDown(error)) return true;
			throw error;
		}

		if (services.clock.now() >= deadline) return false;
	}
}

/** Not there, or cut off in the middle of its answer. */
function isDown(error: unknown): boolean {
	return isAppError(error, 'engine-unreachable') || isAppError(error, 'tool-failed');
}
