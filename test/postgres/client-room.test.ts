import {expect, test} from 'vitest';
import type {PostgresClient} from '../../source/postgres/client.js';
import {readClientRoom} from '../../source/postgres/client-room.js';
import {restoreSettings} from '../../source/postgres/restore-archive.js';

const gigabyte = 1024 ** 3;

/** A client whose shell prints this. */
const answering = (stdout: string, host?: string) =>
	({
		place: {containerId: host === undefined ? 'abc' : undefined},
		connection: {user: 'clerq', host},
		shell: async () => ({exitCode: 0, stdout, stderr: '', timedOut: false}),
	}) as unknown as PostgresClient;

test('the smaller of what the machine has and the container may have counts', async () => {
	const stdout = `temporary 5000\nmemory ${8 * gigabyte}\nmemory ${2 * gigabyte}\n`;
	expect(await readClientRoom(answering(stdout), undefined)).toEqual({
		temporaryBytes: 5000,
		memoryBytes: 2 * gigabyte,
	});
});

test('a container without a limit, on both versions of control groups', async () => {
	for (const limit of ['max', '9223372036854771712'])
		expect((await readClientRoom(answering(`memory ${gigabyte}\nmemory ${limit}\n`), undefined)).memoryBytes).toBe(
			gigabyte,
		);
});

test('memory beside the client is not that of a server elsewhere; what is not told is not guessed', async () => {
	expect((await readClientRoom(answering(`memory ${gigabyte}\n`, 'db.example.com'), undefined)).memoryBytes).toBe(
		undefined,
	);
	expect(await readClientRoom(answering(''), undefined)).toEqual({temporaryBytes: 0, memoryBytes: undefined});
});

test('all jobs together build indexes in an eighth of the memory, each within bounds', () => {
	const each = (memoryBytes: number | undefined, jobs: number) =>
		restoreSettings({memoryBytes}, jobs)['maintenance_work_mem'];
	expect(each(8 * gigabyte, 4)).toBe('256MB');
	expect(each(64 * gigabyte, 2)).toBe('512MB');
	expect(each(gigabyte / 2, 8)).toBe('64MB');
	expect(each(undefined, 1)).toBe('128MB');
});
