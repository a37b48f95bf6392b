import {AppError} from '../errors.js';

/** An entry of an archive's table of contents. */
export type ArchiveEntry = {
	readonly id: number;
	/** `TABLE`, `TABLE DATA`, `EXTENSION`, `INDEX`, … */
	readonly kind: string;
	readonly schema: string | null;
	readonly name: string;
	readonly owner: string;
	/** The statement that creates it; empty for data. */
	readonly definition: string;
	/** True when the archive holds rows or large objects for it. */
	readonly hasData: boolean;
	/** Indexes, keys, triggers: what is created when the rows are there. */
	readonly isPostData: boolean;
	/** Ids of the entries that must be restored before it. */
	readonly dependencies: readonly number[];
};

export type ArchiveCompression = 'none' | 'gzip' | 'lz4' | 'zstd';

/** Header and table of contents of an archive of `pg_dump` (custom, tar or directory format). */
export type ArchiveToc = {
	/** Format version of the archive: `1.14` is PostgreSQL 12 to 15, `1.15` is 16, `1.16` is 17 and newer. */
	readonly version: string;
	readonly format: 'custom' | 'tar' | 'directory';
	readonly compression: ArchiveCompression;
	readonly database: string;
	/** As the server named itself, for example `17.6 (Debian 17.6-1.pgdg13+1)`. */
	readonly serverVersion: string;
	readonly dumpVersion: string;
	readonly createdAt: Date;
	readonly entries: readonly ArchiveEntry[];
	/** Length of header and table of contents in bytes: where the data begins. */
	readonly bytes: number;
};

const magic = 'PGDMP';
const formats: Readonly<Record<number, ArchiveToc['format']>> = {1: 'custom', 3: 'tar', 5: 'directory'};
/** Values of pg_compress_algorithm, in the header since format 1.15. */
const algorithms: readonly ArchiveCompression[] = ['none', 'gzip', 'lz4', 'zstd'];
/** Value of SECTION_POST_DATA (teSection of pg_backup.h). */
const postDataSection = 4;
/** A table of contents longer than this is not one. */
const longestToc = 1024 * 1024 * 1024;
const longestString = 512 * 1024 * 1024;

/** Is this the beginning of a custom-format archive, or of the toc.dat of a directory or tar? */
export function isArchive(bytes: Uint8Array): boolean {
	return Buffer.from(bytes.subarray(0, magic.length)).toString('latin1') === magic;
}

/**
 * Reads header and table of contents from the beginning of an archive (layout: WriteHead and WriteToc of PostgreSQL's pg_backup_archiver.c).
 * Undefined while `bytes` is too short to hold all of it.
 * Throws bundle-unreadable when it is no archive, bundle-damaged when it makes no sense.
 */
export function readArchiveToc(bytes: Buffer): ArchiveToc | undefined {
	try {
		return parseToc(new Cursor(bytes));
	} catch (error) {
		if (error instanceof TooShort) {
			if (bytes.length > longestToc) throw damaged('its table of contents has no end');
			return undefined;
		}

		throw error;
	}
}

