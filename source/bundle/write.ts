import {createHash, type Hash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {type FileHandle, open, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import {promisify} from 'node:util';
import {deflateRaw} from 'node:zlib';
import {createProgramOutput, type ProgramOutput} from '../engine/program-output.js';
import {AppError, cancelled} from '../errors.js';
import type {Operation} from '../operation.js';
import {sealAge} from './age.js';
import type {BundleOptions, BundleWriter, FinishedBundle} from './bundle-writer.js';
import {crc32} from './crc32.js';
import {guardWrite, nameTaken} from './file-errors.js';
import {partialPath, prepareFolder, publishFile} from './folder.js';
import {
	buildManifest,
	guidePath,
	type ManifestContent,
	type ManifestPart,
	manifestPath,
	type PartKind,
	renderManifest,
} from './manifest.js';
import {nameBundle} from './names.js';
import {readBack} from './read-back.js';
import {renderRestoreGuide} from './restore-guide.js';
import {createAgeSink, createFileSink, type Sink} from './sink.js';
import {encodeDescriptor, encodeDirectory, encodeLocalHeader, type ZipEntry} from './zip-format.js';

/** A stream of no more than this is held back until its size is known; a dump of a directory format can have thousands of them. */
const heldBytes = 256 * 1024;

/** Starts a bundle; creates the folder where it is missing. */
export async function createBundle(options: BundleOptions): Promise<BundleWriter> {
	await prepareFolder(options.folder);
	const sealer = options.encryption === undefined ? undefined : await sealAge(options.encryption);
	const name = options.name ?? nameBundle(options.project, options.createdAt, {encrypted: sealer !== undefined});
	const file = join(options.folder, name);
	if (options.name !== undefined && existsSync(file)) throw nameTaken(file);
	const path = partialPath(options.folder, name);
	const handle = await guardWrite(file, () => open(path, 'wx', 0o600));
	const sealed = createHash('sha256');
	const output = createFileSink(handle, sealer === undefined ? undefined : bytes => sealed.update(bytes));
	const sink = sealer === undefined ? output : createAgeSink(output, sealer);
	return new ZipBundleWriter({options, file, path, handle, output, sink, sealed});
}

type Output = {
	readonly options: BundleOptions;
	/** Final path, as far as it is known: for messages. */
	readonly file: string;
	readonly path: string;
	readonly handle: FileHandle;
	/** Where the bytes of the file go. */
	readonly output: Sink;
	/** Where the bytes of the zip go: the same, or through encryption. */
	readonly sink: Sink;
	/** Checksum of the encrypted file. */
	readonly sealed: Hash;
};

class ZipBundleWriter implements BundleWriter {
	readonly #to: Output;
	readonly #sink: Sink;
	readonly #entries: ZipEntry[] = [];
	readonly #parts: ManifestPart[] = [];
	readonly #names = new Set<string>([guidePath, manifestPath]);
	/** A stream has ended in an error: the file has bytes that belong to nothing. */
	#isBroken = false;
	#isOpen = true;
	/** A part that a program writes by itself. */
	#opened: {readonly entry: ZipEntry; readonly appending: FileHandle} | undefined;
	#isPublished = false;

	constructor(to: Output) {
		this.#to = to;
		this.#sink = to.sink;
	}

	get parts(): readonly ManifestPart[] {
		return this.#parts;
	}

	get bytes(): number {
		return this.#to.output.position;
	}

	async addStream(
		path: string,
		kind: PartKind,
		source: Readable,
		onBytes?: (bytes: number) => void,
	): Promise<ManifestPart> {
		this.#claim(path);
		const start = this.#entry(path, this.#sink.position, this.#sink.patch === undefined ? 'descriptor' : 'patched');
		const held: Buffer[] = [];
		let isHeld = true;
		const release = async (header: ZipEntry) => {
			isHeld = false;
			await this.#write(encodeLocalHeader(header));
			for (const chunk of held.splice(0)) await this.#write(chunk);
		};
		const sums = await this.#read(source, onBytes, async (chunk, bytes) => {
			if (isHeld) held.push(chunk);
			else await this.#write(chunk);
			if (isHeld && bytes > heldBytes) await release(start);
		});
		const entry = {...start, crc: sums.crc, bytes: sums.bytes, compressedBytes: sums.bytes};
		// What is small enough to be held back has a header that knows its size before it is written.
		const known: ZipEntry = {...entry, sizes: 'known'};
		if (isHeld) await release(known);
		else await this.#complete(entry);
		return this.#register(sums.bytes > heldBytes ? entry : known, kind, sums.sha256);
	}

	async openOutput(path: string): Promise<ProgramOutput | undefined> {
		if (this.#sink.skip === undefined) return undefined;
		this.#claim(path);
		const entry = this.#entry(path, this.#sink.position, 'patched');
		this.#isBroken = true;
		await this.#write(encodeLocalHeader(entry));
		await guardWrite(this.#to.file, () => this.#sink.flush());
		const appending = await guardWrite(this.#to.file, () => open(this.#to.path, 'a'));
		this.#opened = {entry, appending};
		return createProgramOutput(appending, this.#to.path, this.#sink.position);
	}

	async addOutput(kind: PartKind, source: Readable, onBytes?: (bytes: number) => void): Promise<ManifestPart> {
		const opened = this.#opened;
		if (opened === undefined) throw new Error('no output of the bundle is open');
		try {
			const sums = await this.#read(source, onBytes, async chunk => this.#sink.skip?.(chunk.length));
			const entry = {...opened.entry, crc: sums.crc, bytes: sums.bytes, compressedBytes: sums.bytes};
			await this.#complete(entry);
			return this.#register(entry, kind, sums.sha256);
		} catch (error) {
			// The program says in its own words, or not at all, that the file takes no more; the file system says it plainly.
			this.#throwIfAborted();
			await guardWrite(this.#to.file, () => opened.appending.appendFile(Buffer.alloc(heldBytes)));
			throw error;
		} finally {
			await this.#closeOutput();
		}
	}

	async addBytes(path: string, kind: PartKind, content: string | Uint8Array, mode?: number): Promise<ManifestPart> {
		this.#claim(path);
		const data = Buffer.from(content);
		const entry = await this.#appendDeflated(path, data);
		return this.#register(entry, kind, createHash('sha256').update(data).digest('hex'), mode);
	}

	async *finish(content: Omit<ManifestContent, 'createdAt'>): Operation<FinishedBundle> {
		yield {type: 'step-started', step: 'finish', title: 'Finish the backup file', canCancel: true};
		const dated = {...content, createdAt: new Date(this.#to.options.createdAt).toISOString()};
		this.#names.delete(guidePath);
		await this.addBytes(guidePath, 'guide', renderRestoreGuide(buildManifest(dated, this.#parts)));
		const manifest = buildManifest(dated, this.#parts);
		this.#entries.push(await this.#appendDeflated(manifestPath, Buffer.from(renderManifest(manifest))));
		await guardWrite(this.#to.file, async () => {
			await this.#sink.write(encodeDirectory(this.#entries, this.#sink.position));
			await this.#sink.flush();
			await this.#to.handle.sync();
			await this.#close();
		});
		yield {type: 'step-finished', step: 'finish'};
		const {options, sealed} = this.#to;
		const {encryption} = options;
		yield* readBack({
			path: this.#to.path,
			file: this.#to.file,
			bytes: this.bytes,
			manifest,
			passphrase: encryption !== undefined && 'passphrase' in encryption ? encryption.passphrase : undefined,
			sealedSha256: encryption !== undefined && 'recipients' in encryption ? sealed.digest('hex') : undefined,
			signal: options.signal,
		});
		const file = await this.#publish();
		return {file, bytes: this.bytes, encrypted: encryption !== undefined, manifest};
	}

	async discard(): Promise<void> {
		await this.#close();
		if (!this.#isPublished) await rm(this.#to.path, {force: true});
	}

	#claim(path: string): void {
		this.#throwIfAborted();
		if (this.#isBroken) throw new Error('a part of the bundle failed: it can only be discarded');
		if (this.#names.has(path)) throw new Error(`the bundle already has a part ${path}`);
		this.#names.add(path);
	}

	#entry(name: string, offset: number, sizes: ZipEntry['sizes']): ZipEntry {
		const time = Math.floor(this.#to.options.createdAt / 1000);
		return {name, method: 'stored', crc: 0, compressedBytes: 0, bytes: 0, time, offset, sizes};
	}

	/** Adds what the header of a stream could not say before its data were there. */
	async #complete(entry: ZipEntry): Promise<void> {
		const {patch} = this.#sink;
		await guardWrite(this.#to.file, async () => {
			if (patch === undefined) await this.#sink.write(encodeDescriptor(entry));
			else await patch(entry.offset, encodeLocalHeader(entry));
		});
	}

	async #appendDeflated(path: string, data: Buffer): Promise<ZipEntry> {
		const deflated = await promisify(deflateRaw)(data);
		const isSmaller = deflated.length < data.length;
		const body = isSmaller ? deflated : data;
		const entry: ZipEntry = {
			...this.#entry(path, this.#sink.position, 'known'),
			method: isSmaller ? 'deflated' : 'stored',
			crc: crc32(data),
			bytes: data.length,
			compressedBytes: body.length,
		};
		await this.#write(encodeLocalHeader(entry));
		await this.#write(body);
		return entry;
	}

	#register(entry: ZipEntry, kind: PartKind, sha256: string, mode?: number): ManifestPart {
		this.#entries.push(entry);
		const part = {path: entry.name, bytes: entry.bytes, sha256, kind, ...(mode === undefined ? {} : {mode})};
		this.#parts.push(part);
		return part;
	}

	async #read(
		source: Readable,
		onBytes: ((bytes: number) => void) | undefined,
		take: (chunk: Buffer, bytes: number) => Promise<void>,
	) {
		const stop = () => source.destroy(cancelled());
		this.#to.options.signal?.addEventListener('abort', stop, {once: true});
		const hash = createHash('sha256');
		let crc = 0;
		let bytes = 0;
		this.#isBroken = true;
		try {
			for await (const chunk of source as AsyncIterable<Buffer>) {
				this.#throwIfAborted();
				hash.update(chunk);
				crc = crc32(chunk, crc);
				bytes += chunk.length;
				await take(chunk, bytes);
				onBytes?.(bytes);
			}
		} finally {
			this.#to.options.signal?.removeEventListener('abort', stop);
		}

		this.#throwIfAborted();
		this.#isBroken = false;
		return {crc, bytes, sha256: hash.digest('hex')};
	}

	async #write(bytes: Buffer): Promise<void> {
		await guardWrite(this.#to.file, () => this.#sink.write(bytes));
	}

	async #closeOutput(): Promise<void> {
		const opened = this.#opened;
		this.#opened = undefined;
		await opened?.appending.close();
	}

	async #close(): Promise<void> {
		await this.#closeOutput();
		if (!this.#isOpen) return;
		this.#isOpen = false;
		await this.#to.handle.close();
	}

	async #publish(): Promise<string> {
		const {folder, project, createdAt, encryption, name} = this.#to.options;
		for (let attempt = 0; attempt < 1000; attempt++) {
			this.#throwIfAborted();
			const file = join(folder, name ?? nameBundle(project, createdAt, {encrypted: encryption !== undefined, attempt}));
			if (!(await guardWrite(file, () => publishFile(this.#to.path, file)))) {
				if (name !== undefined) throw nameTaken(file);
				continue;
			}

			this.#isPublished = true;
			return file;
		}

		throw new AppError('output-unwritable', `Every name for a backup of this second is taken in ${folder}`, {
			hint: 'Try again in a second',
		});
	}

	#throwIfAborted(): void {
		if (this.#to.options.signal?.aborted === true) throw cancelled();
	}
}
