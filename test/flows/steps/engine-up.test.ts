import {expect, test} from 'vitest';
import {AppError, type ErrorCode} from '../../../source/errors.js';
import {throughRestart} from '../../../source/flows/steps/engine-up.js';
import {drive, type OperationEvent} from '../../../source/operation.js';
import type {Services} from '../../../source/services.js';
import {fakeClock} from './fakes.js';

/** An engine that answers or not, look by look; the last answer stays. */
function engine(...answers: readonly boolean[]): Pick<Services, 'docker' | 'clock'> {
	let looks = 0;
	const info = async () => {
		const isUp = answers[Math.min(looks, answers.length - 1)] ?? true;
		looks++;
		if (!isUp) throw new AppError('engine-unreachable', 'gone');
	};
	return {clock: fakeClock(), docker: {info} as unknown as Services['docker']};
}

/** Work that fails with these codes in turn, then succeeds. */
function failing(...codes: readonly ErrorCode[]) {
	const left = [...codes];
	const said: Partial<Record<ErrorCode, string>> = {'tool-failed': 'Cannot connect to the Docker daemon at unix:///x'};
	const work = {
		times: 0,
		// biome-ignore lint/correctness/useYield: it has nothing to tell
		async *run() {
			work.times++;
			const code = left.shift();
			if (code !== undefined) throw new AppError(code, code, {details: [said[code] ?? '']});
			return 'done';
		},
	};
	return work;
}

async function outcome(services: Pick<Services, 'docker' | 'clock'>, work: ReturnType<typeof failing>) {
	const events: OperationEvent[] = [];
	const {signal} = new AbortController();
	const result = await drive(throughRestart(services, signal, work.run), event => events.push(event)).catch(
		(error: AppError) => error.code,
	);
	return {result, times: work.times, told: events.map(event => event.type)};
}

test('an engine that still answers for a while as it is stopped: the work is done again once it is back', async () => {
	const services = engine(true, true, true, false, false, true);
	expect(await outcome(services, failing('compose-failed'))).toEqual({
		result: 'done',
		times: 2,
		told: ['step-started', 'step-finished'],
	});
});

test('an engine that is back already when the failure is looked at', async () => {
	expect(await outcome(engine(true), failing('tool-failed'))).toEqual({result: 'done', times: 2, told: []});
});

test('an engine that stays: the failure is the work’s own', async () => {
	expect(await outcome(engine(true), failing('sql-failed'))).toEqual({result: 'sql-failed', times: 1, told: []});
});

test.each([['rollback-failed'], ['cancelled'], ['bug']] as const)(
	'%s has nothing to do with the engine',
	async code => {
		expect(await outcome(engine(false, true), failing(code))).toMatchObject({result: code, times: 1});
	},
);

test('an engine that goes away again and again: the third failure is told', async () => {
	const services = engine(false, true, false, true);
	const work = failing('engine-unreachable', 'engine-unreachable', 'engine-unreachable');
	expect(await outcome(services, work)).toMatchObject({result: 'engine-unreachable', times: 3});
});
