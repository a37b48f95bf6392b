import {createReadStream} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {extract} from 'tar-stream';
import {AppError} from '../errors.js';
import type {ArchiveCompression, ArchiveToc} from '../postgres/archive.js';
import {readBlocks} from './custom-blocks.js';
import {toReadError} from './file-errors.js';

type Chunks = AsyncGenerator<Buffer, void, void>;

/** Data of an entry of an archive, whatever its format: rows of a table, or a large object. To be read to its end before the next one is asked for. */
export type ArchivePiece = {
	readonly entry: number;
	readonly isLargeObject: boolean;
	readonly data: Chunks;
	readonly compression: ArchiveCompression | 'gzip file';
};

/** Pieces of a dump in the custom format. */
export async function* readCustomPieces(
	chunks: Chunks,
	toc: ArchiveToc,
	path: string,
): AsyncGenerator<ArchivePiece, void, void> {
	for await (const block of readBlocks(chunks, toc, path)) yield {...block, compression: toc.compression};
}

/** Pieces of a dump in the tar format; its last file is restore.sql. */
export async function* readTarPieces(
	chunks: Chunks,
	toc: ArchiveToc,
	path: string,
): AsyncGenerator<ArchivePiece, void, void> {
	const unpack = extract();
	const input = Readable.from(chunks, {highWaterMark: 2});
	input.once('error', error => unpack.destroy(error));
	input.pipe(unpack);
	let last = '';
	try {
		for await (const file of unpack) {
			last = file.header.name;
			const piece = describeFile(last, toc);
			if (piece === undefined) await drain(file as AsyncIterable<Buffer>);
			else yield {...piece, data: readTarFile(file as AsyncIterable<Buffer>, path), compression: 'none'};
		}
	} catch (error) {
		throw tarDamage(path, error);
	} finally {
		input.destroy();
		unpack.destroy();
	}

	if (last !== 'restore.sql') throw damaged(path, 'it is cut short: restore.sql, the last file in it, is missing');
}

/** The files of a dump in the directory format, wherever they lie. */
export type DumpFiles = {
	/** For messages. */
	readonly path: string;
	readonly names: readonly string[];
	readonly open: (name: string) => Chunks;
};

/** The files of a folder. */
export async function listFolder(folder: string): Promise<DumpFiles> {
	return {path: folder, names: (await readdir(folder)).sort(), open: name => readChunks(join(folder, name))};
}

/** Pieces of a dump in the directory format. Throws AppError bundle-damaged when a file that its lists name is missing. */
export async function* readFolderPieces(files: DumpFiles, toc: ArchiveToc): AsyncGenerator<ArchivePiece, void, void> {
	for (const name of files.names) {
		const piece = describeFile(name, toc);
		if (piece === undefined) continue;
		if (/\.toc$/u.test(name)) await checkLargeObjects(files, name);
		yield {...piece, data: files.open(name), compression: compressionOf(name)};
	}
}

/** `3021.dat.gz` holds the rows of entry 3021, `blob_16405.dat` a large object, `blobs.toc` (before 17) or `blobs_3050.toc` lists those of an entry. */
function describeFile(name: string, toc: ArchiveToc): Pick<ArchivePiece, 'entry' | 'isLargeObject'> | undefined {
	const rows = /^(?<entry>\d+)\.dat(?:\.\w+)?$/u.exec(name)?.groups?.['entry'];
	if (rows !== undefined) return {entry: Number(rows), isLargeObject: false};
	const list = /^blobs_(?<entry>\d+)\.toc(?:\.\w+)?$/u.exec(name)?.groups?.['entry'];
	if (list !== undefined) return {entry: Number(list), isLargeObject: true};
	if (!/^(?:blobs\.toc|blob_\d+\.dat)(?:\.\w+)?$/u.test(name)) return undefined;
	return {entry: toc.entries.find(entry => entry.kind === 'BLOBS')?.id ?? 0, isLargeObject: true};
}

async function checkLargeObjects(files: DumpFiles, list: string): Promise<void> {
	const names = new Set(files.names);
	let text = '';
	for await (const chunk of files.open(list)) text += chunk.toString('utf8');
	for (const line of text.split('\n')) {
		const file = line.split(' ')[1];
		if (file === undefined || ['', '.gz', '.lz4', '.zst'].some(suffix => names.has(file + suffix))) continue;
		throw damaged(files.path, `the file ${file} of a large object is missing`);
	}
}

function compressionOf(name: string): ArchivePiece['compression'] {
	if (name.endsWith('.gz')) return 'gzip file';
	if (name.endsWith('.zst')) return 'zstd';
	return name.endsWith('.lz4') ? 'lz4' : 'none';
}

async function* readChunks(path: string): Chunks {
	try {
		yield* createReadStream(path, {highWaterMark: 256 * 1024}) as AsyncIterable<Buffer>;
	} catch (error) {
		throw toReadError(error, path);
	}
}

async function* readTarFile(file: AsyncIterable<Buffer>, path: string): Chunks {
	try {
		yield* file;
	} catch (error) {
		throw tarDamage(path, error);
	}
}

/** Errors of what the tar lies in (gzip, the disk) stay; those of the tar itself have no code. */
function tarDamage(path: string, error: unknown): unknown {
	return error instanceof AppError ? error : damaged(path, 'it is cut short, or altered', error);
}

async function drain(chunks: AsyncIterable<Buffer>): Promise<void> {
	for await (const _ of chunks);
}

function damaged(path: string, what: string, cause?: unknown): AppError {
	return new AppError('bundle-damaged', `${path} is damaged: ${what}`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
		cause,
	});
}
