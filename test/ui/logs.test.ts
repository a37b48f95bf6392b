import {describe, expect, test} from 'vitest';
import {clipboardSequence} from '../../source/ui/logs/clipboard.js';
import {startLogFeed} from '../../source/ui/logs/log-feed.js';
import {createLogMatches, type LogFilter} from '../../source/ui/logs/log-matches.js';
import {createLogRing} from '../../source/ui/logs/log-ring.js';
import {
	type LogViewAction,
	type LogViewState,
	reduceLogView,
	visibleNumbers,
} from '../../source/ui/logs/log-view-state.js';
import type {LogRecord} from '../../source/ui/wizard.js';

const record = (line: string, change: Partial<LogRecord> = {}): LogRecord => ({
	service: 'app',
	time: 0,
	stream: 'stdout',
	line,
	...change,
});
const records = (from: number, to: number) =>
	Array.from({length: to - from}, (_, index) => record(`line ${from + index}`));
const everything: LogFilter = {search: '', services: new Set(), level: undefined};

describe('ring', () => {
	test('keeps the newest lines under their numbers', () => {
		const ring = createLogRing({lines: 3, characters: 1000, lineLength: 100});
		ring.append(records(0, 2));
		ring.append(records(2, 5));
		expect([ring.first(), ring.next()]).toEqual([2, 5]);
		expect([1, 2, 4, 5].map(number => ring.at(number)?.line)).toEqual([undefined, 'line 2', 'line 4', undefined]);
	});

	test('a batch larger than the ring leaves its end', () => {
		const ring = createLogRing({lines: 2, characters: 1000, lineLength: 100});
		ring.append(records(0, 100));
		expect(ring.at(ring.next() - 1)?.line).toBe('line 99');
		expect(ring.next() - ring.first()).toBe(2);
	});

	test('is bounded by characters too, and cuts endless lines', () => {
		const ring = createLogRing({lines: 100, characters: 50, lineLength: 20});
		ring.append([record('x'.repeat(1000)), record('y'.repeat(1000)), record('z'.repeat(1000))]);
		expect(ring.next() - ring.first()).toBe(2);
		expect(ring.at(ring.next() - 1)?.line).toBe(`${'z'.repeat(20)}…`);
	});
});

describe('filter', () => {
	const ring = createLogRing({lines: 10, characters: 10_000, lineLength: 100});
	ring.append([
		record('GET /a', {level: 'info'}),
		record('slow (4 s)', {level: 'warning'}),
		record('FATAL: no', {service: 'db', level: 'error'}),
		record('unknown'),
	]);
	const lines = (filter: Partial<LogFilter>) => {
		const matches = createLogMatches({...everything, ...filter});
		matches.update(ring);
		return Array.from({length: matches.count()}, (_, position) => ring.at(matches.at(position) ?? -1)?.line);
	};

	test('by text without regard to case, never as an expression', () => {
		expect(lines({search: 'fatal'})).toEqual(['FATAL: no']);
		expect(lines({search: '(4'})).toEqual(['slow (4 s)']);
		expect(lines({search: '.*'})).toEqual([]);
	});

	test('by service and by level', () => {
		expect(lines({services: new Set(['db'])})).toEqual(['FATAL: no']);
		expect(lines({level: 'warning'})).toEqual(['slow (4 s)', 'FATAL: no']);
		expect(lines({level: 'error', services: new Set(['app'])})).toEqual([]);
		expect(lines({})).toHaveLength(4);
	});

	test.each([everything, {...everything, search: 'line'}])('follows the ring as it moves on', filter => {
		const small = createLogRing({lines: 5, characters: 1000, lineLength: 100});
		const matches = createLogMatches(filter);
		for (let from = 0; from < 30; from += 3) {
			small.append(records(from, from + 3));
			matches.update(small);
		}

		expect(Array.from({length: matches.count()}, (_, position) => matches.at(position))).toEqual([25, 26, 27, 28, 29]);
		expect([matches.positionOf(27), matches.positionOf(3), matches.at(-1), matches.at(5)]).toEqual([
			2,
			0,
			undefined,
			undefined,
		]);
	});
});

describe('view', () => {
	const ring = createLogRing({lines: 100, characters: 10_000, lineLength: 100});
	ring.append(records(0, 20));
	const matches = createLogMatches(everything);
	matches.update(ring);
	const height = 5;
	const see = (...actions: readonly LogViewAction[]) => {
		const start: LogViewState = {mode: 'follow'};
		const state = actions.reduce<LogViewState>((view, action) => reduceLogView(view, action, matches, height), start);
		return {
			cursor: state.mode === 'paused' ? state.cursor : undefined,
			numbers: visibleNumbers(state, matches, height),
		};
	};

	test('follows the newest lines', () => expect(see()).toEqual({cursor: undefined, numbers: [15, 16, 17, 18, 19]}));

	test('moving up pauses, and scrolls once the line leaves the window', () => {
		expect(see({type: 'move', by: -1})).toEqual({cursor: 18, numbers: [15, 16, 17, 18, 19]});
		expect(see({type: 'move', by: -6})).toEqual({cursor: 13, numbers: [13, 14, 15, 16, 17]});
		expect(see({type: 'move', by: -6}, {type: 'move', by: 5})).toEqual({cursor: 18, numbers: [14, 15, 16, 17, 18]});
		expect(see({type: 'move', by: -99}).numbers).toEqual([0, 1, 2, 3, 4]);
		expect(see({type: 'pause'}, {type: 'move', by: 99}).cursor).toBe(19);
	});

	test('what has left the ring is not shown', () => {
		const small = createLogRing({lines: 6, characters: 10_000, lineLength: 100});
		small.append(records(0, 6));
		const own = createLogMatches(everything);
		own.update(small);
		const paused = reduceLogView({mode: 'follow'}, {type: 'move', by: -5}, own, height);
		small.append(records(6, 10));
		own.update(small);
		expect(visibleNumbers(paused, own, height)).toEqual([4, 5, 6, 7, 8]);
		expect(visibleNumbers({mode: 'follow'}, own, 99)).toHaveLength(6);
	});
});

test('a feed reads a flood without keeping timers waiting, and stops when told', async () => {
	let isAborted = false;
	const feed = startLogFeed(async function* (signal) {
		signal.addEventListener('abort', () => {
			isAborted = true;
		});
		for (let from = 0; !signal.aborted; from += 500) yield records(from, from + 500);
	}, 5);
	let redraws = 0;
	feed.subscribe(() => redraws++);
	await expect.poll(() => feed.ring.next()).toBeGreaterThan(50_000);
	expect(redraws).toBeGreaterThan(0);
	expect(feed.ring.next() - feed.ring.first()).toBeLessThanOrEqual(10_000);
	feed.stop();
	await expect.poll(() => feed.state().ended).toBe(true);
	expect([isAborted, feed.state().error]).toEqual([true, undefined]);
});

test('the clipboard sequence holds base64 alone, and not too much of it', () => {
	expect(clipboardSequence('grün')).toBe(`\u001B]52;c;${Buffer.from('grün').toString('base64')}\u0007`);
	expect(clipboardSequence('x'.repeat(1e6)).length).toBeLessThan(100_000);
});
