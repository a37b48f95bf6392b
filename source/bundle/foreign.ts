import {lstat, open, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {AppError} from '../errors.js';
import type {ArchiveToc} from '../postgres/archive.js';
import type {ByteRange} from '../postgres/sql-listener.js';
import type {DecryptionKeys} from './age.js';
import {type ByteSource, openFileSource} from './byte-source.js';
import {gunzip, unzstd} from './decompress.js';
import {toReadError} from './file-errors.js';
import {manifestPath} from './manifest.js';
import {selectBytes, undoCrlf} from './ranges.js';
import {type Bundle, openBundle} from './read.js';
import {headBytes, recognise} from './recognise.js';
import {hasOnlyCrlf, refuse} from './refusals.js';
import {readToc} from './toc.js';
import {findDumpInZip} from './zip-dump.js';

/** A dump that Lifeboat did not pack, recognised by its content. */
export type ForeignDump = {
	readonly kind: 'foreign';
	readonly path: string;
	/** Size on the disk. */
	readonly bytes: number;
	readonly format: 'plain' | 'custom' | 'tar' | 'directory';
	/** For people: `plain SQL, gzip`. */
	readonly label: string;
	/** Table of contents of an archive; null for plain SQL. */
	readonly toc: ArchiveToc | null;
	/** File or folder in which pg_restore can seek; null when the dump has to be streamed. */
	readonly seekablePath: string | null;
	/** The dump itself, uncompressed, for psql or pg_restore. Not for the directory format. With a section only its bytes, without the ranges to drop. */
	openDump(options?: {
		readonly section?: ByteRange | undefined;
		readonly drop?: readonly ByteRange[] | undefined;
	}): Readable;
	/** The same bytes for one pass of reading. */
	scan(): AsyncGenerator<Buffer, void, void>;
	close(): Promise<void>;
};

export type BackupSource =
	| {readonly kind: 'bundle'; readonly path: string; readonly bundle: Bundle; close(): Promise<void>}
	| ForeignDump;

type Layer = {
	/** Plain bytes, from the begin, each time it is called. */
	readonly open: () => AsyncGenerator<Buffer, void, void>;
	/** What was taken off, outermost first: `gzip`, `in a zip`. */
	readonly wrapping: readonly string[];
};

const formatNames = {plain: 'plain SQL', custom: 'custom format', tar: 'tar format', directory: 'directory format'};
/** In a tar the table of contents is the first file. */
const tarHeaderBytes = 512;
/** A dump that was compressed twice is taken apart; deeper is no dump. */
const deepest = 3;

/**
 * Opens whatever can be restored from: a bundle, or a dump of any form of pg_dump and pg_dumpall. Reads the first bytes and the table of contents only.
 * Throws AppError: file-not-found; bundle-unreadable, which names what the file is instead; bundle-encrypted; bundle-damaged.
 */
export async function openSource(path: string, keys: DecryptionKeys = {}): Promise<BackupSource> {
	if (await isFolder(path)) return await openFolder(path);
	const source = await openFileSource(path);
	try {
		const found = await openContent(source, keys);
		if (found.kind === 'bundle') await source.close();
		return found;
	} catch (error) {
		await source.close();
		throw error;
	}
}

async function openContent(source: ByteSource, keys: DecryptionKeys): Promise<BackupSource> {
	const whole = () => source.stream(0, source.size);
	let layer: Layer = {open: whole, wrapping: []};
	for (let depth = 0; depth < deepest; depth++) {
		const head = await readHead(layer.open());
		if (depth > 0 && head.length === 0) throw emptyInside(source.path, layer.wrapping);
		const content = recognise(head, source.path);
		if (content instanceof AppError) throw content;
		if (content === 'custom' || content === 'tar' || content === 'sql')
			return await createDump(source, layer, content, head);
		if (depth === 0 && (content === 'age' || content === 'zip')) {
			const inside = content === 'zip' ? await findDumpInZip(source) : undefined;
			if (inside === undefined) return await openOwn(source.path, keys);
			layer = {open: inside.open, wrapping: [inside.label]};
			continue;
		}

		const {open} = layer;
		if (content === 'gzip') layer = {open: () => gunzip(open(), source.path), wrapping: [...layer.wrapping, 'gzip']};
		else if (content === 'zstd')
			layer = {open: () => unzstd(open(), source.path), wrapping: [...layer.wrapping, 'zstd']};
		else break;
	}

	throw refuse(source.path, 'is packed more than once in ways that no dump is', 'Unpack it, and name the dump');
}

async function openOwn(path: string, keys: DecryptionKeys): Promise<BackupSource> {
	const bundle = await openBundle(path, keys);
	return {kind: 'bundle', path, bundle, close: () => bundle.close()};
}

async function createDump(
	source: ByteSource,
	layer: Layer,
	content: 'custom' | 'tar' | 'sql',
	head: Buffer,
): Promise<ForeignDump> {
	const format = content === 'sql' ? 'plain' : content;
	const hasBom = content === 'sql' && head.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
	const hasCrlf = content === 'sql' && hasOnlyCrlf(head);
	const scan = () => {
		const bytes = hasBom ? selectBytes(layer.open(), undefined, [{start: 0, end: 3}]) : layer.open();
		return hasCrlf ? undoCrlf(bytes) : bytes;
	};
	const notes = [...layer.wrapping, ...(hasCrlf ? ['line ends of Windows'] : [])];
	return {
		kind: 'foreign',
		path: source.path,
		bytes: source.size,
		format,
		label: [formatNames[format], ...notes].join(', '),
		toc: content === 'sql' ? null : await readToc(layer.open(), source.path, content === 'tar' ? tarHeaderBytes : 0),
		seekablePath: content !== 'sql' && layer.wrapping.length === 0 ? source.path : null,
		openDump: ({section, drop} = {}) =>
			Readable.from(section === undefined && drop === undefined ? scan() : selectBytes(scan(), section, drop ?? []), {
				highWaterMark: 2,
			}),
		scan,
		close: () => source.close(),
	};
}

async function openFolder(path: string): Promise<ForeignDump> {
	const names = await readdir(path);
	if (names.includes('PG_VERSION') && names.includes('base')) {
		throw refuse(
			path,
			'is the data folder of a server, not a dump',
			'Start a server of the same version on it, and make a dump there',
		);
	}

	if (names.includes(manifestPath)) {
		throw refuse(
			path,
			'is an unpacked backup of Lifeboat',
			'Pack it again (from inside the folder), or follow RESTORE.md in it',
			['zip', '-r', '../backup.zip', '.'],
		);
	}

	if (!names.includes('toc.dat')) {
		throw refuse(
			path,
			'is a folder without a dump in it (no toc.dat)',
			'Name the backup file, or the folder that pg_dump -Fd wrote',
		);
	}

	const source = await openFileSource(join(path, 'toc.dat'));
	try {
		const toc = await readToc(source.stream(0, source.size), path);
		const sizes = await Promise.all(names.map(async name => (await lstat(join(path, name))).size));
		return {
			kind: 'foreign',
			path,
			bytes: sizes.reduce((sum, size) => sum + size, 0),
			format: 'directory',
			label: `${formatNames.directory}, ${toc.compression}`,
			toc,
			seekablePath: path,
			openDump: () => {
				throw new Error('a dump in the directory format is no stream: give its folder to pg_restore');
			},
			scan: () => {
				throw new Error('a dump in the directory format is no stream');
			},
			close: async () => {},
		};
	} finally {
		await source.close();
	}
}

async function isFolder(path: string): Promise<boolean> {
	try {
		const handle = await open(path, 'r');
		try {
			return (await handle.stat()).isDirectory();
		} finally {
			await handle.close();
		}
	} catch (error) {
		throw toReadError(error, path);
	}
}

async function readHead(chunks: AsyncGenerator<Buffer, void, void>): Promise<Buffer> {
	let head = Buffer.alloc(0);
	for await (const chunk of chunks) {
		head = Buffer.concat([head, chunk]);
		if (head.length >= headBytes) break;
	}

	return head.subarray(0, headBytes);
}

function emptyInside(path: string, wrapping: readonly string[]): AppError {
	return refuse(
		path,
		`holds nothing (${wrapping.at(-1) ?? 'packed'} of zero bytes): the dump that was piped into it failed`,
		'Use another backup; in a script, `set -o pipefail` makes such a failure show',
	);
}
