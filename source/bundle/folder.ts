import {randomUUID} from 'node:crypto';
import {chmod, link, mkdir, open, readdir, rename, rm, stat, unlink, writeFile} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {AppError} from '../errors.js';
import {checkLiveness, currentProcess} from '../journal/process-identity.js';
import {errnoOf, toWriteError} from './file-errors.js';
import {parseBundleName} from './names.js';

const ignoreFile = '.gitignore';
const ignoreText = '# Backups hold secrets: they never go into the repository.\n*\n';
const partialPattern = /^\.(?<name>.+)\.(?<tag>[0-9a-f]{8}-[0-9a-f]{8}-\d+-\d+)\.(?:[0-9a-f]+)\.partial$/u;
/** A partial file of another machine is left alone until nobody can be writing it any more. */
const abandonedAfterMs = 7 * 24 * 3_600_000;

/**
 * Makes sure that a folder for backups exists: 0700, with a `.gitignore` of its own. Creates the last folder of the path only, so that
 * a typing error or an unmounted disk is told instead of filled. A folder with other people's files in it is left as it is.
 * Throws AppError disk-full or output-unwritable.
 */
export async function prepareFolder(folder: string): Promise<void> {
	try {
		const isNew = await createFolder(folder);
		if (!isNew && !(await isOurs(folder))) return;
		await chmod(folder, 0o700);
		await writeFile(join(folder, ignoreFile), ignoreText, {flag: 'wx', mode: 0o600});
	} catch (error) {
		if (errnoOf(error) === 'EEXIST') return;
		throw toWriteError(error, join(folder, ignoreFile));
	}
}

async function createFolder(folder: string): Promise<boolean> {
	try {
		await mkdir(folder, {mode: 0o700});
		return true;
	} catch (error) {
		if (errnoOf(error) !== 'EEXIST') throw folderError(error, folder);
	}

	if ((await stat(folder)).isDirectory()) return false;
	throw new AppError('output-unwritable', `${folder} is a file, not a folder`, {hint: 'Choose a folder with --output'});
}

function folderError(error: unknown, folder: string): unknown {
	if (errnoOf(error) !== 'ENOENT') return toWriteError(error, folder);
	return new AppError('output-unwritable', `The folder ${dirname(resolve(folder))} does not exist`, {
		hint: 'Create it (or mount the disk that it lies on), or choose another folder with --output',
		fix: ['mkdir', '-p', folder],
		cause: error,
	});
}

/** A folder that holds nothing but backups, belongs to us and is no mount point. */
async function isOurs(folder: string): Promise<boolean> {
	const [own, parent] = await Promise.all([stat(folder), stat(dirname(resolve(folder)))]);
	if (own.uid !== process.getuid?.() || own.dev !== parent.dev) return false;
	const names = await readdir(folder);
	return names.every(name => name === ignoreFile || partialPattern.test(name) || parseBundleName(name) !== undefined);
}

/** Path for a file that is being written: hidden, beside its final path, with the identity of this process in its name. */
export function partialPath(finalFolder: string, name: string): string {
	return join(finalFolder, `.${name}.${currentProcess().tag}.${randomUUID().slice(0, 8)}.partial`);
}

/** Removes what killed runs left behind in a folder of backups. Returns the names that were removed; a folder that is not there has none. */
export async function cleanPartials(folder: string, now: number): Promise<readonly string[]> {
	const removed: string[] = [];
	for (const name of await listNames(folder)) {
		const tag = partialPattern.exec(name)?.groups?.['tag'];
		if (tag === undefined || !(await isLeftOver(join(folder, name), tag, now))) continue;
		await rm(join(folder, name), {force: true, recursive: true});
		removed.push(name);
	}

	return removed;
}

async function isLeftOver(path: string, tag: string, now: number): Promise<boolean> {
	const liveness = checkLiveness(tag);
	if (liveness !== 'unknown') return liveness === 'dead';
	const {mtimeMs} = await stat(path);
	return now - mtimeMs > abandonedAfterMs;
}

async function listNames(folder: string): Promise<readonly string[]> {
	try {
		return await readdir(folder);
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return [];
		throw toWriteError(error, join(folder, '.'));
	}
}

/**
 * Gives a finished file its final name, atomically and without ever replacing a file; returns false when the name is taken.
 * A hard link can do both; file systems without them (exFAT, SMB) get a look and a rename.
 */
export async function publishFile(from: string, to: string): Promise<boolean> {
	try {
		await link(from, to);
		await unlink(from);
	} catch (error) {
		const code = errnoOf(error);
		if (code === 'EEXIST') return false;
		if (!['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EACCES'].includes(code ?? '')) throw error;
		if (await exists(to)) return false;
		await rename(from, to);
	}

	await syncFolder(dirname(to));
	return true;
}

async function exists(path: string): Promise<boolean> {
	try {
		await stat(path);
		return true;
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return false;
		throw error;
	}
}

/** Makes names in a folder survive a power cut. Some file systems refuse to sync a folder: they have nothing better. */
export async function syncFolder(folder: string): Promise<void> {
	const handle = await open(folder, 'r');
	try {
		await handle.sync();
	} catch (error) {
		if (!['EINVAL', 'ENOTSUP', 'EPERM', 'EBADF'].includes(errnoOf(error) ?? '')) throw error;
	} finally {
		await handle.close();
	}
}
