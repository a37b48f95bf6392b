import {setImmediate as tick} from 'node:timers/promises';
import {expect, test} from 'vitest';
import {systemClock} from '../../source/engine/clock.js';
import type {ContainerSummary, Docker, EngineEvent, LogEntry} from '../../source/engine/types.js';
import {AppError} from '../../source/errors.js';
import {followLogs, type LogRecord} from '../../source/flows/logs.js';

const container = (id: string, service: string): ContainerSummary => ({
	id,
	name: id,
	image: 'i',
	imageId: 'i',
	state: 'running',
	status: 'Up',
	labels: {'com.docker.compose.service': service},
	createdAt: 0,
});
const entry = (time: number, line: string): LogEntry => ({time, stream: 'stdout', line});

function engine(
	logs: Readonly<Record<string, readonly LogEntry[]>>,
	later: readonly EngineEvent[] = [],
): Pick<Docker, 'listContainers' | 'logs' | 'events'> {
	return {
		listContainers: async () => [container('a1', 'app'), container('d1', 'db')],
		async *logs(id, options, signal) {
			yield* logs[id] ?? [];
			if (options.follow) await new Promise(resolve => signal?.addEventListener('abort', resolve, {once: true}));
		},
		async *events() {
			await tick();
			yield* later;
		},
	};
}

async function take(records: AsyncIterable<readonly LogRecord[]>, count: number, stop: AbortController) {
	const taken: LogRecord[] = [];
	for await (const batch of records) {
		taken.push(...batch);
		if (taken.length >= count) stop.abort();
	}
	return taken;
}

const needs = (docker: Pick<Docker, 'listContainers' | 'logs' | 'events'>) => ({docker, clock: systemClock});

test('lines of several services come in the order of time', async () => {
	const docker = engine({a1: [entry(10, 'a'), entry(30, 'c')], d1: [entry(20, 'b')]});
	const records = followLogs(
		{project: 'p', services: [], tail: 100, follow: false},
		needs(docker),
		new AbortController().signal,
	);
	expect((await take(records, 99, new AbortController())).map(record => `${record.service} ${record.line}`)).toEqual([
		'app a',
		'db b',
		'app c',
	]);
});

test('only the named services are read', async () => {
	const docker = engine({a1: [entry(10, 'a')], d1: [entry(20, 'b')]});
	const records = followLogs(
		{project: 'p', services: ['db'], tail: 100, follow: false},
		needs(docker),
		new AbortController().signal,
	);
	expect((await take(records, 99, new AbortController())).map(record => record.line)).toEqual(['b']);
});

test('a container that is made anew joins while following', async () => {
	const started: EngineEvent = {
		time: 40,
		action: 'start',
		containerId: 'a2',
		labels: {'com.docker.compose.service': 'app'},
	};
	const docker = engine({a1: [entry(10, 'old')], d1: [], a2: [entry(41, 'new')]}, [started]);
	const stop = new AbortController();
	const records = await take(
		followLogs({project: 'p', services: [], tail: 100, follow: true}, needs(docker), stop.signal),
		2,
		stop,
	);
	expect(records.map(record => record.line)).toEqual(['old', 'new']);
});

test('the lines of before are in order although one container answers late', async () => {
	const docker = engine({a1: [entry(10, 'a'), entry(30, 'c')], d1: [entry(20, 'b')]});
	const late: typeof docker = {
		...docker,
		async *logs(id, options, signal) {
			if (id === 'd1') await systemClock.sleep(400);
			yield* docker.logs(id, options, signal);
		},
	};
	const stop = new AbortController();
	const records = followLogs({project: 'p', services: [], tail: 100, follow: true}, needs(late), stop.signal);
	expect((await take(records, 3, stop)).map(record => record.line)).toEqual(['a', 'b', 'c']);
});

test('a container that writes without end does not fill the memory: reading waits for the reader', async () => {
	let read = 0;
	const docker: Pick<Docker, 'listContainers' | 'logs' | 'events'> = {
		...engine({}),
		listContainers: async () => [container('a1', 'app')],
		async *logs(_id, _options, signal) {
			while (!signal?.aborted) {
				read++;
				yield entry(read, 'line');
			}
		},
	};
	const stop = new AbortController();
	const records = followLogs({project: 'p', services: [], tail: 1, follow: true}, needs(docker), stop.signal);
	await records.next();
	const before = read;
	for (let turn = 0; turn < 50; turn++) await tick();
	expect(read - before).toBeLessThanOrEqual(20_001);
	stop.abort();
	await records.return(undefined);
});

test('a failure of the engine ends the reading with its error', async () => {
	const docker: Pick<Docker, 'listContainers' | 'logs' | 'events'> = {
		...engine({}),
		// biome-ignore lint/correctness/useYield: it fails before the first line
		async *logs() {
			throw new AppError('engine-unreachable', 'gone');
		},
	};
	const records = followLogs(
		{project: 'p', services: [], tail: 1, follow: true},
		needs(docker),
		new AbortController().signal,
	);
	await expect(take(records, 1, new AbortController())).rejects.toMatchObject({code: 'engine-unreachable'});
});
