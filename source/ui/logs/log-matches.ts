import type {LogLevel, LogRecord} from '../wizard.js';
import type {LogRing} from './log-ring.js';

export type LogFilter = {
	/** Looked for without regard to case; empty: all lines. */
	readonly search: string;
	readonly services: ReadonlySet<string>;
	/** The least grave level that is shown; undefined: all lines. */
	readonly level: 'warning' | 'error' | undefined;
};

const graveness: Record<LogLevel, number> = {debug: 0, info: 1, warning: 2, error: 3};

/** A test for one line. An empty set of services means all of them. */
export function createLogTest({search, services, level}: LogFilter): (record: LogRecord) => boolean {
	const expression = search === '' ? undefined : new RegExp(escapePattern(search), 'i');
	const least = level === undefined ? undefined : graveness[level];
	return record =>
		(services.size === 0 || services.has(record.service)) &&
		(least === undefined || (record.level !== undefined && graveness[record.level] >= least)) &&
		(expression === undefined || expression.test(record.line));
}

function escapePattern(text: string): string {
	return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** Numbers of the lines that pass a filter, kept up to date with little work: each line is tested once. */
export type LogMatches = {
	/** Takes in new lines and forgets those that have left the ring. */
	update(ring: LogRing): void;
	count(): number;
	/** Number of the match at a position; positions count from the oldest match that is still there. */
	at(position: number): number | undefined;
	/** Position of the first match with this number or a greater one. */
	positionOf(number: number): number;
};

export function createLogMatches(filter: LogFilter): LogMatches {
	const passesAll = filter.search === '' && filter.services.size === 0 && filter.level === undefined;
	return passesAll ? createAllLines() : createFilteredLines(filter);
}

/** Without a filter the ring itself is the list. */
function createAllLines(): LogMatches {
	let first = 0;
	let next = 0;
	return {
		update(ring) {
			first = ring.first();
			next = ring.next();
		},
		count: () => next - first,
		at: position => (position >= 0 && position < next - first ? first + position : undefined),
		positionOf: number => Math.max(0, number - first),
	};
}

function createFilteredLines(filter: LogFilter): LogMatches {
	const test = createLogTest(filter);
	let numbers: number[] = [];
	let start = 0;
	let tested = 0;

	const search = (number: number, from: number): number => {
		let low = from;
		let high = numbers.length;
		while (low < high) {
			const middle = (low + high) >>> 1;
			if ((numbers[middle] ?? 0) < number) low = middle + 1;
			else high = middle;
		}

		return low;
	};

	return {
		update(ring) {
			for (let number = Math.max(tested, ring.first()); number < ring.next(); number++) {
				const record = ring.at(number);
				if (record && test(record)) numbers.push(number);
			}

			tested = ring.next();
			start = search(ring.first(), start);
			if (start > 10_000 && start > numbers.length / 2) {
				numbers = numbers.slice(start);
				start = 0;
			}
		},
		count: () => numbers.length - start,
		at: position => (position < 0 ? undefined : numbers[start + position]),
		positionOf: number => search(number, start) - start,
	};
}
