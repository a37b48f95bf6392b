import {Readable} from 'node:stream';
import {createInflateRaw} from 'node:zlib';
import {type Entry, fromRandomAccessReaderPromise, RandomAccessReader} from 'yauzl';
import {AppError} from '../errors.js';
import type {ByteSource} from './byte-source.js';
import {crc32} from './crc32.js';

/** An entry of any zip, checked: the name stays inside the folder, is no link and no folder, and the data lie inside the file. */
export type ArchiveEntry = {
	readonly path: string;
	readonly bytes: number;
	readonly compressedBytes: number;
	readonly method: 'stored' | 'deflated';
	readonly crc: number;
	/** Position of the local header. */
	readonly offset: number;
	readonly versionNeeded: number;
	readonly hasDescriptor: boolean;
};

const mostEntries = 200_000;
/** Deflate cannot do better: more than this is a lie in the directory. */
const highestRatio = 1032;
const localHeaderBytes = 30;

/** Reads the directory of a zip. Throws AppError bundle-damaged, which says what is wrong with which entry. */
export async function readZipDirectory(source: ByteSource): Promise<readonly ArchiveEntry[]> {
	const entries: ArchiveEntry[] = [];
	const paths = new Set<string>();
	for await (const entry of listEntries(source)) {
		const checked = checkEntry(source, entry);
		if (checked === undefined) continue;
		if (paths.has(checked.path)) throw damaged(source, `it has two entries named ${show(checked.path)}`);
		paths.add(checked.path);
		entries.push(checked);
	}

	checkOverlap(source, entries);
	return entries;
}

async function* listEntries(source: ByteSource): AsyncGenerator<Entry, void, void> {
	try {
		const zip = await fromRandomAccessReaderPromise(new SourceReader(source), source.size, {
			lazyEntries: true,
			autoClose: false,
			strictFileNames: true,
			validateEntrySizes: true,
		});
		if (zip.entryCount > mostEntries) throw damaged(source, `it claims to have ${zip.entryCount} entries`);
		for await (const entry of zip.eachEntry()) yield entry;
	} catch (error) {
		if (error instanceof AppError) throw error;
		const reason = error instanceof Error ? error.message : String(error);
		const isCut = /end of central directory/iu.test(reason);
		throw damaged(
			source,
			isCut
				? 'it has no zip directory at its end: it is cut short, or was never finished'
				: `its zip directory is wrong: ${reason}`,
			error,
		);
	}
}

function checkEntry(source: ByteSource, entry: Entry): ArchiveEntry | undefined {
	const path = entry.fileName;
	const type = (entry.externalFileAttributes >>> 28) & 0xf;
	const isUnix = entry.versionMadeBy >>> 8 === 3;
	if (isUnix && type === 0xa) throw damaged(source, `${show(path)} is a symbolic link`);
	if (isUnix && ![0, 4, 8].includes(type)) throw damaged(source, `${show(path)} is neither a file nor a folder`);
	if (path.endsWith('/')) {
		if (entry.uncompressedSize === 0) return undefined;
		throw damaged(source, `${show(path)} is a folder with content`);
	}

	if (path === '' || path.split('/').some(segment => segment === '' || segment === '.' || segment === '..')) {
		throw damaged(source, `${show(path)} is not a path inside the archive`);
	}

	if (/[\u0000-\u001f\u007f]/u.test(path)) throw damaged(source, `${show(path)} has control characters in its name`);
	if (entry.isEncrypted()) throw damaged(source, `${show(path)} is encrypted by zip, which Lifeboat does not do`);
	const method = entry.compressionMethod === 0 ? 'stored' : entry.compressionMethod === 8 ? 'deflated' : undefined;
	if (method === undefined) throw damaged(source, `${show(path)} is compressed by method ${entry.compressionMethod}`);
	const {compressedSize, uncompressedSize, relativeOffsetOfLocalHeader: offset} = entry;
	if (offset + localHeaderBytes + compressedSize > source.size) {
		throw damaged(source, `${show(path)} claims ${compressedSize} bytes, more than the file has`);
	}

	if (method === 'deflated' && uncompressedSize > compressedSize * highestRatio + 64) {
		throw damaged(source, `${show(path)} claims to grow from ${compressedSize} to ${uncompressedSize} bytes`);
	}

	return {
		path,
		bytes: uncompressedSize,
		compressedBytes: compressedSize,
		method,
		crc: entry.crc32,
		offset,
		versionNeeded: entry.versionNeededToExtract,
		hasDescriptor: (entry.generalPurposeBitFlag & 8) !== 0,
	};
}

