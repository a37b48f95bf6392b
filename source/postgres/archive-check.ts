import {AppError} from '../errors.js';
import {type ArchiveToc, isArchive, readArchiveToc} from './archive.js';

/** Follows an archive in the custom format as it streams by, and knows at its end whether it is whole. */
export type ArchiveCheck = {
	/** Takes the next bytes; throws bundle-damaged or bundle-unreadable as soon as they make no sense. */
	push(chunk: Buffer): void;
	/** Call at the end of the stream. Throws bundle-damaged when something is missing. */
	finish(): ArchiveToc;
	/** Known as soon as the table of contents has passed. */
	readonly toc: ArchiveToc | undefined;
	/** Blocks of data seen so far, and how many the table of contents announces. */
	readonly blocks: {readonly seen: number; readonly expected: number};
};

/** Rows of a table, and large objects (pg_backup_custom.c). */
const blockOfData = 1;
const blockOfLargeObjects = 3;

/**
 * pg_dump writes one block of data for each entry that announces data, each made of chunks with their length in front and closed by a length of
 * zero. So an archive that was cut anywhere either ends within a block or lacks one: both are seen without decompressing anything.
 * (`pg_restore --list` sees neither, for the table of contents stands in front.)
 */
export function createArchiveCheck(): ArchiveCheck {
	let toc: ArchiveToc | undefined;
	let head: Buffer[] = [];
	let headBytes = 0;
	let nextTry = 0;
	let walker: BlockWalker | undefined;

	const pushHead = (chunk: Buffer) => {
		head.push(chunk);
		headBytes += chunk.length;
		// A long table of contents is parsed again only when it has doubled.
		if (headBytes < nextTry) return;
		const bytes = head.length === 1 ? chunk : Buffer.concat(head);
		if (bytes.length >= 5 && !isArchive(bytes)) readArchiveToc(bytes);
		toc = bytes.length < 16 ? undefined : readArchiveToc(bytes);
		if (toc === undefined) {
			head = [bytes];
			nextTry = headBytes < 4096 ? headBytes + 1 : headBytes * 2;
			return;
		}

		head = [];
		walker = new BlockWalker(toc, integerBytesOf(bytes));
		walker.push(bytes.subarray(toc.bytes));
	};

	return {
		get toc() {
			return toc;
		},
		get blocks() {
			return {seen: walker?.seen.size ?? 0, expected: walker?.expected.size ?? 0};
		},
		push(chunk) {
			if (walker === undefined) pushHead(chunk);
			else walker.push(chunk);
		},
		finish() {
			if (walker === undefined && headBytes > 0) {
				const bytes = Buffer.concat(head);
				toc = readArchiveToc(bytes);
				if (toc !== undefined) {
					walker = new BlockWalker(toc, integerBytesOf(bytes));
					walker.push(bytes.subarray(toc.bytes));
				}
			}

			if (toc === undefined || walker === undefined) throw cutOff('it ends within its table of contents');
			walker.finish();
			return toc;
		},
	};
}

/** The header gives the width of its integers in the byte after the three of the version. */
function integerBytesOf(bytes: Buffer): number {
	return bytes[8] ?? 4;
}

/** Steps from chunk to chunk by their lengths; what the chunks hold is skipped. */
class BlockWalker {
	readonly expected: Set<number>;
	readonly seen = new Set<number>();
	readonly #integerBytes: number;
	#state: 'type' | 'id' | 'object' | 'length' = 'type';
	#insideObjects = false;
	#skip = 0;
	#pending = 0;
	#pendingBytes = 0;
	#negative = false;

	constructor(toc: ArchiveToc, integerBytes: number) {
		if (toc.format !== 'custom') throw new AppError('bundle-unreadable', 'The archive is not in the custom format');
		this.#integerBytes = integerBytes;
		this.expected = new Set(toc.entries.filter(entry => entry.hasData).map(entry => entry.id));
	}

	push(chunk: Buffer): void {
		let at = 0;
		while (at < chunk.length) {
			if (this.#skip > 0) {
				const step = Math.min(this.#skip, chunk.length - at);
				this.#skip -= step;
				at += step;
				continue;
			}

			const byte = chunk[at] ?? 0;
			at += 1;
			if (this.#state === 'type') this.#begin(byte);
			else this.#integer(byte);
		}
	}

	#begin(type: number): void {
		if (type !== blockOfData && type !== blockOfLargeObjects) throw damagedAt('a block of data has an unknown type');
		this.#insideObjects = type === blockOfLargeObjects;
		this.#state = 'id';
	}

	#integer(byte: number): void {
		if (this.#pendingBytes === 0) this.#negative = byte !== 0;
		else this.#pending += byte * 256 ** (this.#pendingBytes - 1);
		this.#pendingBytes += 1;
		if (this.#pendingBytes <= this.#integerBytes) return;
		const value = this.#negative ? -this.#pending : this.#pending;
		this.#pending = 0;
		this.#pendingBytes = 0;
		this.#take(value);
	}

	#take(value: number): void {
		switch (this.#state) {
			case 'id':
				if (!this.expected.has(value) || this.seen.has(value)) throw damagedAt('a block of data belongs to no entry');
				this.seen.add(value);
				this.#state = this.#insideObjects ? 'object' : 'length';
				return;
			case 'object':
				// A large object's id, or zero after the last one.
				this.#state = value === 0 ? 'type' : 'length';
				return;
			case 'length':
				if (value < 0) throw damagedAt('a chunk of data has a negative length');
				if (value === 0) this.#state = this.#insideObjects ? 'object' : 'type';
				this.#skip = value;
				return;
			default:
				throw new TypeError('no integer is expected here');
		}
	}

	finish(): void {
		if (this.#state !== 'type' || this.#skip > 0 || this.#pendingBytes > 0)
			throw cutOff('it ends within the rows of a table');
		const missing = this.expected.size - this.seen.size;
		if (missing > 0) throw cutOff(`the rows of ${missing} ${missing === 1 ? 'table' : 'tables'} are missing`);
	}
}

function cutOff(what: string): AppError {
	return new AppError('bundle-damaged', `The dump is cut off: ${what}`, {hint: 'Use another copy of the backup'});
}

function damagedAt(what: string): AppError {
	return new AppError('bundle-damaged', `The dump is damaged: ${what}`, {hint: 'Use another copy of the backup'});
}
