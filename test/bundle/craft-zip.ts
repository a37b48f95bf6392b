import {ZipFile} from 'yazl';
import {openFileSource} from '../../source/bundle/byte-source.js';
import {crc32} from '../../source/bundle/crc32.js';
import {readEntry, readZipDirectory} from '../../source/bundle/zip-directory.js';
import {encodeDirectory, encodeLocalHeader, type ZipEntry} from '../../source/bundle/zip-format.js';

/** Packs parts as another program would. */
export async function pack(parts: ReadonlyMap<string, Buffer>, mode = 0o100644): Promise<Buffer> {
	const zip = new ZipFile();
	for (const [path, data] of parts) zip.addBuffer(data, path, {mode});
	zip.end();
	const chunks: Buffer[] = [];
	for await (const chunk of zip.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
	return Buffer.concat(chunks);
}

/** All entries of a bundle, the manifest too. */
export async function unpack(path: string): Promise<Map<string, Buffer>> {
	const source = await openFileSource(path);
	const parts = new Map<string, Buffer>();
	for (const entry of await readZipDirectory(source)) {
		const chunks: Buffer[] = [];
		for await (const chunk of readEntry(source, entry)) chunks.push(chunk);
		parts.set(entry.path, Buffer.concat(chunks));
	}

	await source.close();
	return parts;
}

export type Crafted = {readonly name: string; readonly data: string | Buffer} & Partial<
	Pick<ZipEntry, 'bytes' | 'compressedBytes' | 'method' | 'offset'>
>;

/** A zip whose directory may say anything. */
export function craft(files: readonly Crafted[]): Buffer {
	const pieces: Buffer[] = [];
	const entries: ZipEntry[] = [];
	let offset = 0;
	for (const {name, data, ...claims} of files) {
		const bytes = Buffer.from(data as string);
		const entry: ZipEntry = {
			name,
			method: 'stored',
			crc: crc32(bytes),
			bytes: bytes.length,
			compressedBytes: bytes.length,
			time: 0,
			offset,
			sizes: 'known',
			...claims,
		};
		const piece = Buffer.concat([
			encodeLocalHeader({...entry, bytes: bytes.length, compressedBytes: bytes.length}),
			bytes,
		]);
		entries.push(entry);
		pieces.push(piece);
		offset += piece.length;
	}

	return Buffer.concat([...pieces, encodeDirectory(entries, offset)]);
}

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
export function createRandom(seed: number): (below: number) => number {
	let state = seed;
	return below => {
		state = (state + 0x6d2b_79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
	};
}