/** Entries that share bytes are how a small zip unfolds into a huge one. */
function checkOverlap(source: ByteSource, entries: readonly ArchiveEntry[]): void {
	const ordered = [...entries].sort((one, other) => one.offset - other.offset);
	let end = 0;
	for (const entry of ordered) {
		if (entry.offset < end) throw damaged(source, `${show(entry.path)} overlaps another entry`);
		end = entry.offset + localHeaderBytes + Buffer.byteLength(entry.path) + entry.compressedBytes;
	}
}

/** Where the data of an entry begin. Throws AppError bundle-damaged when there is no local header for it. */
async function findData(source: ByteSource, entry: ArchiveEntry): Promise<number> {
	const header = await source.read(entry.offset, localHeaderBytes);
	const name = Buffer.from(entry.path);
	const start = entry.offset + localHeaderBytes + header.readUInt16LE(26) + header.readUInt16LE(28);
	if (header.readUInt32LE(0) !== 0x0403_4b50 || start + entry.compressedBytes > source.size) {
		throw damaged(source, `the header of ${show(entry.path)} is not where the directory says`);
	}

	const actual = await source.read(entry.offset + localHeaderBytes, header.readUInt16LE(26));
	if (actual.equals(name)) return start;
	throw damaged(source, `the header of ${show(entry.path)} names another entry`);
}

/** The plain bytes of an entry (with `reuse`, a chunk is valid until the next one); ends with AppError bundle-damaged when their number or CRC is not what the directory says. */
export async function* readEntry(
	source: ByteSource,
	entry: ArchiveEntry,
	reuse = false,
): AsyncGenerator<Buffer, void, void> {
	const start = await findData(source, entry);
	const raw = source.stream(start, start + entry.compressedBytes, reuse && entry.method === 'stored');
	let crc = 0;
	let bytes = 0;
	for await (const chunk of entry.method === 'stored' ? raw : inflate(source, entry, raw)) {
		bytes += chunk.length;
		if (bytes > entry.bytes) throw damaged(source, `${show(entry.path)} is larger than the directory says`);
		crc = crc32(chunk, crc);
		yield chunk;
	}

	if (bytes !== entry.bytes) throw damaged(source, `${show(entry.path)} has ${bytes} bytes instead of ${entry.bytes}`);
	if (crc !== entry.crc)
		throw damaged(source, `the content of ${show(entry.path)} is altered (its CRC does not match)`);
}

async function* inflate(
	source: ByteSource,
	entry: ArchiveEntry,
	raw: AsyncGenerator<Buffer, void, void>,
): AsyncGenerator<Buffer, void, void> {
	const input = Readable.from(raw);
	const inflater = createInflateRaw();
	input.once('error', error => inflater.destroy(error));
	try {
		for await (const chunk of input.pipe(inflater) as AsyncIterable<Buffer>) yield chunk;
	} catch (error) {
		if (error instanceof AppError) throw error;
		throw damaged(source, `the content of ${show(entry.path)} cannot be decompressed`, error);
	} finally {
		input.destroy();
		inflater.destroy();
	}
}

/** yauzl's door to a ByteSource. */
class SourceReader extends RandomAccessReader {
	readonly #source: ByteSource;

	constructor(source: ByteSource) {
		super();
		this.#source = source;
	}

	override _readStreamForRange(start: number, end: number): Readable {
		return Readable.from(this.#source.stream(start, end), {objectMode: false});
	}

	override read(
		buffer: Buffer,
		offset: number,
		length: number,
		position: number,
		callback: (error: Error | null) => void,
	): void {
		this.#source.read(position, length).then(
			bytes => {
				bytes.copy(buffer, offset);
				callback(null);
			},
			(error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
		);
	}

	override close(callback: (error: Error | null) => void): void {
		callback(null);
	}
}

/** A name for a message: control characters shown, not sent to the terminal. */
export function show(path: string): string {
	const shown = JSON.stringify(path).slice(1, -1);
	return shown.length > 120 ? `${shown.slice(0, 117)}…` : shown;
}

export function damaged(source: Pick<ByteSource, 'path'>, what: string, cause?: unknown): AppError {
	return new AppError('bundle-damaged', `${source.path} is damaged: ${what}`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
		fix: ['lifeboat', 'list'],
		cause,
	});
}
