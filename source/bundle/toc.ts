import {AppError} from '../errors.js';
import {type ArchiveToc, readArchiveToc} from '../postgres/archive.js';

/** Reads the table of contents, which stands in front of an archive, after `skip` bytes. Throws AppError bundle-damaged when the bytes end before it does. */
export async function readToc(chunks: AsyncGenerator<Buffer, void, void>, path: string, skip = 0): Promise<ArchiveToc> {
	let bytes = Buffer.alloc(0);
	let next = 0;
	for await (const chunk of chunks) {
		bytes = Buffer.concat([bytes, chunk]);
		// A long one is parsed again only when there is twice as much of it.
		if (bytes.length < next) continue;
		next = bytes.length * 2;
		const toc = readArchiveToc(bytes.subarray(skip));
		if (toc !== undefined) return toc;
	}

	const toc = readArchiveToc(bytes.subarray(skip));
	if (toc !== undefined) return toc;
	throw new AppError('bundle-damaged', `${path} is damaged: it is cut short in its table of contents`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
	});
}
