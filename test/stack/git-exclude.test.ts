import {execFileSync} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {excludeCopiesFromGit} from '../../source/stack/git-exclude.js';

test('copies of env files do not show in git status, in the root and below it', async () => {
	const clone = mkdtempSync(join(tmpdir(), 'lifeboat-clone-'));
	const git = (...args: readonly string[]) => execFileSync('git', args, {cwd: clone, encoding: 'utf8'});
	git('init', '--quiet');
	const below = join(clone, 'deploy');
	mkdirSync(below);
	writeFileSync(join(clone, '.env.before-20260614t020000z'), 'SECRET=1');
	writeFileSync(join(below, '.env.before_20260614t020000z'), 'SECRET=1');
	writeFileSync(join(below, 'notes.txt'), 'mine');
	await excludeCopiesFromGit(below);
	await excludeCopiesFromGit(below);
	expect(git('status', '--porcelain', '--untracked-files=all')).toBe('?? deploy/notes.txt\n');
	const lines = readFileSync(join(clone, '.git', 'info', 'exclude'), 'utf8').split('\n');
	expect(lines.filter(line => line === '*.before-[0-9]*')).toHaveLength(1);
});

test('outside a clone nothing is written', async () => {
	await expect(excludeCopiesFromGit(mkdtempSync(join(tmpdir(), 'lifeboat-no-clone-')))).resolves.toBeUndefined();
});
