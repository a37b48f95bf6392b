import {describe, expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import type {Operation} from '../../source/operation.js';
import {amountText, shareOf} from '../../source/ui/components/step-list.js';
import {startRun} from '../../source/ui/operation-run.js';
import {addSample, rateOf, timeLeft} from '../../source/ui/rate.js';
import {createSession} from '../../source/ui/session.js';
import {createGate, runBehindGate} from '../helpers/wizard.js';

const now = () => 0;

describe('a run', () => {
	test('a flood of events is folded without a redraw for each', async () => {
		async function* flood(): Operation<string> {
			yield {type: 'step-started', step: 'a', title: 'A', canCancel: true};
			for (let index = 0; index < 20_000; index++) {
				yield {type: 'log', source: 'tool', stream: 'stdout', line: `line ${index}`};
			}

			return 'result';
		}

		const run = startRun(flood, {now});
		let redraws = 0;
		run.subscribe(() => redraws++);
		let turns = 0;
		const timer = setInterval(() => turns++, 1);
		await run.finished;
		clearInterval(timer);
		expect(run.snapshot()).toMatchObject({status: 'done', result: 'result'});
		expect(run.snapshot().progress.tail.at(-1)?.line).toBe('line 19999');
		expect(redraws).toBeLessThan(50);
		// Keys and timers had their turn meanwhile.
		expect(turns).toBeGreaterThan(0);
	});

	test('a failure keeps what had been done and becomes an AppError without control characters', async () => {
		async function* fail(): Operation<void> {
			yield {type: 'step-started', step: 'a', title: 'A', canCancel: true};
			throw new AppError('dump-failed', 'no \u001B[31mroom', {details: ['\u0007beep']});
		}

		const run = startRun(fail, {now});
		await run.finished;
		const {status, error, progress} = run.snapshot();
		expect({status, message: error?.message, details: error?.details}).toEqual({
			status: 'failed',
			message: 'no room',
			details: ['beep'],
		});
		expect(progress.steps[0]?.status).toBe('failed');
	});

	test('what is no AppError is a bug', async () => {
		async function* fail(): Operation<void> {
			yield {type: 'warning', message: 'soon'};
			throw new TypeError('undefined is not a function');
		}

		const run = startRun(fail, {now});
		await run.finished;
		expect(run.snapshot().error).toMatchObject({code: 'bug', message: 'undefined is not a function'});
	});

	test('cancelling fires the signal once and is told at once', async () => {
		const run = startRun(signal => runBehindGate([], createGate().opened, signal), {now});
		await Promise.resolve();
		run.cancel();
		expect(run.snapshot().status).toBe('cancelling');
		await run.finished;
		expect(run.snapshot().error?.code).toBe('cancelled');
	});
});

describe('session', () => {
	function open(drainMs = 60_000) {
		const codes: number[] = [];
		return {session: createSession({drainMs, close: code => codes.push(code)}), codes};
	}

	function stoppable() {
		const gate = createGate();
		let cancels = 0;
		return {run: {cancel: () => cancels++, finished: gate.opened}, gate, cancels: () => cancels};
	}

	test('leaves at once when nothing runs, with the code that was set', () => {
		const {session, codes} = open();
		session.setExitCode(4);
		session.leave();
		session.leave(1);
		expect(codes).toEqual([4]);
		expect(session.state()).toBe('closed');
	});

	test('a signal cancels what runs and waits until it has cleaned up', async () => {
		const {session, codes} = open();
		const {run, gate, cancels} = stoppable();
		session.track(run);
		session.leave(143);
		expect([cancels(), codes, session.state()]).toEqual([1, [], 'leaving']);
		gate.open();
		await expect.poll(() => codes).toEqual([143]);
	});

	test('but not for ever', async () => {
		const {session, codes} = open(5);
		session.track(stoppable().run);
		session.leave(143);
		await expect.poll(() => codes).toEqual([143]);
	});

	test('Ctrl+C: cancel, then leave with 130, then do not wait', () => {
		const {session, codes} = open();
		const {run, cancels} = stoppable();
		session.track(run);
		session.interrupt();
		expect([cancels(), session.state()]).toEqual([1, 'open']);
		session.interrupt();
		expect([codes, session.state()]).toEqual([[], 'leaving']);
		session.interrupt();
		expect(codes).toEqual([130]);
	});

	test('a finished run is not waited for', async () => {
		const {session, codes} = open();
		const {run, gate} = stoppable();
		session.track(run);
		gate.open();
		await expect.poll(() => session.isBusy()).toBe(false);
		session.interrupt();
		expect(codes).toEqual([130]);
	});
});

describe('how far, how fast, how long', () => {
	test('the rate is that of the last seconds', () => {
		let samples = addSample([], {time: 0, done: 0});
		expect(rateOf(samples)).toBeUndefined();
		samples = addSample(samples, {time: 1000, done: 10e6});
		expect(rateOf(samples)).toBe(10e6);
		samples = addSample(samples, {time: 20_000, done: 20e6});
		samples = addSample(samples, {time: 21_000, done: 25e6});
		expect(rateOf(samples)).toBe(5e6);
		expect(addSample(samples, {time: 22_000, done: 1})).toEqual([{time: 22_000, done: 1}]);
	});

	test('time left is told only where it can be known', () => {
		expect(timeLeft(400, 1000, 100)).toBe(6000);
		expect(timeLeft(400, undefined, 100)).toBeUndefined();
		expect(timeLeft(400, 1000, 0)).toBeUndefined();
		expect(timeLeft(1000, 1000, 100)).toBeUndefined();
	});

	const step = {step: 'a', title: 'A', status: 'running', canCancel: true, startedAt: 0, unit: 'bytes'} as const;

	test('an estimate says so, and never reaches the whole', () => {
		expect(amountText({...step, done: 412e6, total: 860e6, isEstimate: true}, 34e6)).toBe(
			'412 MB of about 860 MB · 34 MB/s · about 13 s left',
		);
		expect(amountText({...step, done: 900e6, total: 860e6, isEstimate: true}, 34e6)).toBe('900 MB · 34 MB/s');
		expect(shareOf({done: 900, total: 860, isEstimate: true})).toBe(0.99);
		expect(shareOf({done: 5, total: 10})).toBe(0.5);
		expect(shareOf({done: 5})).toBeUndefined();
	});

	test('items are counted', () => {
		expect(amountText({...step, unit: 'items', done: 1200, total: 34_000}, undefined)).toBe('1,200 of 34,000');
	});
});
