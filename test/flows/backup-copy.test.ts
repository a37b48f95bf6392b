import {createHash} from 'node:crypto';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import type {Processes} from '../../source/engine/types.js';
import {copyToRemote} from '../../source/flows/backup/copy-remote.js';
import {drive} from '../../source/operation.js';

const file = join(mkdtempSync(join(tmpdir(), 'lifeboat-copy-')), 'app-20260614T020000Z.zip');
writeFileSync(file, 'a backup');
const sha1 = createHash('sha1').update('a backup').digest('hex');

/** An rclone that remembers what it was asked, and has this in its remote. */
function rclone(listing: object, copyExitCode = 0) {
	const calls: (readonly string[])[] = [];
	const processes = {
		async run(_command: string, args: readonly string[]) {
			calls.push(args);
			const isCopy = args[0] === 'copyto';
			return {
				exitCode: isCopy ? copyExitCode : 0,
				stdout: isCopy ? '' : JSON.stringify([listing]),
				stderr: copyExitCode === 0 ? '' : 'Failed to copy: 403 Forbidden',
				timedOut: false,
			};
		},
	} as Pick<Processes, 'run'> as Processes;
	return {calls, processes};
}

const copy = (processes: Processes) =>
	drive(copyToRemote(file, 8, 'b2:bucket/nightly', {processes}, new AbortController().signal), () => {});

test('the copy is compared by hash where the remote keeps one, else by size', async () => {
	const hashing = rclone({Name: 'x', Size: 8, Hashes: {sha1}});
	expect(await copy(hashing.processes)).toEqual({
		to: 'b2:bucket/nightly/app-20260614T020000Z.zip',
		bytes: 8,
		verified: 'hash',
	});
	expect(hashing.calls.map(args => args[0])).toEqual(['copyto', 'lsjson']);
	expect(await copy(rclone({Name: 'x', Size: 8}).processes)).toMatchObject({verified: 'size'});
});

test.each([
	['another size', rclone({Name: 'x', Size: 7})],
	['another hash', rclone({Name: 'x', Size: 8, Hashes: {sha1: 'f'.repeat(40)}})],
	['a refused upload', rclone({Name: 'x', Size: 8}, 1)],
])('%s is a failure that says that the backup itself is complete', async (_what, {processes}) => {
	await expect(copy(processes)).rejects.toMatchObject({
		code: 'tool-failed',
		message: expect.stringContaining('The backup is complete'),
	});
});
