import {AppError} from '../errors.js';
import type {ByteSource} from './byte-source.js';
import {manifestPath} from './manifest.js';
import {headBytes, recognise} from './recognise.js';
import {refuse} from './refusals.js';
import {type ArchiveEntry, readEntry, readZipDirectory, show} from './zip-directory.js';

export type DumpInZip = {
	/** For people: `in a zip`, `backup of Tracearr`. */
	readonly label: string;
	readonly open: () => AsyncGenerator<Buffer, void, void>;
};

/**
 * Finds the one dump in a zip that is not a bundle of ours; undefined when the zip has a manifest and so is to be opened as a bundle.
 * Tracearr packs `metadata.json` with a dump in the custom format. Throws AppError bundle-unreadable when there is none, or more than one.
 */
export async function findDumpInZip(source: ByteSource): Promise<DumpInZip | undefined> {
	const entries = await readZipDirectory(source);
	if (entries.some(entry => entry.path === manifestPath)) return undefined;
	const dumps: ArchiveEntry[] = [];
	for (const entry of entries) {
		if (entry.path.startsWith('__MACOSX/') || entry.path.endsWith('.json')) continue;
		const content = recognise(await readBegin(source, entry), entry.path);
		if (!(content instanceof AppError) && ['custom', 'tar', 'sql', 'gzip', 'zstd'].includes(content)) dumps.push(entry);
	}

	const [dump, other] = dumps;
	if (dump === undefined) {
		throw refuse(
			source.path,
			'is a zip without a finished backup or a dump in it',
			'Name a backup made by Lifeboat, or a dump made by pg_dump',
		);
	}

	if (other !== undefined) {
		throw refuse(
			source.path,
			`is a zip with several dumps in it (${show(dump.path)}, ${show(other.path)})`,
			'Unpack it, and name one of them',
			['unzip', source.path],
		);
	}

	const isTracearr =
		entries.length === 2 && entries.some(entry => entry.path === 'metadata.json') && dump.path === 'database.dump';
	return {label: isTracearr ? 'backup of Tracearr' : 'in a zip', open: () => readEntry(source, dump)};
}

async function readBegin(source: ByteSource, entry: ArchiveEntry): Promise<Buffer> {
	let begin = Buffer.alloc(0);
	for await (const chunk of readEntry(source, entry)) {
		begin = Buffer.concat([begin, chunk]);
		if (begin.length >= headBytes) break;
	}

	return begin.subarray(0, headBytes);
}
