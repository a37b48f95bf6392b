import type {LogRecord} from '../wizard.js';

export type LogRingLimits = {
	readonly lines: number;
	/** Characters of all lines together. */
	readonly characters: number;
	/** Characters of one line; the rest is cut off. */
	readonly lineLength: number;
};

const usualLimits: LogRingLimits = {lines: 10_000, characters: 8_000_000, lineLength: 4000};

/** The newest lines, as many as the limits allow. A line is named by its number; numbers go up by one. */
export type LogRing = {
	append(records: readonly LogRecord[]): void;
	at(number: number): LogRecord | undefined;
	/** Number of the oldest line that is still there. */
	first(): number;
	/** Number that the next line will get. */
	next(): number;
};

/** Creates a ring whose memory is bounded by lines and by characters. */
export function createLogRing(limits: LogRingLimits = usualLimits): LogRing {
	const slots: (LogRecord | undefined)[] = new Array(limits.lines);
	let first = 0;
	let next = 0;
	let characters = 0;

	const dropOldest = () => {
		const index = first % limits.lines;
		characters -= slots[index]?.line.length ?? 0;
		slots[index] = undefined;
		first++;
	};

	return {
		append(records) {
			// Of a batch larger than the ring only its end can stay.
			for (const record of records.slice(-limits.lines)) {
				if (next - first === limits.lines) dropOldest();
				const kept =
					record.line.length > limits.lineLength
						? {...record, line: `${record.line.slice(0, limits.lineLength)}…`}
						: record;
				slots[next % limits.lines] = kept;
				characters += kept.line.length;
				next++;
				while (characters > limits.characters && first < next - 1) dropOldest();
			}
		},
		at: number => (number >= first && number < next ? slots[number % limits.lines] : undefined),
		first: () => first,
		next: () => next,
	};
}
