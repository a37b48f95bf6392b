import {randomUUID} from 'node:crypto';
import {open, rename, unlink} from 'node:fs/promises';
import {dirname} from 'node:path';
import {syncFolder} from '../bundle/folder.js';

/** Replaces a file (0600) so that after a power cut either the old or the new text is there, never a part. */
export async function writeDurably(path: string, text: string): Promise<void> {
	const temporary = `${path}.${randomUUID().slice(0, 8)}.new`;
	const handle = await open(temporary, 'wx', 0o600);
	try {
		await handle.writeFile(text);
		await handle.sync();
	} finally {
		await handle.close();
	}

	await rename(temporary, path);
	await syncFolder(dirname(path));
}

/** Removes a file for good; one that is not there is fine. */
export async function removeDurably(path: string): Promise<void> {
	try {
		await unlink(path);
	} catch (error) {
		if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
		return;
	}

	await syncFolder(dirname(path));
}
