import {readFile, stat} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {BundleWriter} from '../../bundle/bundle-writer.js';
import {nameConfigPart} from '../../bundle/config-files.js';
import {errnoOf} from '../../bundle/file-errors.js';
import type {Operation} from '../../operation.js';
import type {Stack} from '../../stack/stack.js';
import type {LeftOut} from './select-servers.js';

/** A configuration file is small; what is larger is data under a wrong name. */
const largestFile = 64 * 1024 * 1024;

/** Paths under `config/`, without that prefix, of what went into the bundle; and what could not be read. */
export type AddedConfig = {
	readonly composeFiles: readonly string[];
	readonly envFiles: readonly string[];
	readonly leftOut: readonly LeftOut[];
};

/** Adds compose files, env files, and the files behind secrets and configs. A file that cannot be read is told, not fatal: the data matters more. */
export async function* addConfig(stack: Stack, writer: BundleWriter): Operation<AddedConfig> {
	const step = 'config';
	yield {type: 'step-started', step, title: 'Save compose files and env files', canCancel: true};
	const leftOut: LeftOut[] = [];
	const added = new Set<string>();
	const addAll = async (files: readonly string[]) => {
		const names: string[] = [];
		for (const file of files) {
			const part = nameConfigPart(file, stack.directory);
			const why = added.has(part) ? undefined : await addFile(writer, resolve(stack.directory, file), part);
			if (why === undefined) {
				added.add(part);
				names.push(part.slice('config/'.length));
			} else {
				leftOut.push({what: `File ${file}`, why});
			}
		}

		return names;
	};
	const composeFiles = await addAll(stack.composeFiles.filter(file => file !== '-'));
	const envFiles = await addAll(stack.envFiles);
	await addAll(stack.secretFiles);
	for (const one of leftOut) yield {type: 'warning', message: `${one.what} is not in the backup: ${one.why}`};
	yield {type: 'step-finished', step, note: added.size === 1 ? '1 file' : `${added.size} files`};
	return {composeFiles, envFiles, leftOut};
}

async function addFile(writer: BundleWriter, path: string, part: string): Promise<string | undefined> {
	try {
		const {size, mode} = await stat(path);
		if (size > largestFile) return `it is larger than ${largestFile / 1024 ** 2} MiB`;
		const content = await readFile(path);
		await writer.addBytes(part, 'config', content, mode & 0o777);
		return undefined;
	} catch (error) {
		const code = errnoOf(error);
		if (code === 'ENOENT' || code === 'ENOTDIR') return 'it does not exist';
		if (code === 'EACCES' || code === 'EPERM') return 'permission is denied';
		if (code === 'EISDIR') return 'it is a folder';
		throw error;
	}
}
