import {setImmediate as nextTurn} from 'node:timers/promises';
import {type AppError, toAppError} from '../../errors.js';
import {sanitizeError} from '../operation-run.js';
import type {LogRecord} from '../wizard.js';
import {createLogRing, type LogRing} from './log-ring.js';

export type LogFeedState = {
	/** Changes with every redraw that has something new. */
	readonly version: number;
	readonly ended: boolean;
	readonly error: AppError | undefined;
};

/** Lines being read into a ring; listeners hear of them from a timer. */
export type LogFeed = {
	readonly ring: LogRing;
	subscribe(listener: () => void): () => void;
	state(): LogFeedState;
	stop(): void;
};

/** Longest time that lines may keep keys waiting. */
const turnMs = 10;

/** Reads a source until it is stopped, however fast it is: drawing happens every `intervalMs`, memory is the ring's. */
export function startLogFeed(
	follow: (signal: AbortSignal) => AsyncIterable<readonly LogRecord[]>,
	intervalMs = 200,
): LogFeed {
	const controller = new AbortController();
	const ring = createLogRing();
	const listeners = new Set<() => void>();
	let isDirty = false;
	let state: LogFeedState = {version: 0, ended: false, error: undefined};

	const publish = (change: Partial<LogFeedState> = {}) => {
		isDirty = false;
		state = {...state, ...change, version: state.version + 1};
		for (const listener of listeners) listener();
	};

	const timer = setInterval(() => {
		if (isDirty) publish();
	}, intervalMs);

	const read = async () => {
		let turnStarted = performance.now();
		for await (const batch of follow(controller.signal)) {
			ring.append(batch);
			isDirty = true;
			if (performance.now() - turnStarted > turnMs) {
				await nextTurn();
				turnStarted = performance.now();
			}

			if (controller.signal.aborted) return;
		}
	};

	read()
		.then(
			() => publish({ended: true}),
			(error: unknown) =>
				publish({ended: true, error: controller.signal.aborted ? undefined : sanitizeError(toAppError(error))}),
		)
		.finally(() => clearInterval(timer));

	return {
		ring,
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		state: () => state,
		stop: () => controller.abort(),
	};
}
