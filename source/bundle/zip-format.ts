/**
 * The bytes of a zip64 archive as Lifeboat writes it (PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5).
 * Every record is a function of the entry alone, so that a reader can rebuild and compare each byte that no checksum covers.
 */
export type ZipEntry = {
	readonly name: string;
	readonly method: 'stored' | 'deflated';
	readonly crc: number;
	readonly compressedBytes: number;
	readonly bytes: number;
	/** Seconds since the epoch. */
	readonly time: number;
	/** Position of the local header. */
	readonly offset: number;
	/**
	 * How the local header tells sizes and checksum: `known` before the data was written; `patched` in afterwards (as zip64);
	 * `descriptor` after the data, for output that cannot be written twice.
	 */
	readonly sizes: 'known' | 'patched' | 'descriptor';
};

const max16 = 0xffff;
const max32 = 0xffff_ffff;
/** Unix, version 6.3 of the specification. */
const madeBy = (3 << 8) | 63;
/** A regular file that only its owner reads and writes. */
const attributes = (0o100600 << 16) >>> 0;
const methods = {stored: 0, deflated: 8} as const;

/** Local header: stands before the data of an entry. */
export function encodeLocalHeader(entry: ZipEntry): Buffer {
	const name = Buffer.from(entry.name);
	const isZip64 = entry.sizes !== 'known';
	const isPatched = entry.sizes === 'patched';
	const isDescribed = entry.sizes === 'descriptor';
	const extra = Buffer.concat([
		isZip64
			? encodeExtra(1, uint64(isPatched ? entry.bytes : 0), uint64(isPatched ? entry.compressedBytes : 0))
			: Buffer.alloc(0),
		encodeTime(entry.time),
	]);
	const header = Buffer.alloc(30);
	header.writeUInt32LE(0x0403_4b50, 0);
	header.writeUInt16LE(versionNeeded(entry), 4);
	header.writeUInt16LE(flags(entry), 6);
	header.writeUInt16LE(methods[entry.method], 8);
	header.writeUInt32LE(dosTime(entry.time), 10);
	header.writeUInt32LE(isDescribed ? 0 : entry.crc, 14);
	header.writeUInt32LE(isZip64 ? max32 : entry.compressedBytes, 18);
	header.writeUInt32LE(isZip64 ? max32 : entry.bytes, 22);
	header.writeUInt16LE(name.length, 26);
	header.writeUInt16LE(extra.length, 28);
	return Buffer.concat([header, name, extra]);
}

/** Data descriptor with eight-byte sizes: stands after the data of an entry whose sizes are `descriptor`; else empty. */
export function encodeDescriptor(entry: ZipEntry): Buffer {
	if (entry.sizes !== 'descriptor') return Buffer.alloc(0);
	const descriptor = Buffer.alloc(8);
	descriptor.writeUInt32LE(0x0807_4b50, 0);
	descriptor.writeUInt32LE(entry.crc, 4);
	return Buffer.concat([descriptor, uint64(entry.compressedBytes), uint64(entry.bytes)]);
}

/** Central directory and end records; `offset` is where they begin. */
export function encodeDirectory(entries: readonly ZipEntry[], offset: number): Buffer {
	const records = Buffer.concat(entries.map(encodeCentralRecord));
	return Buffer.concat([records, encodeEnd(entries.length, records.length, offset)]);
}

/** Record of an entry in the central directory. */
export function encodeCentralRecord(entry: ZipEntry): Buffer {
	const name = Buffer.from(entry.name);
	const large = [entry.bytes, entry.compressedBytes, entry.offset].filter(value => value >= max32);
	const extra = Buffer.concat([
		large.length > 0 ? encodeExtra(1, ...large.map(uint64)) : Buffer.alloc(0),
		encodeTime(entry.time),
	]);
	const record = Buffer.alloc(46);
	record.writeUInt32LE(0x0201_4b50, 0);
	record.writeUInt16LE(madeBy, 4);
	record.writeUInt16LE(versionNeeded(entry), 6);
	record.writeUInt16LE(flags(entry), 8);
	record.writeUInt16LE(methods[entry.method], 10);
	record.writeUInt32LE(dosTime(entry.time), 12);
	record.writeUInt32LE(entry.crc, 16);
	record.writeUInt32LE(Math.min(entry.compressedBytes, max32), 20);
	record.writeUInt32LE(Math.min(entry.bytes, max32), 24);
	record.writeUInt16LE(name.length, 28);
	record.writeUInt16LE(extra.length, 30);
	record.writeUInt32LE(attributes, 38);
	record.writeUInt32LE(Math.min(entry.offset, max32), 42);
	return Buffer.concat([record, name, extra]);
}

function encodeEnd(count: number, size: number, offset: number): Buffer {
	const end = Buffer.alloc(22);
	end.writeUInt32LE(0x0605_4b50, 0);
	end.writeUInt16LE(Math.min(count, max16), 8);
	end.writeUInt16LE(Math.min(count, max16), 10);
	end.writeUInt32LE(Math.min(size, max32), 12);
	end.writeUInt32LE(Math.min(offset, max32), 16);
	if (count < max16 && size < max32 && offset < max32) return end;
	const end64 = Buffer.alloc(24);
	end64.writeUInt32LE(0x0606_4b50, 0);
	end64.writeUInt32LE(44, 4);
	end64.writeUInt16LE(madeBy, 12);
	end64.writeUInt16LE(45, 14);
	const locator = Buffer.alloc(8);
	locator.writeUInt32LE(0x0706_4b50, 0);
	const disks = Buffer.alloc(4);
	disks.writeUInt32LE(1, 0);
	return Buffer.concat([
		end64,
		...[count, count, size, offset].map(uint64),
		locator,
		uint64(offset + size),
		disks,
		end,
	]);
}

function versionNeeded(entry: ZipEntry): number {
	return entry.sizes === 'known' ? 20 : 45;
}

function flags(entry: ZipEntry): number {
	const isAscii = /^[\u0020-\u007e]*$/u.test(entry.name);
	return (entry.sizes === 'descriptor' ? 0x8 : 0) | (isAscii ? 0 : 0x800);
}

function encodeExtra(id: number, ...values: readonly Buffer[]): Buffer {
	const data = Buffer.concat(values);
	const head = Buffer.alloc(4);
	head.writeUInt16LE(id, 0);
	head.writeUInt16LE(data.length, 2);
	return Buffer.concat([head, data]);
}

/** Extended timestamp: the time of modification in UTC, which the DOS field cannot tell. */
function encodeTime(seconds: number): Buffer {
	const data = Buffer.alloc(5);
	data.writeUInt8(1, 0);
	data.writeUInt32LE(seconds >>> 0, 1);
	return encodeExtra(0x5455, data);
}

function dosTime(seconds: number): number {
	const time = new Date(seconds * 1000);
	const year = Math.min(Math.max(time.getUTCFullYear(), 1980), 2107);
	const date = ((year - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
	const clock = (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >>> 1);
	return ((date << 16) | clock) >>> 0;
}

function uint64(value: number): Buffer {
	const buffer = Buffer.alloc(8);
	buffer.writeBigUInt64LE(BigInt(value));
	return buffer;
}
