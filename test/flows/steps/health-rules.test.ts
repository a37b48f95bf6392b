import {describe, expect, test} from 'vitest';
import type {ContainerDetails} from '../../../source/engine/types.js';
import {
	findComplaint,
	judgeAnswer,
	judgeContainer,
	judgeHealthcheck,
} from '../../../source/flows/steps/health-rules.js';

const now = Date.parse('2026-06-14T02:00:30Z');

function container(change: {
	readonly state?: Partial<ContainerDetails['state']>;
	readonly restartCount?: number;
	readonly restartPolicy?: string;
}): ContainerDetails {
	return {
		name: 'clerq-app-1',
		restartCount: change.restartCount ?? 0,
		restartPolicy: change.restartPolicy ?? 'no',
		state: {
			status: 'running',
			running: true,
			exitCode: 0,
			oomKilled: false,
			error: '',
			startedAt: '2026-06-14T02:00:00Z',
			finishedAt: null,
			health: null,
			...change.state,
		},
	} as ContainerDetails;
}

describe('a health URL', () => {
	test('200 with the JSON of a tRPC ping is well', () => {
		expect(judgeAnswer({status: 200, body: '{"result":{"data":{"json":{"ok":true,"time":"x"}}}}'})).toEqual({
			state: 'ok',
			text: 'HTTP 200',
		});
	});

	test('200 with JSON that says otherwise is not', () => {
		expect(judgeAnswer({status: 200, body: '{"result":{"data":{"json":{"ok":false}}}}'}).text).toBe(
			'HTTP 200, ok is false',
		);
		expect(findComplaint('{"status":"error","db":"down"}')).toBe('status is error');
		expect(findComplaint('{"checks":{"database":"DOWN"}}')).toBe('database is DOWN');
		expect(findComplaint('{"status":"ok","db":"up"}')).toBeUndefined();
	});

	test('a page that is no JSON is judged by its status', () => {
		expect(judgeAnswer({status: 302, body: ''}).state).toBe('ok');
		expect(judgeAnswer({status: 500, body: '<h1>error</h1>'}).state).toBe('waiting');
		expect(findComplaint('<h1>error</h1>')).toBeUndefined();
	});

	test('a guarded page is well when it was guarded before', () => {
		expect(judgeAnswer({status: 401, body: ''}).state).toBe('waiting');
		expect(judgeAnswer({status: 401, body: ''}, 401).state).toBe('ok');
	});

	test('no answer is waited for, with the reason', () => {
		expect(judgeAnswer({status: null, reason: 'connection refused'})).toEqual({
			state: 'waiting',
			text: 'connection refused',
		});
	});
});

describe('a container', () => {
	test('that exited and will not be restarted has failed', () => {
		const verdict = judgeContainer(container({state: {status: 'exited', running: false, exitCode: 1}}), 0, now);
		expect(verdict).toEqual({state: 'failed', text: 'exited (exit code 1)'});
	});

	test('that the engine keeps restarting has failed after the third time, counted from when we began to look', () => {
		const looping = container({restartCount: 9, state: {exitCode: 1}, restartPolicy: 'always'});
		expect(judgeContainer(looping, 9, now).state).toBe('ok');
		expect(judgeContainer(looping, 6, now)).toEqual({state: 'failed', text: 'restarted 3 times, last exit code 1'});
	});

	test('that has just come back from a crash is waited for', () => {
		const back = container({restartCount: 1, state: {startedAt: '2026-06-14T02:00:29Z'}});
		expect(judgeContainer(back, 0, now).state).toBe('waiting');
	});

	test('that ran out of memory says so', () => {
		expect(
			judgeContainer(container({state: {status: 'exited', running: false, oomKilled: true}}), 0, now).text,
		).toContain('out of memory');
	});

	test('with a health check is asked for its last words', () => {
		const sick = container({
			state: {health: {status: 'unhealthy', failingStreak: 3, log: [{exitCode: 1, output: 'curl: (7) refused\n'}]}},
		});
		expect(judgeHealthcheck(sick)).toEqual({state: 'waiting', text: 'unhealthy: curl: (7) refused'});
		expect(judgeHealthcheck(container({}))).toBeUndefined();
	});
});
