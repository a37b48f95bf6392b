import {spawn, spawnSync} from 'node:child_process';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {openJournals} from '../../source/journal/journal.js';
import {readLock, takeLock} from '../../source/journal/lock.js';
import {currentProcess} from '../../source/journal/process-identity.js';

let folder = '';
const subject = {project: 'clerq', directory: '/srv/clerq'};
const operation = {id: '20260614t020000z', operation: 'restore', title: 'Restore of clerq', data: {mode: 'switch'}};
const journals = () => openJournals(folder, () => Date.parse('2026-06-14T02:00:00Z'));

beforeEach(async () => {
	folder = await mkdtemp(join(tmpdir(), 'lifeboat-journal-'));
});
afterEach(() => rm(folder, {recursive: true, force: true}));

/** The lock that a process which has ended left behind. */
async function leaveLockOfDeadProcess(path: string) {
	const dead = spawnSync('true').pid;
	const tag = currentProcess().tag.replace(/-\d+-\d+$/, `-${dead}-1`);
	await writeFile(path, JSON.stringify({tag, pid: dead, host: 'x', title: 'Restore of clerq', startedAt: ''}));
}

async function lockFile(): Promise<string> {
	const name = (await readdir(folder)).find(one => one.endsWith('.lock'));
	return join(folder, name ?? 'no lock');
}

test('what is under way is on the disk before the call returns', async () => {
	const journal = await journals().begin(subject, operation);
	await journal.willUndo('drop-database', {name: 'clerq_restoring'});
	await journal.enter('restoring');
	const name = (await readdir(folder)).find(one => one.endsWith('.json')) ?? '';
	expect(JSON.parse(await readFile(join(folder, name), 'utf8'))).toMatchObject({
		phase: 'restoring',
		undo: [{kind: 'drop-database', data: {name: 'clerq_restoring'}}],
		finishedAt: null,
	});
	await journal.abandon();
});

test('a second operation on the same stack is refused while the first runs, another stack is free', async () => {
	const journal = await journals().begin(subject, operation);
	await expect(journals().begin(subject, operation)).rejects.toMatchObject({code: 'operation-under-way'});
	expect(await journals().findUnfinished(subject)).toEqual([]);
	const other = await journals().begin({project: 'other', directory: '/srv/other'}, operation);
	await other.finish('remove');
	await journal.finish('remove');
	expect(await readdir(folder)).toEqual([]);
});

test('what a killed process left is found, refuses new operations, and can be taken over', async () => {
	const journal = await journals().begin(subject, operation);
	await journal.willUndo('start-writers', {});
	await leaveLockOfDeadProcess(await lockFile());
	const [left] = await journals().findUnfinished(subject);
	expect(left).toMatchObject({operation: 'restore', undo: [{kind: 'start-writers'}]});
	await expect(journals().begin(subject, operation)).rejects.toMatchObject({
		code: 'operation-under-way',
		fix: ['lifeboat', 'rollback', '--yes'],
	});
	if (left === undefined) throw new Error('nothing was found');
	const resumed = await journals().resume(left);
	const [entry] = resumed.record.undo;
	if (entry === undefined) throw new Error('the undo is lost');
	await resumed.forget(entry);
	expect(resumed.record.undo).toEqual([]);
	await resumed.finish('remove');
	expect(await journals().findUnfinished(subject)).toEqual([]);
});

test('a finished operation is kept for a later rollback, the newest first', async () => {
	for (const id of ['20260614t020000z', '20260615t020000z']) {
		const journal = await journals().begin(subject, {...operation, id});
		await journal.finish('keep');
	}

	const finished = await journals().findFinished(subject);
	expect(finished.map(record => record.id)).toEqual(['20260615t020000z', '20260614t020000z']);
	expect(await journals().findUnfinished(subject)).toEqual([]);
});

test('a journal that cannot be read is not taken for an empty one', async () => {
	const journal = await journals().begin(subject, operation);
	await journal.abandon();
	const name = (await readdir(folder)).find(one => one.endsWith('.json')) ?? '';
	await writeFile(join(folder, name), '{"version":');
	await expect(journals().findUnfinished(subject)).rejects.toMatchObject({
		code: 'operation-under-way',
		message: expect.stringContaining(name),
	});
});

test('the lock of a process that was killed with SIGKILL is taken over', async () => {
	const path = join(folder, 'x.lock');
	const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
	const start = (await readFile(`/proc/${child.pid}/stat`, 'utf8')).split(') ')[1]?.split(' ')[19];
	const tag = currentProcess().tag.replace(/-\d+-\d+$/, `-${child.pid}-${start}`);
	await writeFile(
		path,
		JSON.stringify({tag, pid: child.pid, host: currentProcess().host, title: 'Backup of clerq', startedAt: ''}),
	);
	await expect(takeLock(path, 'Restore')).rejects.toMatchObject({
		message: expect.stringContaining('Backup of clerq is under way'),
	});
	const gone = new Promise(resolve => {
		child.on('exit', resolve);
	});
	child.kill('SIGKILL');
	await gone;
	expect(await readLock(path)).toBeUndefined();
	const lock = await takeLock(path, 'Restore');
	await lock.release();
	expect(await readdir(folder)).toEqual([]);
});

test('of many that come at once for a stale lock, one gets it', async () => {
	const path = join(folder, 'x.lock');
	await leaveLockOfDeadProcess(path);
	const results = await Promise.allSettled(Array.from({length: 8}, () => takeLock(path, 'Restore')));
	expect(results.filter(result => result.status === 'fulfilled')).toHaveLength(1);
});
