import type {Operation} from '../../operation.js';

/** Keeps the newest lines of what ran, by source: a one-shot's container is gone by the time when somebody asks why it failed. */
export type OutputRecorder = {
	/** The same operation, its log lines remembered as they pass. */
	watch<Result>(operation: Operation<Result>): Operation<Result>;
	/** The newest lines of a source, oldest first. */
	linesOf(source: string): readonly string[];
	/** Steps that began and did not end: after a failure, where it failed. */
	openSteps(): readonly string[];
};

const mostLines = 300;

export function recordOutput(): OutputRecorder {
	const lines = new Map<string, string[]>();
	const open = new Set<string>();
	return {
		async *watch(operation) {
			for (;;) {
				const next = await operation.next();
				if (next.done) return next.value;
				const event = next.value;
				if (event.type === 'step-started') open.add(event.step);
				if (event.type === 'step-finished') open.delete(event.step);
				if (event.type === 'log') {
					const own = lines.get(event.source) ?? [];
					own.push(event.line);
					lines.set(event.source, own.slice(-mostLines));
				}

				yield event;
			}
		},
		openSteps: () => [...open],
		linesOf: source => lines.get(source) ?? [],
	};
}
