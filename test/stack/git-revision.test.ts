import {execFileSync} from 'node:child_process';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {createProcesses} from '../../source/engine/processes.js';
import {readGitRevision} from '../../source/stack/git-revision.js';

test('a clone has a revision, a branch and a state; another folder has none', async () => {
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-git-'));
	const processes = createProcesses();
	expect(await readGitRevision(processes, folder)).toBeNull();
	const git = (...args: readonly string[]) =>
		execFileSync('git', ['-C', folder, '-c', 'user.name=t', '-c', 'user.email=t@t', ...args]);
	git('init', '-q', '-b', 'main');
	writeFileSync(join(folder, 'a'), '1');
	git('add', 'a');
	git('commit', '-qm', 'one');
	expect(await readGitRevision(processes, folder)).toMatchObject({branch: 'main', dirty: false});
	writeFileSync(join(folder, 'a'), '2');
	const changed = await readGitRevision(processes, folder);
	expect(changed?.dirty).toBe(true);
	expect(changed?.revision).toMatch(/^[0-9a-f]{40}$/);
	expect(await readGitRevision({run: async () => Promise.reject(new Error('no git'))}, folder)).toBeNull();
});
