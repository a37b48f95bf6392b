import {AppError, isAppError} from '../errors.js';
import {type ArchiveToc, readArchiveToc} from '../postgres/archive.js';
import {ByteReader} from './byte-reader.js';
import {selectBytes} from './ranges.js';

/** A piece of data in an archive of the custom format: the rows of a table, or one large object. Still compressed. */
export type ArchiveBlock = {
	/** Id of its entry in the table of contents. */
	readonly entry: number;
	readonly isLargeObject: boolean;
	/** To be read to its end before the next block is asked for. */
	readonly data: AsyncGenerator<Buffer, void, void>;
};

const rowsBlock = 1;
const largeObjectsBlock = 3;
/** Sign of the number of entries, with which a table of contents begins. */
const listAgain = 0;
/** Position of the byte that gives the width of integers. */
const integerBytesAt = 8;

/**
 * Walks through the data of an archive in the custom format (pg_backup_custom.c: a byte for the type, the entry's id, then chunks with their
 * length in front up to one of length zero). Throws AppError bundle-damaged when it ends in between or makes no sense.
 */
export async function* readBlocks(
	chunks: AsyncIterable<Buffer>,
	toc: ArchiveToc,
	path: string,
): AsyncGenerator<ArchiveBlock, void, void> {
	const head = Buffer.alloc(toc.bytes);
	async function* watched() {
		let position = 0;
		for await (const chunk of chunks) {
			if (position < head.length) chunk.copy(head, position);
			position += chunk.length;
			yield chunk;
		}
	}

	const reader = new ByteReader(selectBytes(watched(), {start: toc.bytes, end: Number.POSITIVE_INFINITY}, []));
	const integer = async () => {
		const integerBytes = head[integerBytesAt] ?? 4;
		const bytes = await reader.take(integerBytes + 1);
		if (bytes === undefined) throw damaged(path, 'it is cut short inside its data');
		const value = bytes.readUIntLE(1, Math.min(integerBytes, 6));
		return bytes[0] === 0 ? value : -value;
	};
	async function* pieces() {
		for (let left = await integer(); left !== 0; left = await integer()) {
			if (left < 0) throw damaged(path, 'a chunk of its data has a negative length');
			while (left > 0) {
				const piece = await reader.takeSome(left);
				if (piece === undefined) throw damaged(path, 'it is cut short inside its data');
				left -= piece.length;
				yield piece;
			}
		}
	}

	try {
		for (let type = await reader.take(1); type !== undefined; type = await reader.take(1)) {
			if (type[0] === listAgain) {
				if (!repeatsToc(toc, head, await readRest(reader, type, toc.bytes)))
					throw damaged(path, 'a block of its data has an unknown type');
				return;
			}

			const entry = await integer();
			if (type[0] === rowsBlock) {
				yield {entry, isLargeObject: false, data: pieces()};
			} else if (type[0] === largeObjectsBlock) {
				while ((await integer()) !== 0) yield {entry, isLargeObject: true, data: pieces()};
				yield {entry, isLargeObject: true, data: nothing()};
			} else {
				throw damaged(path, 'a block of its data has an unknown type');
			}
		}
	} finally {
		await reader.close();
	}
}

/** What is left of the archive, as far as it is of interest: one byte more than `most`. */
async function readRest(reader: ByteReader, begin: Buffer, most: number): Promise<Buffer> {
	const pieces = [Buffer.from(begin)];
	for (let left = most; left > 0; ) {
		const piece = await reader.takeSome(left);
		if (piece === undefined) break;
		pieces.push(Buffer.from(piece));
		left -= piece.length;
	}

	return Buffer.concat(pieces);
}

/**
 * From 16 on `pg_dump -Fc >file` opens its output to append, so the table of contents that it writes again at the end, now with the positions of
 * the data, does not replace the first one but follows the data (measured with 17.11). pg_restore never looks there.
 */
function repeatsToc(toc: ArchiveToc, head: Buffer, rest: Buffer): boolean {
	if (rest.length >= head.length) return false;
	try {
		const again = readArchiveToc(Buffer.concat([head.subarray(0, head.length - rest.length), rest]));
		return again?.bytes === head.length && JSON.stringify(again.entries) === JSON.stringify(toc.entries);
	} catch (error) {
		if (isAppError(error)) return false;
		throw error;
	}
}

async function* nothing(): AsyncGenerator<Buffer, void, void> {}

function damaged(path: string, what: string): AppError {
	return new AppError('bundle-damaged', `${path} is damaged: ${what}`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
	});
}
