import {randomBytes} from 'node:crypto';
import {chmod, chown, open, readFile, realpath, rename, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {AppError} from '../errors.js';
import {excludeCopiesFromGit} from './git-exclude.js';

/**
 * Replaces the content of a file in one step, so that a crash leaves the old content or the new one: written beside it and renamed.
 * Mode and owner stay, a symbolic link stays a link; a new file is for its owner alone (0600), as it may hold secrets, unless `mode` says otherwise.
 * Throws output-unwritable.
 */
export async function saveFile(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
	const place = await realpath(path).catch(() => path);
	const before = await stat(place).catch(() => undefined);
	const temporary = join(dirname(place), `.lifeboat-${randomBytes(6).toString('hex')}`);
	try {
		const file = await open(temporary, 'wx', 0o600);
		try {
			await file.writeFile(content);
			await file.sync();
		} finally {
			await file.close();
		}

		if (before === undefined) await chmod(temporary, mode);
		else {
			await chmod(temporary, before.mode & 0o7777);
			// Only root may give a file away; whoever may write the folder but does not own the file becomes its owner.
			await chown(temporary, before.uid, before.gid).catch(() => {});
		}

		await rename(temporary, place);
	} catch (cause) {
		await rm(temporary, {force: true});
		throw new AppError('output-unwritable', `${path} cannot be written`, {
			hint: 'Check the permissions of its folder and the free space there',
			fix: ['ls', '-ld', dirname(place), place],
			cause,
		});
	}
}

/** Keeps a copy of a file, with its mode, safe on the disk when this returns, and out of commits where it stands in a clone. Throws output-unwritable. */
export async function keepCopy(path: string, copy: string): Promise<void> {
	await excludeCopiesFromGit(dirname(copy));
	const {mode} = await stat(path);
	await saveFile(copy, await readFile(path), mode & 0o7777);
}
