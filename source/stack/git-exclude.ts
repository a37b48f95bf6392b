import {appendFile, mkdir, readFile, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';

/** Copies that Lifeboat leaves beside a file: `.env.before-20260614t020000z`, `.env.before_20260614t020000z`, and what an undo kept. */
const patterns = ['*.before-[0-9]*', '*.before_[0-9]*', '*.undone_[0-9]*'];

/**
 * Keeps Lifeboat's copies of files with secrets out of commits: a `.gitignore` with `.env` in it does not know them. Writes the clone's own
 * `.git/info/exclude` (gitignore(5)), which nobody else sees. Does nothing outside a clone, and never fails: the copy matters more.
 */
export async function excludeCopiesFromGit(directory: string): Promise<void> {
	try {
		const clone = await findClone(directory);
		if (clone === undefined) return;
		const folder = join(clone, '.git', 'info');
		const file = join(folder, 'exclude');
		const text = await readFile(file, 'utf8').catch(() => '');
		const missing = patterns.filter(pattern => !text.split('\n').includes(pattern));
		if (missing.length === 0) return;
		await mkdir(folder, {recursive: true});
		await appendFile(file, `${text === '' || text.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
	} catch {
		// A read-only clone: the outcome still says where the copy lies.
	}
}

async function findClone(directory: string): Promise<string | undefined> {
	for (let folder = directory; ; folder = dirname(folder)) {
		const found = await stat(join(folder, '.git')).catch(() => undefined);
		if (found?.isDirectory()) return folder;
		// A worktree or a submodule has a file there, and its exclude file lies elsewhere.
		if (found !== undefined || folder === dirname(folder)) return undefined;
	}
}
