import {createHash} from 'node:crypto';
import {fileStamp} from '../stamp.js';
import type {ManifestDatabase} from './manifest.js';

const plainExtension = '.zip';
const encryptedExtension = '.zip.age';
const namePattern = /^(?<project>.+?)-(?<time>\d{8}T\d{6}Z)(?:-(?<number>\d+))?(?<extension>\.zip(?:\.age)?)$/u;

/** Name of a bundle: `clerq-20260614T020000Z.zip`. `attempt` above 0 makes another name for the same second. */
export function nameBundle(
	project: string,
	time: number,
	options: {readonly encrypted?: boolean; readonly attempt?: number} = {},
): string {
	const suffix = options.attempt === undefined || options.attempt === 0 ? '' : `-${options.attempt + 1}`;
	const extension = options.encrypted === true ? encryptedExtension : plainExtension;
	return `${encodeSegment(project)}-${fileStamp(time)}${suffix}${extension}`;
}

export type BundleName = {
	readonly project: string;
	/** Milliseconds since the epoch. */
	readonly time: number;
	readonly encrypted: boolean;
};

/** Reads a file name back; undefined for a name that no bundle of ours has. */
export function parseBundleName(name: string): BundleName | undefined {
	const groups = namePattern.exec(name)?.groups;
	if (groups?.['project'] === undefined || groups['time'] === undefined) return undefined;
	const time = Date.parse(groups['time'].replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/u, '$1-$2-$3T$4:$5:$6Z'));
	if (Number.isNaN(time)) return undefined;
	return {project: groups['project'], time, encrypted: groups['extension'] === encryptedExtension};
}

type DumpForm = Pick<ManifestDatabase['dump'], 'format' | 'compression'>;

/**
 * Path of a database's dump inside the bundle: `databases/clerq.dump`, `.sql` or `.sql.gz` for plain, a folder for the directory format.
 * Names that file systems or shells cannot take are percent-encoded; a path that is `taken` (without regard to case) gets the service's name.
 */
export function nameDumpPart(
	database: {readonly name: string; readonly service: string},
	form: DumpForm,
	taken: readonly string[] = [],
): string {
	const used = new Set(taken.map(path => path.toLowerCase()));
	const base = encodeSegment(database.name);
	const named = `${base}@${encodeSegment(database.service)}`;
	for (let number = 0; ; number++) {
		const candidate = [base, named][number] ?? `${base}~${number}`;
		const path = `databases/${candidate}${dumpExtension(form)}`;
		if (!used.has(path.toLowerCase())) return path;
	}
}

function dumpExtension(form: DumpForm): string {
	if (form.format === 'custom') return '.dump';
	if (form.format === 'directory') return '';
	const compressed = {none: '', gzip: '.gz', lz4: '.lz4', zstd: '.zst'};
	return `.sql${compressed[form.compression]}`;
}

/** `globals.sql`, or `globals@db2.sql` for a further server. */
export function nameGlobalsPart(service: string, taken: readonly string[] = []): string {
	return taken.includes('globals.sql') ? `globals@${encodeSegment(service)}.sql` : 'globals.sql';
}

const longestSegment = 120;

/** One path segment that every file system, shell and unzip takes: others than letters, digits and `. _ - @ + = , ~` and space are percent-encoded; long ones end in a hash. */
export function encodeSegment(name: string): string {
	const encoded = name
		.normalize('NFC')
		.replaceAll(/[^\p{L}\p{N}._\-+=, ~]/gu, percentEncode)
		.replaceAll(/^[.\-~ ]|[. ]$/gu, percentEncode);
	if (encoded === '') return '_';
	if (Buffer.byteLength(encoded) <= longestSegment) return encoded;
	const hash = createHash('sha256').update(name).digest('hex').slice(0, 16);
	return `${cutToBytes(encoded, longestSegment - 17)}~${hash}`;
}

function percentEncode(text: string): string {
	return [...Buffer.from(text)].map(byte => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('');
}

function cutToBytes(text: string, bytes: number): string {
	let cut = '';
	for (const character of text) {
		if (Buffer.byteLength(cut + character) > bytes) return cut;
		cut += character;
	}

	return cut;
}
