import type {FileHandle} from 'node:fs/promises';
import {type AgeSealer, ageChunkBytes} from './age.js';

/** Where the bytes of an archive go, in order. Each call settles when the bytes were taken: that is the back-pressure. */
export interface Sink {
	/** Plain bytes written so far. */
	readonly position: number;
	write(bytes: Buffer): Promise<void>;
	/** Counts bytes that another program has appended to the file itself, after a `flush`; undefined where all bytes must pass through here. */
	readonly skip: ((bytes: number) => void) | undefined;
	/** Overwrites bytes written before; undefined where the output cannot be written twice. */
	readonly patch: ((position: number, bytes: Buffer) => Promise<void>) | undefined;
	/** Writes what is still held back. */
	flush(): Promise<void>;
}

/** Pipes give 64 KiB at a time; one system call for sixteen of them halves the processor time. */
const gatherBytes = 1024 * 1024;

/** Writes to a file; `onFlush` sees the bytes in the order in which they go out. */
export function createFileSink(handle: FileHandle, onFlush?: (bytes: Buffer) => void): Sink {
	let gathered: Buffer[] = [];
	let gatheredBytes = 0;
	let position = 0;

	async function flush(): Promise<void> {
		const buffers = gathered;
		gathered = [];
		const start = position - gatheredBytes;
		gatheredBytes = 0;
		if (onFlush !== undefined) for (const buffer of buffers) onFlush(buffer);
		await writeFully(handle, buffers, start);
	}

	return {
		get position() {
			return position;
		},
		async write(bytes) {
			gathered.push(bytes);
			gatheredBytes += bytes.length;
			position += bytes.length;
			if (gatheredBytes >= gatherBytes) await flush();
		},
		skip(bytes) {
			position += bytes;
		},
		async patch(at, bytes) {
			await flush();
			await writeFully(handle, [bytes], at);
		},
		flush,
	};
}

/** Encrypts on the way to `output`. */
export function createAgeSink(output: Sink, sealer: AgeSealer): Sink {
	let chunk = Buffer.alloc(0);
	let position = 0;
	let hasHead = false;

	async function writeHead(): Promise<void> {
		if (hasHead) return;
		hasHead = true;
		await output.write(sealer.head);
	}

	return {
		get position() {
			return position;
		},
		async write(bytes) {
			await writeHead();
			position += bytes.length;
			let rest = chunk.length === 0 ? bytes : Buffer.concat([chunk, bytes]);
			while (rest.length > ageChunkBytes) {
				await output.write(sealer.seal(rest.subarray(0, ageChunkBytes), false));
				rest = rest.subarray(ageChunkBytes);
			}

			chunk = Buffer.from(rest);
		},
		skip: undefined,
		patch: undefined,
		async flush() {
			await writeHead();
			await output.write(sealer.seal(chunk, true));
			await output.flush();
		},
	};
}

/** writev may take fewer bytes than it was given, as it does when the disk fills up: the next call says why. */
async function writeFully(handle: FileHandle, buffers: readonly Buffer[], start: number): Promise<void> {
	let rest = buffers.filter(buffer => buffer.length > 0);
	let position = start;
	while (rest.length > 0) {
		let {bytesWritten} = await handle.writev(rest, position);
		position += bytesWritten;
		while (bytesWritten > 0) {
			const [first = Buffer.alloc(0), ...others] = rest;
			rest = bytesWritten >= first.length ? others : [first.subarray(bytesWritten), ...others];
			bytesWritten -= Math.min(bytesWritten, first.length);
		}
	}
}
