import {expect, test} from 'vitest';
import type {Compose, Processes, RunResult} from '../../../source/engine/types.js';
import {findMigrateServices} from '../../../source/flows/steps/migrate.js';
import {planWriters, startWriters, stopWriters} from '../../../source/flows/steps/writers.js';
import {fakeDocker, service, stackOf} from './fakes.js';

const target = {files: [], profiles: [], envFiles: [], cwd: '/srv/clerq'};
const done = {exitCode: 0, stdout: '', stderr: '', timedOut: false};

function recorder(answer: (line: string) => RunResult = () => done) {
	const lines: string[] = [];
	const run = async (command: string, args: readonly string[]) => {
		lines.push([command, ...args].join(' '));
		return answer(lines.at(-1) ?? '');
	};
	const processes = {run} as unknown as Processes;
	const compose = {
		run: (_target: unknown, args: readonly string[]) => run('compose', args),
		argv: (_target: unknown, args: readonly string[]) => ['compose', ...args],
	} as unknown as Compose;
	return {lines, processes, compose, docker: fakeDocker([])};
}

const stack = stackOf([
	service('postgres', {role: 'database', stopForRestore: false}),
	service('pgbouncer', {role: 'pooler', stopForRestore: true}),
	service('app'),
	service('worker', {role: 'worker'}),
	service('sleeping', {state: 'exited'}),
	service('migrate', {role: 'migrate', oneShot: true, state: 'exited', containerIds: []}),
	service('proxy', {role: 'proxy', stopForRestore: false}),
]);

test('stops what runs and writes, poolers last; starts in the other order', async () => {
	const plan = planWriters(stack);
	const services = recorder();
	await stopWriters(services, plan);
	await startWriters(services, target, plan);
	expect(services.lines).toEqual([
		'docker stop --time 3 app-id worker-id',
		'docker stop --time 3 pgbouncer-id',
		'docker start pgbouncer-id',
		'docker start app-id worker-id',
	]);
});

test('a container that was removed meanwhile is created again by Compose', async () => {
	const services = recorder(line => (line.startsWith('docker start') ? {...done, exitCode: 1} : done));
	await startWriters(services, target, {writers: [{service: 'app', containerIds: ['gone']}], poolers: []});
	expect(services.lines.at(-1)).toBe('compose up --detach --no-deps --no-recreate app');
});

test('a container that cannot be stopped is an error that names it', async () => {
	const services = {
		...recorder(() => ({...done, exitCode: 1, stderr: 'permission denied'})),
		docker: fakeDocker([{service: 'app'}]),
	};
	await expect(
		stopWriters(services, {writers: [{service: 'app', containerIds: ['app-id']}], poolers: []}),
	).rejects.toMatchObject({
		code: 'tool-failed',
		message: 'The engine cannot stop clerq-app-1',
	});
});

test('migrations run in the order of their dependencies, and a circle does not hang', () => {
	const of = (name: string, dependsOn: readonly string[]) => service(name, {role: 'migrate', oneShot: true, dependsOn});
	expect(findMigrateServices(stackOf([of('seed', ['migrate', 'postgres']), of('migrate', ['postgres'])]))).toEqual([
		'migrate',
		'seed',
	]);
	expect(findMigrateServices(stackOf([of('a', ['b']), of('b', ['a'])]))).toEqual(['b', 'a']);
});
