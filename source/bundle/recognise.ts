import type {AppError} from '../errors.js';
import {isArchive} from '../postgres/archive.js';
import {isAge} from './age.js';
import {refuse, refuseKnownKind} from './refusals.js';

/** How many of the first bytes of a file decide what it is. */
export const headBytes = 64 * 1024;

/** What a file's first bytes say that it is. */
export type Content = 'age' | 'zip' | 'gzip' | 'zstd' | 'custom' | 'tar' | 'sql';

/**
 * Tells by content, never by name, what a file is. `head` are its first bytes, up to `headBytes`.
 * Returns the error that names what it is when it is nothing that can be restored.
 */
export function recognise(head: Buffer, path: string): Content | AppError {
	if (head.length === 0) {
		return refuse(path, 'is empty: the dump that should be in it failed', 'Use another backup');
	}

	const refusal = refuseKnownKind(head, path);
	if (refusal !== undefined) return refusal;
	if (isAge(head)) return 'age';
	if (isZip(head)) return 'zip';
	if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip';
	if (isZstd(head)) return 'zstd';
	if (isArchive(head)) return 'custom';
	if (isTar(head)) return recogniseTar(head, path);
	if (looksLikeSql(head)) return 'sql';
	return refuse(
		path,
		head.includes(0) ? 'is no dump that Lifeboat knows (unknown binary data)' : 'is neither SQL nor a dump of pg_dump',
		'Name a backup of Lifeboat or what pg_dump or pg_dumpall wrote',
	);
}

function isZip(head: Buffer): boolean {
	return head.length >= 4 && [0x0403_4b50, 0x0605_4b50].includes(head.readUInt32LE(0));
}

/** A frame, or one of the frames to skip that pzstd and others put in front. */
function isZstd(head: Buffer): boolean {
	if (head.length < 4) return false;
	const magic = head.readUInt32LE(0);
	return (
		magic === 0xfd2f_b528 || (magic >>> 4 === 0x0184_d2a5 && head.indexOf(Buffer.from([0x28, 0xb5, 0x2f, 0xfd])) !== -1)
	);
}

function isTar(head: Buffer): boolean {
	return head.length >= 512 && head.subarray(257, 262).toString('latin1') === 'ustar';
}

/** pg_dump -Ft begins with its table of contents. */
function recogniseTar(head: Buffer, path: string): Content | AppError {
	const names: string[] = [];
	for (let at = 0; at + 512 <= head.length && head[at] !== 0; ) {
		names.push(cString(head.subarray(at, at + 100)));
		at += 512 + Math.ceil((Number.parseInt(cString(head.subarray(at + 124, at + 136)), 8) || 0) / 512) * 512;
	}

	if (names[0] === 'toc.dat') return 'tar';
	if (names.some(name => /(?:^|\/)(?:backup_label|PG_VERSION|backup_manifest)$/u.test(name))) {
		return refuse(
			path,
			'is a physical backup (pg_basebackup, or a copy of the data folder), not a dump',
			'Start a server of the same version on it, and make a dump there',
		);
	}

	if (names.some(name => name.endsWith('/toc.dat'))) {
		return refuse(
			path,
			'is a tar with a dump in the directory format',
			'Unpack it, and name the folder in which toc.dat lies',
			['tar', '-xf', path],
		);
	}

	return refuse(path, 'is a tar without a dump in it', 'Unpack it, and name the dump', ['tar', '-tf', path]);
}

function cString(bytes: Buffer): string {
	const end = bytes.indexOf(0);
	return bytes
		.subarray(0, end === -1 ? bytes.length : end)
		.toString('utf8')
		.trim();
}

const sqlBegin =
	/^(?:\s|--[^\n]*(?:\n|$)|\/\*[\s\S]*?\*\/)*(?:\\[a-z!]|(?:alter|analyze|begin|comment|copy|create|delete|do|drop|explain|grant|insert|lock|reset|revoke|security|select|set|start|truncate|update|with)\b|$)/iu;

/** Text whose first word, after comments, is one that begins a statement of SQL. */
function looksLikeSql(head: Buffer): boolean {
	if (head.includes(0)) return false;
	const text = head.toString('utf8').replace(/^\ufeff/u, '');
	return text.trim() !== '' && sqlBegin.test(text);
}
