import {setImmediate as nextTurn} from 'node:timers/promises';
import {AppError, toAppError} from '../errors.js';
import {emptyProgress, failProgress, type Operation, type Progress, reduceProgress} from '../operation.js';
import type {Ask, Decision} from '../services.js';
import {addSample, rateOf, type Sample} from './rate.js';
import {sanitizeData} from './text.js';

export type RunStatus = 'running' | 'cancelling' | 'done' | 'failed';

/** What a screen draws of a run at one moment. */
export type RunSnapshot<Result> = {
	readonly status: RunStatus;
	readonly progress: Progress;
	readonly startedAt: number;
	readonly now: number;
	/** Units a second of the step that reported last. */
	readonly rate: number | undefined;
	/** What the operation waits for somebody to decide. */
	readonly decision?: Decision | undefined;
	readonly result?: Result | undefined;
	readonly error?: AppError | undefined;
};

/** An operation under way, owned by nobody's component: screens subscribe to it. */
export type OperationRun<Result> = {
	/** Calls `listener` after a change, at most once an interval. */
	subscribe(listener: () => void): () => void;
	snapshot(): RunSnapshot<Result>;
	/** Answers the decision that the operation waits for. */
	decide(value: string): void;
	/** Asks the operation to stop; it ends by itself when it has cleaned up. */
	cancel(): void;
	/** Resolves when the operation has ended, however it did. */
	readonly finished: Promise<void>;
};

export type RunOptions = {
	readonly now: () => number;
	/** Milliseconds between two redraws. */
	readonly intervalMs?: number;
};

/** Longest time that a chatty operation may keep keys and timers waiting. */
const turnMs = 15;

/** Starts an operation. Events are folded as they come; listeners hear of them from a timer, so that drawing never slows the work. */
export function startRun<Result>(
	start: (signal: AbortSignal, ask: Ask) => Operation<Result>,
	{now, intervalMs = 200}: RunOptions,
): OperationRun<Result> {
	const controller = new AbortController();
	const listeners = new Set<() => void>();
	const startedAt = now();
	let status: RunStatus = 'running';
	let progress = emptyProgress;
	let samples: readonly Sample[] = [];
	let sampledStep: string | undefined;
	let result: Result | undefined;
	let error: AppError | undefined;
	let decision: {readonly asked: Decision; readonly settle: (value: string) => void} | undefined;
	let snapshot = takeSnapshot();

	function takeSnapshot(): RunSnapshot<Result> {
		return {status, progress, startedAt, now: now(), rate: rateOf(samples), decision: decision?.asked, result, error};
	}

	function publish(): void {
		snapshot = takeSnapshot();
		for (const listener of listeners) listener();
	}

	const timer = setInterval(publish, intervalMs);

	const ask: Ask = (asked, signal) =>
		new Promise(resolve => {
			const settle = (value: string) => {
				decision = undefined;
				publish();
				resolve(value);
			};
			const giveUp = () => settle(asked.choices[0]?.value ?? '');
			if (signal.aborted) return giveUp();
			signal.addEventListener('abort', giveUp, {once: true});
			decision = {asked: sanitizeData(asked), settle};
			publish();
		});

	async function work(): Promise<void> {
		const operation = start(controller.signal, ask);
		let turnStarted = performance.now();
		for (;;) {
			const next = await operation.next();
			if (next.done) {
				result = next.value;
				return;
			}

			const event = sanitizeData(next.value);
			progress = reduceProgress(progress, event, now());
			if (event.type === 'step-progress') {
				samples = addSample(event.step === sampledStep ? samples : [], {time: now(), done: event.done});
				sampledStep = event.step;
			}

			if (performance.now() - turnStarted > turnMs) {
				await nextTurn();
				turnStarted = performance.now();
			}
		}
	}

	const finished = work()
		.then(
			() => {
				status = 'done';
			},
			(thrown: unknown) => {
				status = 'failed';
				error = sanitizeError(toAppError(thrown));
				progress = failProgress(progress, now());
			},
		)
		.finally(() => {
			clearInterval(timer);
			publish();
		});

	return {
		finished,
		snapshot: () => snapshot,
		decide: value => decision?.settle(value),
		subscribe(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
		cancel() {
			if (status !== 'running') return;
			status = 'cancelling';
			controller.abort(new DOMException('Cancelled by the user', 'AbortError'));
			publish();
		},
	};
}

/** An error whose texts cannot drive the terminal. */
export function sanitizeError(error: AppError): AppError {
	const {code, message, hint, fix, details, cause} = error;
	const clean = sanitizeData({message, hint, fix, details});
	return new AppError(code, clean.message, {hint: clean.hint, fix: clean.fix, details: clean.details, cause});
}
