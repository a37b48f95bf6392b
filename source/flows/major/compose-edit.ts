import {createHash} from 'node:crypto';
import {readFile, rm, writeFile} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {Compose, ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import {redactText} from '../../redaction.js';
import {editService, findHolds, type ServiceEdit} from '../../stack/edit-service.js';
import {editOverride, type OverrideEdit} from '../../stack/override-file.js';
import {diffTexts} from '../../stack/text-diff.js';

/** How one file is changed; made again from its text at the run, so that the plan holds no text of the user's. */
type FileEdit = {
	readonly path: string;
	/** Digest of the text that the diff was made from; null for a file that did not exist. */
	readonly before: string | null;
	readonly edit: ServiceEdit | OverrideEdit;
	readonly kind: 'compose' | 'override';
};

export type PlannedEdit = {readonly files: readonly FileEdit[]; readonly diff: readonly string[]};

/** Texts of one file before and after; `before` is null when there was none. Not for the screen: compose files may hold secrets. */
export type EditedFile = {readonly path: string; readonly before: string | null; readonly after: string};

/**
 * Plans how the stack's own files say the new image and mount: in the file that says them now, the last one where several do.
 * Throws AppError preflight-failed when no file says them in plain words.
 */
export async function planFileEdit(target: ComposeTarget, edit: ServiceEdit, directory: string): Promise<PlannedEdit> {
	const texts = await Promise.all(target.files.map(async path => ({path, text: await readText(path)})));
	const holding = texts.flatMap(({path, text}) => (text === null ? [] : [{path, text, holds: findHolds(text, edit)}]));
	const image = holding.findLast(({holds}) => holds.image);
	const mount = holding.findLast(({holds}) => holds.mount) ?? image ?? holding.findLast(({holds}) => holds.service);
	if ((edit.image !== null && image === undefined) || (edit.mount !== null && mount === undefined))
		throw notPlain(edit.service);
	const paths = [...new Set([image?.path, mount?.path])].filter(path => path !== undefined);
	const files = paths.flatMap((path): FileEdit[] => {
		const text = holding.find(one => one.path === path)?.text ?? '';
		const own: ServiceEdit = {
			service: edit.service,
			image: path === image?.path ? edit.image : null,
			mount: path === mount?.path ? edit.mount : null,
			volume: path === mount?.path ? edit.volume : null,
		};
		return own.image === null && own.mount === null && own.volume === null
			? []
			: [{path, before: digest(text), edit: own, kind: 'compose'}];
	});
	return withDiff(files, directory);
}

/** Plans an override file, beside the compose file, that Compose reads by itself. Throws AppError usage where it would not. */
export async function planOverrideEdit(
	target: ComposeTarget,
	edit: OverrideEdit,
	directory: string,
): Promise<{readonly edit: PlannedEdit; readonly target: ComposeTarget}> {
	const [main, second, ...more] = target.files;
	const match = /^(docker-compose|compose)\.ya?ml$/.exec(basename(main ?? ''));
	const isOverride = (path: string | undefined) => path !== undefined && /\.override\.ya?ml$/.test(path);
	if (main === undefined || match === null || more.length > 0 || (second !== undefined && !isOverride(second)))
		throw new AppError('usage', 'An override file is read only beside a compose file of the usual name, without -f', {
			hint: 'Leave --override out: the change of the compose file is small and shown before',
		});
	const path = second ?? join(dirname(main), `${match[1]}.override.yml`);
	const text = await readText(path);
	const file: FileEdit = {path, before: text === null ? null : digest(text), edit, kind: 'override'};
	return {
		edit: await withDiff([file], directory),
		target: {...target, files: [main, path]},
	};
}

async function withDiff(files: readonly FileEdit[], directory: string): Promise<PlannedEdit> {
	const edited = await Promise.all(files.map(readEdited));
	const name = (path: string) => (path.startsWith(`${directory}/`) ? path.slice(directory.length + 1) : path);
	return {
		files,
		diff: edited.flatMap(({path, before, after}) =>
			diffTexts(name(path), before, after, line => redactText(line, [], {mailAddresses: false})),
		),
	};
}

/** The files of a plan with their texts before and after. Throws AppError preflight-failed when one has changed since the plan was made. */
export async function readEdits(planned: PlannedEdit): Promise<readonly EditedFile[]> {
	return Promise.all(planned.files.map(readEdited));
}

async function readEdited(file: FileEdit): Promise<EditedFile> {
	const before = await readText(file.path);
	if ((before === null ? null : digest(before)) !== file.before)
		throw new AppError('preflight-failed', `${file.path} has changed since the plan was made`, {
			hint: 'Look at the plan once more',
		});
	const after =
		file.kind === 'override' ? editOverride(before, file.edit as OverrideEdit) : editService(before ?? '', file.edit);
	if (after === undefined) throw notPlain(file.edit.service);
	return {path: file.path, before, after};
}

/**
 * Lets Docker Compose read the files as they will be, from copies beside them that go away again: what they include is found from there.
 * Throws compose-file-invalid with what it says.
 * @param id of the run: whoever puts right what a killed one left finds its copies by it.
 */
export async function checkEdits(
	id: string,
	edits: readonly EditedFile[],
	target: ComposeTarget,
	compose: Pick<Compose, 'config'>,
	signal: AbortSignal,
): Promise<void> {
	const copies = new Map<string, string>();
	try {
		for (const {path, after} of edits) {
			const copy = copyFor(id, path);
			copies.set(path, copy);
			await writeFile(copy, after, {mode: 0o600});
		}

		await compose.config({...target, files: target.files.map(file => copies.get(file) ?? file)}, {}, signal);
	} finally {
		await removeCopies(
			id,
			edits.map(edit => edit.path),
		);
	}
}

/** Removes the copies that a check has made; safe to repeat. */
export async function removeCopies(id: string, paths: readonly string[]): Promise<void> {
	for (const path of paths) await rm(copyFor(id, path), {force: true});
}

function copyFor(id: string, path: string): string {
	return join(dirname(path), `.lifeboat-${id}-${basename(path)}`);
}

async function readText(path: string): Promise<string | null> {
	try {
		return await readFile(path, 'utf8');
	} catch (error) {
		if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
		throw error;
	}
}

const digest = (text: string) => createHash('sha256').update(text).digest('hex');

function notPlain(service: string): AppError {
	return new AppError(
		'preflight-failed',
		`No compose file says image and volume of ${service} in a way that can be edited`,
		{
			hint: 'They come from an anchor, an included file or a build: let Lifeboat write an override file with --override',
		},
	);
}
