import {execFileSync} from 'node:child_process';
import {mkdirSync} from 'node:fs';
import {afterAll} from 'vitest';

/** A tmpfs of 2 MB; undefined where it cannot be mounted. */
export function mountSmallDisk(folder: string): string | undefined {
	if (process.getuid?.() !== 0) return undefined;
	mkdirSync(folder);
	try {
		execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', folder], {stdio: 'ignore'});
	} catch {
		return undefined;
	}

	afterAll(() => execFileSync('umount', [folder]));
	return folder;
}
