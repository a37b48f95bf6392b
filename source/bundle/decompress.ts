import {Readable} from 'node:stream';
import zlib from 'node:zlib';
import {Decompress} from 'fzstd';
import {AppError} from '../errors.js';

type Chunks = AsyncIterable<Buffer>;
type Plain = AsyncGenerator<Buffer, void, void>;

/** What goes into fzstd at a time: a block of 4 bytes can become 128 KiB, so this bounds what one push can yield to 64 MiB. */
const sliceBytes = 2048;
/** No dump shrinks more than this; a file that claims to is made to fill a disk. */
const highestRatio = 3000;
const alwaysAllowedBytes = 1024 ** 3;

/** The plain bytes of a gzip file (of several members, too). Throws AppError bundle-damaged when it is cut short or altered. */
export async function* gunzip(chunks: Chunks, path: string): Plain {
	yield* through(chunks, zlib.createGunzip({chunkSize: 256 * 1024}), path, 'gzip');
}

/** The plain bytes of one zlib stream, as it stands in an archive of pg_dump. */
export async function* inflate(chunks: Chunks, path: string): Plain {
	yield* through(chunks, zlib.createInflate({chunkSize: 256 * 1024}), path, 'zlib');
}

/** The plain bytes of a zstd file. Throws AppError bundle-damaged when it is cut short, altered, or grows absurdly. */
export async function* unzstd(chunks: Chunks, path: string): Plain {
	let packedBytes = 0;
	let plainBytes = 0;
	async function* counted(): Plain {
		for await (const chunk of chunks) {
			packedBytes += chunk.length;
			yield chunk;
		}
	}

	for await (const chunk of decodeZstd(counted(), path)) {
		plainBytes += chunk.length;
		if (plainBytes > alwaysAllowedBytes && plainBytes > packedBytes * highestRatio) {
			throw damaged(path, `it grows absurdly: ${packedBytes} bytes became ${plainBytes}, and there are more`);
		}

		yield chunk;
	}
}

/** The first Node whose decoder reports a stream that is cut short; that of 22 ends as if all were there. */
const nativeZstdSince = 24;

/** Node's own decoder where it can be trusted: faster, and it checks zstd's checksums. */
function decodeZstd(chunks: Chunks, path: string): Plain {
	const create: unknown = Reflect.get(zlib, 'createZstdDecompress');
	if (typeof create !== 'function' || Number.parseInt(process.versions.node, 10) < nativeZstdSince)
		return decodeZstdByTables(chunks, path);
	return through(chunks, create() as NodeJS.ReadWriteStream & {destroy(error?: Error): void}, path, 'zstd');
}

/** zstd without native code, for a Node that has none. */
export async function* decodeZstdByTables(chunks: Chunks, path: string): Plain {
	let ready: Buffer[] = [];
	const decoder = new Decompress(data => {
		if (data.length > 0) ready.push(Buffer.from(data.buffer, data.byteOffset, data.byteLength));
	});
	const push = (data: Uint8Array, isLast: boolean) => {
		try {
			decoder.push(data, isLast);
		} catch (error) {
			throw damaged(path, `its zstd compression is cut short or altered (${messageOf(error)})`, error);
		}

		const plain = ready;
		ready = [];
		return plain;
	};

	for await (const chunk of chunks) {
		for (let start = 0; start < chunk.length; start += sliceBytes) {
			yield* push(chunk.subarray(start, start + sliceBytes), false);
		}
	}

	yield* push(new Uint8Array(), true);
}

async function* through(
	chunks: Chunks,
	decoder: NodeJS.ReadWriteStream & {destroy(error?: Error): void},
	path: string,
	name: string,
): Plain {
	const input = Readable.from(chunks, {highWaterMark: 2});
	input.once('error', error => decoder.destroy(error));
	try {
		for await (const chunk of input.pipe(decoder) as AsyncIterable<Buffer>) yield chunk;
	} catch (error) {
		if (error instanceof AppError || !isDecoderError(error)) throw error;
		throw damaged(path, `its ${name} compression is cut short or altered (${messageOf(error)})`, error);
	} finally {
		input.destroy();
		decoder.destroy();
	}
}

function isDecoderError(error: unknown): boolean {
	return error instanceof Error && 'code' in error && /^(?:Z_|ZSTD_|ERR_)/u.test(String(error.code));
}

function messageOf(error: unknown): string {
	return error instanceof Error ? error.message : String(error);
}

function damaged(path: string, what: string, cause?: unknown): AppError {
	return new AppError('bundle-damaged', `${path} is damaged: ${what}`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
		cause,
	});
}
