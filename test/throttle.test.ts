import {afterEach, expect, test, vi} from 'vitest';
import {throttle} from '../source/throttle.js';

afterEach(() => {
	vi.useRealTimers();
});

test('the first call counts at once, those within a tenth of a second after it do not', () => {
	vi.useFakeTimers({toFake: ['performance']});
	const calls: number[] = [];
	const told = throttle((value: number) => calls.push(value));
	told(1);
	told(2);
	vi.advanceTimersByTime(99);
	told(3);
	vi.advanceTimersByTime(1);
	told(4);
	expect(calls).toEqual([1, 4]);
});
