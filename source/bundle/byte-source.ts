import {type FileHandle, open} from 'node:fs/promises';
import {AppError} from '../errors.js';
import {ageChunkBytes, ageTagBytes, type DecryptionKeys, openAge} from './age.js';
import {toReadError} from './file-errors.js';

/** Bytes that can be read at any position: a file, or the plain text of an encrypted one, which never lies on the disk. */
export interface ByteSource {
	/** Path, for messages. */
	readonly path: string;
	readonly size: number;
	/** Exactly `length` bytes; throws AppError bundle-damaged when the source ends before, or was altered. */
	read(position: number, length: number): Promise<Buffer>;
	/** Chunks of `[start, end)`, in order. Each is the consumer's own, unless `reuse`: then it is valid until the next one is asked for, which spares the memory. */
	stream(start: number, end: number, reuse?: boolean): AsyncGenerator<Buffer, void, void>;
	close(): Promise<void>;
}

const streamChunkBytes = 256 * 1024;
const reusedChunkBytes = 1024 * 1024;

/** Opens a file. Throws AppError file-not-found or bundle-unreadable. */
export async function openFileSource(path: string): Promise<ByteSource> {
	const handle = await guard(path, () => open(path, 'r'));
	try {
		const status = await handle.stat();
		if (!status.isFile()) {
			throw new AppError('bundle-unreadable', `${path} is not a file`, {hint: 'Name a backup file'});
		}

		return createFileSource(path, handle, status.size);
	} catch (error) {
		await handle.close();
		throw error;
	}
}

function createFileSource(path: string, handle: FileHandle, size: number): ByteSource {
	async function fill(buffer: Buffer, position: number): Promise<Buffer> {
		let filled = 0;
		while (filled < buffer.length) {
			const {bytesRead} = await guard(path, () =>
				handle.read(buffer, filled, buffer.length - filled, position + filled),
			);
			if (bytesRead === 0) throw cutShort(path);
			filled += bytesRead;
		}

		return buffer;
	}

	return {
		path,
		size,
		read: (position, length) => fill(Buffer.allocUnsafe(length), position),
		async *stream(start, end, reuse = false) {
			const step = reuse ? reusedChunkBytes : streamChunkBytes;
			const reused = reuse ? Buffer.allocUnsafeSlow(Math.min(step, end - start)) : undefined;
			for (let position = start; position < end; position += step) {
				const length = Math.min(step, end - position);
				yield await fill(reused?.subarray(0, length) ?? Buffer.allocUnsafeSlow(length), position);
			}
		},
		close: () => handle.close(),
	};
}

/**
 * The plain text of an age file, chunk by chunk at any position. Each chunk is authenticated; the last one is marked, so that a cut shows at once.
 * Throws AppError bundle-encrypted or bundle-damaged. Closing it closes `sealed`.
 */
export async function openAgeSource(sealed: ByteSource, keys: DecryptionKeys): Promise<ByteSource> {
	const {path} = sealed;
	const head = await sealed.read(0, Math.min(sealed.size, 64 * 1024));
	const age = await openAge(head, keys, path);
	const sealedChunk = ageChunkBytes + ageTagBytes;
	const payload = sealed.size - age.payloadStart;
	const chunks = Math.max(1, Math.ceil(payload / sealedChunk));
	const size = payload - chunks * ageTagBytes;

	async function openChunk(index: number): Promise<Buffer> {
		const start = age.payloadStart + index * sealedChunk;
		const isLast = index === chunks - 1;
		const bytes = await sealed.read(start, isLast ? sealed.size - start : sealedChunk);
		try {
			return age.open(bytes, index, isLast);
		} catch (error) {
			throw new AppError('bundle-damaged', `${path} is cut short or altered: its encryption does not check out`, {
				hint: 'Use another backup or another copy of this one',
				cause: error,
			});
		}
	}

	if (size < 0) throw cutShort(path);
	await openChunk(chunks - 1);
	let cached: {readonly index: number; readonly plain: Buffer} | undefined;
	const source: ByteSource = {
		path,
		size,
		async read(position, length) {
			if (position + length > size) throw cutShort(path);
			const pieces: Buffer[] = [];
			for (let at = position; at < position + length; ) {
				const index = Math.floor(at / ageChunkBytes);
				if (cached?.index !== index) cached = {index, plain: await openChunk(index)};
				const piece = cached.plain.subarray(at - index * ageChunkBytes, position + length - index * ageChunkBytes);
				pieces.push(piece);
				at += piece.length;
			}

			return Buffer.concat(pieces);
		},
		async *stream(start, end) {
			for (let position = start; position < end; ) {
				const length = Math.min(ageChunkBytes - (position % ageChunkBytes), end - position);
				yield await source.read(position, length);
				position += length;
			}
		},
		close: () => sealed.close(),
	};
	return source;
}

function cutShort(path: string): AppError {
	return new AppError('bundle-damaged', `${path} is cut short`, {
		hint: 'Use another backup or another copy of this one; an interrupted download or copy is the usual cause',
	});
}

async function guard<Result>(path: string, work: () => Promise<Result>): Promise<Result> {
	try {
		return await work();
	} catch (error) {
		throw toReadError(error, path);
	}
}
