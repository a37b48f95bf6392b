import type {ByteSource} from './byte-source.js';
import type {Manifest} from './manifest.js';
import {type ArchiveEntry, damaged, show} from './zip-directory.js';
import {encodeDescriptor, encodeDirectory, encodeLocalHeader, type ZipEntry} from './zip-format.js';

/**
 * Compares every byte outside of the contents with what Lifeboat writes, so that a flipped bit in a header or a gap with something
 * hidden in it does not pass. When another program has packed the zip again nothing is compared: contents still have their sha256.
 */
export async function checkLayout(
	source: ByteSource,
	entries: readonly ArchiveEntry[],
	manifest: Manifest,
): Promise<{readonly repacked: boolean}> {
	const time = Math.floor(Date.parse(manifest.createdAt) / 1000);
	const expected = entries.map(entry => toZipEntry(entry, time));
	const isOurs = await Promise.all(expected.map(entry => hasOwnHeader(source, entry)));
	if (!isOurs.includes(true)) return {repacked: true};

	let end = 0;
	for (const [index, entry] of expected.entries()) {
		if (entry.offset !== end) throw damaged(source, `${show(entry.name)} does not follow the entry before it`);
		if (isOurs[index] !== true) throw damaged(source, `the header of ${show(entry.name)} is altered`);
		const descriptor = encodeDescriptor(entry);
		const dataEnd = entry.offset + encodeLocalHeader(entry).length + entry.compressedBytes;
		end = dataEnd + descriptor.length;
		if (!(await holds(source, dataEnd, descriptor))) throw damaged(source, `${show(entry.name)} is altered at its end`);
	}

	const directory = encodeDirectory(expected, end);
	if (end + directory.length !== source.size || !(await holds(source, end, directory))) {
		throw damaged(source, 'its zip directory is altered');
	}

	return {repacked: false};
}

function toZipEntry(entry: ArchiveEntry, time: number): ZipEntry {
	const sizes = entry.hasDescriptor ? 'descriptor' : entry.versionNeeded === 45 ? 'patched' : 'known';
	const {path: name, method, crc, compressedBytes, bytes, offset} = entry;
	return {name, method, crc, compressedBytes, bytes, time, offset, sizes};
}

async function hasOwnHeader(source: ByteSource, entry: ZipEntry): Promise<boolean> {
	return await holds(source, entry.offset, encodeLocalHeader(entry));
}

async function holds(source: ByteSource, position: number, bytes: Buffer): Promise<boolean> {
	if (position + bytes.length > source.size) return false;
	return (await source.read(position, bytes.length)).equals(bytes);
}