function parseToc(cursor: Cursor): ArchiveToc {
	if (cursor.text(magic.length) !== magic)
		throw new AppError('bundle-unreadable', 'The file is not an archive of pg_dump', {
			hint: 'Check that it is the right file',
		});
	const major = cursor.byte();
	const minor = cursor.byte();
	cursor.byte();
	if (major !== 1 || minor < 10 || minor > 30)
		throw new AppError('bundle-unreadable', `The archive has the unknown format version ${major}.${minor}`, {
			hint: 'Use the newest Lifeboat, or restore it with pg_restore of the version that wrote it',
		});
	cursor.integerBytes = cursor.byte();
	cursor.offsetBytes = cursor.byte();
	if (cursor.integerBytes < 1 || cursor.integerBytes > 8 || cursor.offsetBytes < 1 || cursor.offsetBytes > 8)
		throw damaged('its header makes no sense');
	const format = formats[cursor.byte()];
	if (format === undefined) throw damaged('its header names no known format');
	const compression = readCompression(cursor, minor);
	const [second = 0, minute = 0, hour = 0, day = 1, month = 0, year = 0] = Array.from({length: 7}, () =>
		cursor.integer(),
	);
	const database = cursor.string() ?? '';
	const serverVersion = cursor.string() ?? '';
	const dumpVersion = cursor.string() ?? '';
	const count = cursor.integer();
	if (count < 0) throw damaged('its table of contents has a negative length');
	const entries: ArchiveEntry[] = [];
	for (let at = 0; at < count; at += 1) entries.push(readEntry(cursor, minor, format));
	return {
		version: `${major}.${minor}`,
		format,
		compression,
		database,
		serverVersion,
		dumpVersion,
		createdAt: new Date(1900 + year, month, day, hour, minute, second),
		entries,
		bytes: cursor.at,
	};
}

function readCompression(cursor: Cursor, minor: number): ArchiveCompression {
	if (minor < 15) return cursor.integer() === 0 ? 'none' : 'gzip';
	const algorithm = algorithms[cursor.byte()];
	if (algorithm === undefined) throw damaged('its header names no known compression');
	return algorithm;
}

function readEntry(cursor: Cursor, minor: number, format: ArchiveToc['format']): ArchiveEntry {
	const id = cursor.integer();
	const hasDumper = cursor.integer() !== 0;
	cursor.string();
	cursor.string();
	const name = cursor.string() ?? '';
	const kind = cursor.string() ?? '';
	const section = minor >= 11 ? cursor.integer() : 0;
	const definition = cursor.string() ?? '';
	cursor.string();
	cursor.string();
	const schema = cursor.string();
	cursor.string();
	if (minor >= 14) cursor.string();
	if (minor >= 16) cursor.integer();
	const owner = cursor.string() ?? '';
	cursor.string();
	const dependencies: number[] = [];
	for (let id = cursor.string(); id !== null; id = cursor.string()) dependencies.push(Number(id));
	// 3 in the byte before the offset says "no data" (K_OFFSET_NO_DATA); the other formats name a file instead.
	const hasData = format === 'custom' ? cursor.offsetState() !== 3 && hasDumper : (cursor.string() ?? '') !== '';
	return {
		id,
		kind,
		schema: schema === '' ? null : schema,
		name,
		owner,
		definition,
		hasData,
		isPostData: section === postDataSection,
		dependencies,
	};
}

class TooShort extends Error {}

class Cursor {
	readonly bytes: Buffer;
	at = 0;
	integerBytes = 4;
	offsetBytes = 8;

	constructor(bytes: Buffer) {
		this.bytes = bytes;
	}

	byte(): number {
		const value = this.bytes[this.at];
		if (value === undefined) throw new TooShort();
		this.at += 1;
		return value;
	}

	/** A sign byte, then the magnitude, lowest byte first. */
	integer(): number {
		const negative = this.byte() !== 0;
		let value = 0;
		for (let index = 0; index < this.integerBytes; index += 1) value += this.byte() * 256 ** index;
		return negative ? -value : value;
	}

	string(): string | null {
		const length = this.integer();
		if (length < 0) return null;
		if (length > longestString) throw damaged('a name in its table of contents is absurdly long');
		return this.text(length);
	}

	text(length: number): string {
		const end = this.at + length;
		if (end > this.bytes.length) throw new TooShort();
		const text = this.bytes.toString('utf8', this.at, end);
		this.at = end;
		return text;
	}

	offsetState(): number {
		const state = this.byte();
		for (let index = 0; index < this.offsetBytes; index += 1) this.byte();
		return state;
	}
}

function damaged(what: string): AppError {
	return new AppError('bundle-damaged', `The dump is damaged: ${what}`, {hint: 'Use another copy of the backup'});
}
