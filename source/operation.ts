/** What an operation tells while it runs. Failure is a throw, success is the generator's return value: neither is an event. */
export type OperationEvent =
	| {readonly type: 'step-started'; readonly step: string; readonly title: string; readonly canCancel: boolean}
	/** `total` may be an estimate: then `isEstimate` is true and the screen says so. */
	| {
			readonly type: 'step-progress';
			readonly step: string;
			readonly done: number;
			readonly total?: number | undefined;
			readonly isEstimate?: boolean | undefined;
			readonly unit: 'bytes' | 'items';
			/** What is worked on right now, for example the table being dumped. */
			readonly current?: string | undefined;
	  }
	/** `title` replaces the step's title, in the past tense: `Database dumped`. */
	| {
			readonly type: 'step-finished';
			readonly step: string;
			readonly title?: string | undefined;
			readonly note?: string | undefined;
	  }
	/** It did not succeed, and the operation goes on: to say why, or to take back what was done. */
	| {readonly type: 'step-failed'; readonly step: string}
	| {readonly type: 'log'; readonly source: string; readonly stream: 'stdout' | 'stderr'; readonly line: string}
	| {readonly type: 'warning'; readonly message: string; readonly hint?: string | undefined};

/** A piece of work as an async generator: it yields events, returns the result, throws on failure (`AppError`), and ends when its AbortSignal fires. */
export type Operation<Result> = AsyncGenerator<OperationEvent, Result, void>;

/** Runs an operation to its end and hands every event to `onEvent`, which must not block. */
export async function drive<Result>(
	operation: Operation<Result>,
	onEvent: (event: OperationEvent) => void,
): Promise<Result> {
	for (;;) {
		const next = await operation.next();
		if (next.done) return next.value;
		onEvent(next.value);
	}
}

export type StepState = {
	readonly step: string;
	readonly title: string;
	readonly status: 'running' | 'done' | 'failed';
	readonly canCancel: boolean;
	readonly startedAt: number;
	readonly finishedAt?: number | undefined;
	readonly done?: number | undefined;
	readonly total?: number | undefined;
	readonly isEstimate?: boolean | undefined;
	readonly unit?: 'bytes' | 'items' | undefined;
	readonly current?: string | undefined;
	readonly note?: string | undefined;
};

export type LogLine = {readonly source: string; readonly stream: 'stdout' | 'stderr'; readonly line: string};

export type Progress = {
	readonly steps: readonly StepState[];
	/** The newest lines, oldest first; at most `tailLimit`. */
	readonly tail: readonly LogLine[];
	readonly warnings: readonly {readonly message: string; readonly hint?: string | undefined}[];
};

export const emptyProgress: Progress = {steps: [], tail: [], warnings: []};
const tailLimit = 200;

/** Folds an event into the progress that every front end draws. `now` is in milliseconds. */
export function reduceProgress(progress: Progress, event: OperationEvent, now: number): Progress {
	switch (event.type) {
		case 'step-started': {
			const step: StepState = {
				step: event.step,
				title: event.title,
				status: 'running',
				canCancel: event.canCancel,
				startedAt: now,
			};
			return {...progress, steps: [...progress.steps.filter(other => other.step !== event.step), step]};
		}

		case 'step-progress':
			return changeStep(progress, event.step, step => ({
				...step,
				done: event.done,
				total: event.total ?? step.total,
				isEstimate: event.isEstimate ?? step.isEstimate,
				unit: event.unit,
				current: event.current ?? step.current,
			}));
		case 'step-finished':
			return changeStep(progress, event.step, step => ({
				...step,
				status: 'done',
				title: event.title ?? step.title,
				finishedAt: now,
				note: event.note,
				current: undefined,
			}));
		case 'step-failed':
			return changeStep(progress, event.step, step => ({
				...step,
				status: 'failed',
				finishedAt: now,
				current: undefined,
			}));
		case 'log':
			return {
				...progress,
				tail: [...progress.tail, {source: event.source, stream: event.stream, line: event.line}].slice(-tailLimit),
			};
		case 'warning':
			return {...progress, warnings: [...progress.warnings, {message: event.message, hint: event.hint}]};
		default:
			event satisfies never;
			return progress;
	}
}

/** Marks what was running as failed: what the screen shows after an operation threw. */
export function failProgress(progress: Progress, now: number): Progress {
	return {
		...progress,
		steps: progress.steps.map(step =>
			step.status === 'running' ? {...step, status: 'failed', finishedAt: now} : step,
		),
	};
}

function changeStep(progress: Progress, id: string, change: (step: StepState) => StepState): Progress {
	return {...progress, steps: progress.steps.map(step => (step.step === id ? change(step) : step))};
}

/**
 * Runs work that reports by callback as an operation: every event that it emits is yielded in order, its result returned.
 * Progress of a step that nobody has taken yet is replaced by newer progress of the same step, so that a slow reader costs no memory.
 */
export async function* emitting<Result>(
	work: (emit: (event: OperationEvent) => void) => Promise<Result>,
): Operation<Result> {
	const waiting: OperationEvent[] = [];
	let wake = () => {};
	const emit = (event: OperationEvent) => {
		const last = waiting.at(-1);
		if (event.type === 'step-progress' && last?.type === 'step-progress' && last.step === event.step) waiting.pop();
		waiting.push(event);
		wake();
	};
	let isSettled = false;
	const settled = work(emit).finally(() => {
		isSettled = true;
		wake();
	});
	settled.catch(() => {});
	for (;;) {
		for (let event = waiting.shift(); event !== undefined; event = waiting.shift()) yield event;
		if (isSettled) return await settled;
		await new Promise<void>(resolve => {
			wake = resolve;
			if (waiting.length > 0 || isSettled) resolve();
		});
	}
}
