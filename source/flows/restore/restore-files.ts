import {mkdir, readFile, rm} from 'node:fs/promises';
import {dirname} from 'node:path';
import {errnoOf, toReadError} from '../../bundle/file-errors.js';
import type {Operation} from '../../operation.js';
import {keepCopy, saveFile} from '../../stack/save-file.js';
import type {RestoreSource} from './open-source.js';
import type {PlannedFile} from './plan-files.js';

/** Writes the files of the plan, each in one step; what was there is kept beside it. Throws output-unwritable. */
export async function* writeFiles(files: readonly PlannedFile[], source: RestoreSource): Operation<void> {
	const step = 'files';
	yield {type: 'step-started', step, title: 'Write compose files and env files', canCancel: false};
	for (const [done, file] of files.entries()) {
		yield {type: 'step-progress', step, done, total: files.length, unit: 'items', current: file.name};
		const content = await readAll(source.openPart(file.part));
		await mkdir(dirname(file.path), {recursive: true});
		if (file.former !== null) await keepCopy(file.path, file.former);
		await saveFile(file.path, content, file.mode);
	}

	yield {type: 'step-finished', step, note: files.map(file => file.name).join(', ')};
}

/** Puts back what was there before. Does no harm where nothing was written. `keep` leaves what is there now beside it. */
export async function undoFiles(files: readonly PlannedFile[], keep: boolean): Promise<void> {
	for (const file of files) {
		if (file.former === null) {
			await rm(file.path, {force: true});
			continue;
		}

		const former = await readIfThere(file.former);
		if (former === undefined) continue;
		if (keep) await keepCopy(file.path, nameUndone(file.former));
		await saveFile(file.path, former);
		await rm(file.former, {force: true});
	}
}

/** Removes what was kept of the files. */
export async function dropFormerFiles(files: readonly PlannedFile[]): Promise<void> {
	for (const {former} of files) {
		if (former === null) continue;
		await rm(former, {force: true});
		await rm(nameUndone(former), {force: true});
	}
}

function nameUndone(former: string): string {
	return former.replace(/\.before_(?=[^.]*$)/, '.undone_');
}

async function readIfThere(path: string): Promise<Buffer | undefined> {
	try {
		return await readFile(path);
	} catch (error) {
		if (errnoOf(error) === 'ENOENT') return undefined;
		throw toReadError(error, path);
	}
}

async function readAll(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
	const all: Buffer[] = [];
	for await (const chunk of chunks) all.push(chunk);
	return Buffer.concat(all);
}
