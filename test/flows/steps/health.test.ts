import {expect, test} from 'vitest';
import {AppError} from '../../../source/errors.js';
import {takeHealthBaseline, waitForHealth} from '../../../source/flows/steps/health.js';
import {startOutageMeter} from '../../../source/flows/steps/outage.js';
import {drive} from '../../../source/operation.js';
import {fakeClock, fakeDocker, fakeHttp, service, stackOf} from './fakes.js';

const url = 'http://localhost:3000/health';
const {signal} = new AbortController();
const options = {
	project: 'clerq',
	watch: [{name: 'app', healthUrl: url, usualStatus: 200, required: true}],
	timeoutMs: 60_000,
	signal,
};
const good = {status: 200, body: '{"ok":true}'} as const;
const none = {status: null, reason: 'connection refused'} as const;
const ignore = () => {};

test('waits until the health URL answers, though the engine has not asked its own check yet', async () => {
	const starting = {status: 'starting', failingStreak: 0, log: []};
	const services = {
		docker: fakeDocker([{service: 'app', state: {health: starting}}]),
		http: fakeHttp(none, none, good),
		clock: fakeClock(),
	};
	const report = await drive(waitForHealth(services, options), ignore);
	expect(report.ok).toBe(true);
	expect(services.http.asked).toHaveLength(3);
	expect(report.checks.map(check => `${check.kind} ${check.ok} ${check.text}`)).toEqual([
		'url true HTTP 200',
		'container true running',
		'healthcheck true starting; its health URL answers',
	]);
});

test('does not wait for the time limit when the container is in a crash loop', async () => {
	const app = {service: 'app', restartCount: 0, state: {exitCode: 1}};
	const clock = fakeClock();
	const docker = fakeDocker([app], () => {
		app.restartCount += 1;
	});
	const begun = clock.now();
	const report = await drive(waitForHealth({docker, http: fakeHttp(none), clock}, options), ignore);
	expect(report.ok).toBe(false);
	expect(clock.now() - begun).toBeLessThan(5000);
	expect(report.checks.find(check => check.kind === 'container')?.text).toContain('last exit code 1');
});

test('gives up at the time limit and says what is wrong', async () => {
	const services = {
		docker: fakeDocker([{service: 'app'}]),
		http: fakeHttp({status: 503, body: ''}),
		clock: fakeClock(),
	};
	const report = await drive(waitForHealth(services, options), ignore);
	expect(report).toMatchObject({ok: false, checks: [{kind: 'url', ok: false, text: 'HTTP 503'}, {ok: true}]});
});

test('without a URL and a health check a container must have stayed up for a moment', async () => {
	const clock = fakeClock();
	const begun = clock.now();
	const docker = fakeDocker([{service: 'worker', state: {startedAt: new Date(begun).toISOString()}}]);
	const watch = [{name: 'worker', healthUrl: null, usualStatus: null, required: true}];
	const report = await drive(waitForHealth({docker, http: fakeHttp(), clock}, {...options, watch}), ignore);
	expect(report.ok).toBe(true);
	expect(clock.now() - begun).toBeGreaterThanOrEqual(3000);
});

test('a service that was ill before is reported and decides nothing', async () => {
	const stack = stackOf([
		service('app', {healthUrl: url}),
		service('worker', {state: 'exited', containerIds: ['worker-id']}),
		service('migrate', {role: 'migrate', oneShot: true, state: 'exited'}),
	]);
	const docker = fakeDocker([
		{service: 'app'},
		{service: 'worker', state: {status: 'exited', running: false}, restartPolicy: 'no'},
	]);
	const services = {docker, http: fakeHttp(good), clock: fakeClock()};
	const watch = await takeHealthBaseline(stack, services, signal);
	expect(watch.map(one => [one.name, one.required])).toEqual([
		['app', true],
		['worker', false],
	]);
	const report = await drive(waitForHealth(services, {...options, watch}), ignore);
	expect(report.ok).toBe(true);
	expect(report.checks.filter(check => !check.ok).map(check => check.service)).toEqual(['worker']);
});

test('an engine that is being restarted is waited for, and one that stays away is told', async () => {
	const clock = fakeClock();
	let asked = 0;
	const away = new AppError('engine-unreachable', 'The Docker engine does not answer');
	const docker = fakeDocker([{service: 'app'}], () => {
		asked += 1;
		if (asked < 4) throw away;
	});
	const watch = [{name: 'app', healthUrl: url, usualStatus: null, required: true}];
	const report = await drive(waitForHealth({docker, http: fakeHttp(good), clock}, {...options, watch}), ignore);
	expect([report.ok, asked]).toEqual([true, 4]);
	const gone = fakeDocker([], () => {
		throw away;
	});
	await expect(
		drive(waitForHealth({docker: gone, http: fakeHttp(good), clock}, {...options, watch}), ignore),
	).rejects.toBe(away);
});

test('the outage is the time in which requests failed', async () => {
	const clock = fakeClock();
	const http = fakeHttp(good, good, none, {status: 500, body: ''}, none, good);
	const meter = startOutageMeter({http, clock}, url);
	while (http.asked.length < 8) await clock.sleep(0);
	expect(await meter.stop()).toBe(300);
});

test('without a health URL the outage is the time that passed', async () => {
	const clock = fakeClock();
	const meter = startOutageMeter({http: fakeHttp(), clock}, null);
	await clock.sleep(1234);
	expect(await meter.stop()).toBe(1234);
});
