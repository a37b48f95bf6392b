import {type FileHandle, open} from 'node:fs/promises';
import {Readable} from 'node:stream';
import {setTimeout as delay} from 'node:timers/promises';

/** A file that a program writes to by itself: to carry its bytes through this process would cost more than all else that a backup does here. */
export type ProgramOutput = {
	/** Open for appending; the program inherits it as its standard output. */
	readonly descriptor: number;
	/** What the program writes, read behind it; ends with the file once `ended` has settled. */
	follow(ended: Promise<unknown>): Readable;
};

const chunkBytes = 1024 * 1024;
/** As often as a screen draws. */
const pauseMs = 100;

/** Output for one program at the end of a file, from `position` on. The caller closes `handle`, which is open for appending, when the program has ended. */
export function createProgramOutput(handle: FileHandle, path: string, position: number): ProgramOutput {
	return {descriptor: handle.fd, follow: ended => followFile(path, position, ended)};
}

function followFile(path: string, start: number, ended: Promise<unknown>): Readable {
	let file: FileHandle | undefined;
	let position = start;
	let isEnded = false;
	const wake = new AbortController();
	const end = () => {
		isEnded = true;
		wake.abort();
	};
	ended.then(end, end);

	const next = async (buffer: Buffer): Promise<Buffer | null> => {
		for (;;) {
			// Looked at before reading: what was written until then is read before the stream ends.
			const isLast = isEnded;
			file ??= await open(path, 'r');
			const {bytesRead} = await file.read(buffer, 0, buffer.length, position);
			position += bytesRead;
			if (bytesRead > 0) return buffer.subarray(0, bytesRead);
			if (isLast || stream.destroyed) return null;
			await delay(pauseMs, undefined, {signal: wake.signal}).catch(() => {});
		}
	};
	let reading: Promise<unknown> = Promise.resolve();
	const stream = new Readable({
		highWaterMark: chunkBytes,
		read() {
			// A new buffer for each chunk: whoever reads may keep them.
			reading = next(Buffer.allocUnsafeSlow(chunkBytes)).then(
				chunk => stream.push(chunk),
				error => stream.destroy(error),
			);
		},
		destroy(error, callback) {
			wake.abort();
			reading
				.then(() => file?.close())
				.then(
					() => callback(error),
					closeError => callback(error ?? closeError),
				);
		},
	});
	return stream;
}
