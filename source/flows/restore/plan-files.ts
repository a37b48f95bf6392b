import {createHash} from 'node:crypto';
import {readFile} from 'node:fs/promises';
import {relative} from 'node:path';
import {locateConfigPart} from '../../bundle/config-files.js';
import {errnoOf, toReadError} from '../../bundle/file-errors.js';
import type {Manifest, ManifestPart} from '../../bundle/manifest.js';

/** A file of the backup's configuration that is not here, or is here with another content. */
export type PlannedFile = {
	readonly part: string;
	/** Absolute path. */
	readonly path: string;
	/** As people know it: relative to the folder of the stack. */
	readonly name: string;
	readonly mode: number;
	/** Where the present content is kept; null when there is none. */
	readonly former: string | null;
};

export type FilesPlan = {
	readonly files: readonly PlannedFile[];
	/** Paths outside of the folder of the stack, where a file from elsewhere must not write: they are named, and left to the user. */
	readonly elsewhere: readonly string[];
};

/** Permissions of files whose own were not recorded: what may hold a secret is for its owner alone. */
const openMode = 0o644;
const secretMode = 0o600;

/** Compares the configuration in a backup with what lies in a folder. Only reads. `id` names what is kept of the present content. */
export async function planFiles(manifest: Manifest, directory: string, id: string): Promise<FilesPlan> {
	const files: PlannedFile[] = [];
	const elsewhere: string[] = [];
	for (const part of manifest.parts) {
		const path = locateConfigPart(part.path, directory);
		if (path === undefined) continue;
		const name = relative(directory, path);
		if (name.startsWith('..')) {
			elsewhere.push(path);
			continue;
		}

		const present = await readDigest(path);
		if (present === part.sha256) continue;
		files.push({
			part: part.path,
			path,
			name,
			mode: chooseMode(manifest, part, name),
			former: present === null ? null : `${path}.before_${id}`,
		});
	}

	return {files, elsewhere};
}

function chooseMode(manifest: Manifest, part: ManifestPart, name: string): number {
	if (manifest.composeFiles.includes(name)) return part.mode ?? openMode;
	if (manifest.envFiles.includes(name)) return secretMode;
	return part.mode ?? secretMode;
}

async function readDigest(path: string): Promise<string | null> {
	try {
		return createHash('sha256')
			.update(await readFile(path))
			.digest('hex');
	} catch (error) {
		if (['ENOENT', 'ENOTDIR'].includes(errnoOf(error) ?? '')) return null;
		throw toReadError(error, path);
	}
}
