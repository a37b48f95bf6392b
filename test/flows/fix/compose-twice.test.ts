import {PassThrough, Readable} from 'node:stream';
import {expect, test} from 'vitest';
import type {Compose, RunningProcess} from '../../../source/engine/types.js';
import {composeTwice} from '../../../source/flows/fix/compose-twice.js';
import {drive} from '../../../source/operation.js';
import type {Services} from '../../../source/services.js';
import {fakeClock} from '../steps/fakes.js';

const target = {files: [], profiles: [], envFiles: [], cwd: '/srv/clerq'};

/** Compose ends with these codes, one a call. */
function composeThatEnds(...exitCodes: readonly number[]) {
	const calls: (readonly string[])[] = [];
	const compose: Pick<Compose, 'start' | 'argv'> = {
		argv: (_target, args) => ['compose', ...args],
		start(_target, args) {
			const exitCode = exitCodes[calls.length] ?? 0;
			calls.push(args);
			const process: RunningProcess = {
				pid: 1,
				stdin: new PassThrough(),
				stdout: Readable.from(exitCode === 0 ? [] : ['You cannot remove a running container\n']),
				stderr: (async function* () {})(),
				exit: Promise.resolve({exitCode, signal: undefined}),
				kill() {},
			};
			return process;
		},
	};
	const clock = fakeClock();
	const run = (...args: readonly string[]) =>
		drive(
			composeTwice('start', 'Start it', args, target, {compose, clock} as Services, new AbortController().signal),
			() => {},
		);
	return {calls, run};
}

test('what fails in an unlucky moment is tried once more', async () => {
	const {calls, run} = composeThatEnds(1, 0);
	await run('up', '--detach', 'postgres');
	expect(calls).toEqual([
		['up', '--detach', 'postgres'],
		['up', '--detach', 'postgres'],
	]);
});

test('what fails twice is told, in the words of Compose', async () => {
	const {calls, run} = composeThatEnds(1, 1, 0);
	await expect(run('up', 'postgres')).rejects.toMatchObject({
		code: 'compose-failed',
		details: ['You cannot remove a running container'],
	});
	expect(calls).toHaveLength(2);
});

test('a build that fails is not built again', async () => {
	const {calls, run} = composeThatEnds(1, 0);
	await expect(run('build', 'app')).rejects.toMatchObject({code: 'compose-failed'});
	expect(calls).toHaveLength(1);
});
