import {createHash} from 'node:crypto';
import {Readable} from 'node:stream';
import {AppError} from '../errors.js';
import {type DecryptionKeys, isAge} from './age.js';
import {type ByteSource, openAgeSource, openFileSource} from './byte-source.js';
import {type Manifest, type ManifestPart, manifestPath, parseManifest} from './manifest.js';
import {type ArchiveEntry, damaged, readEntry, readZipDirectory, show} from './zip-directory.js';
import {checkLayout} from './zip-layout.js';

/** An open bundle whose structure was checked: the entries are exactly the parts of the manifest, with the same sizes. Contents are checked as they are read. */
export type Bundle = {
	readonly path: string;
	/** Size of the file. */
	readonly bytes: number;
	readonly encrypted: boolean;
	readonly manifest: Manifest;
	/** True when another program packed the zip again: every part is still checked by its sha256. */
	readonly repacked: boolean;
	/** Opens a part. The stream fails with AppError bundle-damaged at its end when size or sha256 differ from the manifest. Throws AppError bundle-damaged for an unknown part. */
	openPart(path: string): Readable;
	/** The same bytes and checks as `openPart`, for a consumer that is done with a chunk before it asks for the next: chunks share their memory. */
	scanPart(path: string): AsyncGenerator<Buffer, void, void>;
	/** Reads a small part into memory. Throws when it is larger than `limit` bytes (16 MB). */
	readPart(path: string, limit?: number): Promise<Buffer>;
	close(): Promise<void>;
};

const longestManifest = 256 * 1024 * 1024;
const smallPart = 16 * 1024 * 1024;

/**
 * Opens a bundle and checks its structure, reading little more than its directory and manifest.
 * Throws AppError: file-not-found; bundle-encrypted (a key is missing or wrong); bundle-unreadable (not a bundle, newer format); bundle-damaged (with what is wrong).
 */
export async function openBundle(path: string, keys: DecryptionKeys = {}): Promise<Bundle> {
	const file = await openFileSource(path);
	try {
		return await openFrom(file, keys);
	} catch (error) {
		await file.close();
		throw error;
	}
}

async function openFrom(file: ByteSource, keys: DecryptionKeys): Promise<Bundle> {
	const head = await file.read(0, Math.min(file.size, 64));
	const encrypted = isAge(head);
	if (!encrypted && !looksLikeZip(head)) throw notABundle(file, head);
	if (encrypted) requireKey(file, keys);
	const source = encrypted ? await openAgeSource(file, keys) : file;
	const entries = await readZipDirectory(source);
	const manifest = await readManifest(source, entries);
	matchParts(source, entries, manifest);
	const {repacked} = await checkLayout(source, entries, manifest);
	return createBundle(source, file.size, encrypted, manifest, entries, repacked);
}

function createBundle(
	source: ByteSource,
	bytes: number,
	encrypted: boolean,
	manifest: Manifest,
	entries: readonly ArchiveEntry[],
	repacked: boolean,
): Bundle {
	const byPath = new Map(entries.map(entry => [entry.path, entry]));
	const parts = new Map(manifest.parts.map(part => [part.path, part]));

	function find(path: string) {
		const entry = byPath.get(path);
		const part = parts.get(path);
		if (entry === undefined || part === undefined) throw damaged(source, `it has no part ${show(path)}`);
		return {entry, part};
	}

	const stream = (path: string, reuse: boolean) => {
		const {entry, part} = find(path);
		return readPart(source, entry, part, reuse);
	};

	return {
		path: source.path,
		bytes,
		encrypted,
		manifest,
		repacked,
		openPart: path => Readable.from(stream(path, false), {highWaterMark: 2}),
		scanPart: path => stream(path, true),
		async readPart(path, limit = smallPart) {
			if (find(path).part.bytes > limit) throw damaged(source, `${show(path)} has more than ${limit} bytes`);
			return await collect(stream(path, false));
		},
		close: () => source.close(),
	};
}

async function* readPart(
	source: ByteSource,
	entry: ArchiveEntry,
	part: ManifestPart,
	reuse: boolean,
): AsyncGenerator<Buffer, void, void> {
	const hash = createHash('sha256');
	for await (const chunk of readEntry(source, entry, reuse)) {
		hash.update(chunk);
		yield chunk;
	}

	if (hash.digest('hex') === part.sha256) return;
	throw damaged(source, `the content of ${show(part.path)} is not what the manifest says (its sha256 does not match)`);
}

async function readManifest(source: ByteSource, entries: readonly ArchiveEntry[]): Promise<Manifest> {
	const entry = entries.find(candidate => candidate.path === manifestPath);
	if (entry === undefined) {
		throw new AppError(
			'bundle-unreadable',
			`${source.path} has no ${manifestPath}: it is not a finished backup of Lifeboat`,
			{
				hint: 'Name a backup made by Lifeboat, or a dump made by pg_dump',
				details: entries.slice(0, 10).map(({path}) => show(path)),
			},
		);
	}

	if (entry.bytes > longestManifest) throw damaged(source, `its manifest claims ${entry.bytes} bytes`);
	return parseManifest((await collect(readEntry(source, entry))).toString('utf8'), source.path);
}

/** Entries and parts must be the same, no more and no fewer. */
function matchParts(source: ByteSource, entries: readonly ArchiveEntry[], manifest: Manifest): void {
	const parts = new Map(manifest.parts.map(part => [part.path, part]));
	if (parts.size !== manifest.parts.length) throw damaged(source, 'its manifest names a part twice');
	for (const entry of entries) {
		if (entry.path === manifestPath) continue;
		const part = parts.get(entry.path);
		if (part === undefined) throw damaged(source, `${show(entry.path)} is not in its manifest`);
		if (part.bytes !== entry.bytes) {
			throw damaged(source, `${show(entry.path)} has ${entry.bytes} bytes, and its manifest says ${part.bytes}`);
		}

		parts.delete(entry.path);
	}

	const [missing] = parts.keys();
	if (missing !== undefined) throw damaged(source, `${show(missing)} is in its manifest, but not in the file`);
}

function requireKey(file: ByteSource, keys: DecryptionKeys): void {
	if (keys.passphrase !== undefined || (keys.identities ?? []).length > 0) return;
	throw new AppError('bundle-encrypted', `${file.path} is encrypted`, {
		hint: 'Give the passphrase in LIFEBOAT_PASSPHRASE, or the age identity that it was encrypted to',
	});
}

function looksLikeZip(head: Buffer): boolean {
	return head.length >= 4 && head.readUInt32LE(0) === 0x0403_4b50;
}

function notABundle(file: ByteSource, head: Buffer): AppError {
	const what = head.length === 0 ? 'it is empty' : 'it is not a zip file';
	return new AppError('bundle-unreadable', `${file.path} is not a backup of Lifeboat: ${what}`, {
		hint: 'Name a backup made by Lifeboat; `lifeboat list` shows them',
		fix: ['lifeboat', 'list'],
	});
}

async function collect(chunks: AsyncIterable<Buffer>): Promise<Buffer> {
	const all: Buffer[] = [];
	for await (const chunk of chunks) all.push(chunk);
	return Buffer.concat(all);
}
