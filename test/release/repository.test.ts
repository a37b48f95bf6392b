import {execFileSync} from 'node:child_process';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {beforeEach, expect, test} from 'vitest';
import {createGit} from '../../source/engine/git.js';
import {createProcesses} from '../../source/engine/processes.js';
import {readFileAt, readIncoming, readRepository} from '../../source/release/repository.js';

let origin: string;
let clone: string;
const run = (folder: string, ...args: string[]) =>
	execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], {
		encoding: 'utf8',
		stdio: 'pipe',
	});
const open = (folder: string) => createGit(createProcesses(), folder);

function commit(folder: string, file: string, text: string, subject: string) {
	writeFileSync(join(folder, file), text);
	run(folder, 'add', '-A');
	run(folder, 'commit', '-qm', subject);
}

beforeEach(() => {
	origin = mkdtempSync(join(tmpdir(), 'origin-'));
	run(origin, 'init', '-q', '-b', 'main');
	commit(origin, 'compose.yml', 'one', 'First');
	run(origin, 'tag', 'v1.0.0');
	clone = join(mkdtempSync(join(tmpdir(), 'clone-')), 'app');
	execFileSync('git', ['clone', '-q', origin, clone]);
});

async function state() {
	const found = await readRepository(open(clone));
	if (!found) throw new Error('no repository');
	return found;
}

test('a folder outside of any repository has no state', async () => {
	expect(await readRepository(open(mkdtempSync(join(tmpdir(), 'bare-'))))).toBeUndefined();
});

test('the state names revision, version, branch, upstream and changes of the user', async () => {
	writeFileSync(join(clone, 'compose.yml'), 'mine');
	writeFileSync(join(clone, 'docker-compose.override.yml'), 'mine too');
	expect(await state()).toMatchObject({
		version: 'v1.0.0',
		branch: 'main',
		upstream: 'origin/main',
		localChanges: ['compose.yml'],
		untracked: ['docker-compose.override.yml'],
	});
});

test('nothing new is undefined', async () => {
	expect(await readIncoming(open(clone), await state(), undefined)).toBeUndefined();
});

test('incoming commits come with subjects and files, and the text of both sides', async () => {
	commit(origin, 'CHANGELOG.md', 'news', 'Add news; fix "quotes" & tabs');
	run(origin, 'tag', 'v1.1.0');
	const before = await state();
	const incoming = await readIncoming(open(clone), before, undefined);
	expect(incoming).toMatchObject({version: 'v1.1.0', relation: 'ahead', files: [{status: 'A', path: 'CHANGELOG.md'}]});
	expect(incoming?.commits.map(one => one.subject)).toEqual(['Add news; fix "quotes" & tabs']);
	expect(await readFileAt(open(clone), incoming?.revision ?? '', 'CHANGELOG.md')).toBe('news');
	expect(await readFileAt(open(clone), before.revision, 'CHANGELOG.md')).toBeUndefined();
});

test('branches that have gone apart are no fast-forward', async () => {
	commit(origin, 'a', '1', 'Theirs');
	commit(clone, 'b', '2', 'Mine');
	expect((await readIncoming(open(clone), await state(), undefined))?.relation).toBe('diverged');
});

test('a tag can be named, and one that is not there is wrong usage', async () => {
	commit(origin, 'a', '1', 'Second');
	run(origin, 'tag', 'v2.0.0');
	commit(origin, 'a', '2', 'Third');
	expect((await readIncoming(open(clone), await state(), 'v2.0.0'))?.version).toBe('v2.0.0');
	await expect(readIncoming(open(clone), await state(), 'v9')).rejects.toMatchObject({code: 'usage'});
});

test('an origin that is away is said with what to look at', async () => {
	run(clone, 'remote', 'set-url', 'origin', '/nonexistent/origin');
	await expect(readIncoming(open(clone), await state(), undefined)).rejects.toMatchObject({
		code: 'tool-failed',
		message: 'git cannot reach the origin of the repository',
	});
});
