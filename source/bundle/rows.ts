import {inflateSync} from 'node:zlib';
import {decompress} from 'fzstd';
import {AppError} from '../errors.js';
import type {ArchiveCompression} from '../postgres/archive.js';
import {gunzip, inflate, unzstd} from './decompress.js';

type Chunks = AsyncGenerator<Buffer, void, void>;

/** Small pieces are decoded at once: a decoder of their own for each of a hundred thousand large objects takes too long. */
const smallBytes = 16 * 1024;

/** Whether the data of an archive can be decoded without PostgreSQL's programs. */
export function canDecode(compression: ArchiveCompression): boolean {
	return compression !== 'lz4';
}

/** The plain bytes of a piece of data. In the custom format gzip stands without its header and trailer, as zlib; in the directory format it is a file of gzip. */
export async function* decodeData(chunks: Chunks, compression: ArchiveCompression | 'gzip file', path: string): Chunks {
	if (compression === 'none' || compression === 'lz4') return yield* chunks;
	if (compression === 'gzip file') return yield* gunzip(chunks, path);
	const begin: Buffer[] = [];
	let bytes = 0;
	for (;;) {
		const next = await chunks.next();
		if (next.done) {
			const plain = decodeSmall(Buffer.concat(begin), compression, path);
			if (plain.length > 0) yield plain;
			return;
		}

		// The reader's buffer is used again: what is kept has to be a copy.
		begin.push(Buffer.from(next.value));
		bytes += next.value.length;
		if (bytes > smallBytes) break;
	}

	async function* all(): Chunks {
		yield* begin;
		yield* chunks;
	}

	yield* compression === 'zstd' ? unzstd(all(), path) : inflate(all(), path);
}

function decodeSmall(packed: Buffer, compression: 'gzip' | 'zstd', path: string): Buffer {
	if (packed.length === 0) return packed;
	try {
		return compression === 'gzip'
			? inflateSync(packed, {maxOutputLength: 2048 * smallBytes})
			: Buffer.from(decompress(packed));
	} catch (error) {
		throw new AppError('bundle-damaged', `${path} is damaged: compressed data in it are altered`, {
			hint: 'Use another backup or another copy of this one; nothing was changed',
			cause: error,
		});
	}
}

const copyEnd = Buffer.from('\\.\n\n\n');

/**
 * Counts the rows in the data of a table, as pg_dump writes them: a line for each, then `\.` and two empty lines.
 * Null when they are INSERT statements. Throws AppError bundle-damaged when the end is missing.
 */
export async function countCopyRows(chunks: Chunks, table: string, path: string): Promise<number | null> {
	let lines = 0;
	let begin = Buffer.alloc(0);
	let tail = Buffer.alloc(0);
	for await (const chunk of chunks) {
		for (let at = chunk.indexOf(0x0a); at !== -1; at = chunk.indexOf(0x0a, at + 1)) lines++;
		if (begin.length < 12) begin = Buffer.concat([begin, chunk.subarray(0, 12)]);
		tail = Buffer.from(Buffer.concat([tail, chunk.subarray(-copyEnd.length)]).subarray(-copyEnd.length));
	}

	if (tail.equals(copyEnd)) return lines - 3;
	if (begin.toString('latin1', 0, 11) === 'INSERT INTO' || lines === 0 || begin.toString('latin1').trim() === '')
		return null;
	throw new AppError('bundle-damaged', `${path} is damaged: the rows of ${table} do not come to their end`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
	});
}
