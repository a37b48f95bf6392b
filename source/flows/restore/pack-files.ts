import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {pack} from 'tar-stream';

export type PackedFile = {readonly name: string; readonly bytes: number; open(): Readable};

/** Files as one tar, one after the other, with back-pressure. An error of a file destroys the stream. */
export function packFiles(files: AsyncIterable<PackedFile> | Iterable<PackedFile>): Readable {
	const tar = pack();
	const add = async () => {
		for await (const file of files) await pipeline(file.open(), tar.entry({name: file.name, size: file.bytes}));
		tar.finalize();
	};
	add().catch(error => tar.destroy(error));
	return tar as unknown as Readable;
}
