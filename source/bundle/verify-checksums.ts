import {cancelled} from '../errors.js';
import type {Operation} from '../operation.js';
import type {Bundle} from './read.js';

export type ChecksumResult = {readonly parts: number; readonly bytes: number};

/** Least time between two events of progress, in milliseconds. */
const progressInterval = 100;

/** Reads every part to its end and compares size and sha256 with the manifest. Throws AppError bundle-damaged, which names the part, or cancelled. */
export async function* verifyChecksums(
	bundle: Bundle,
	options: {readonly signal?: AbortSignal | undefined; readonly title?: string | undefined} = {},
): Operation<ChecksumResult> {
	const step = 'checksums';
	const {parts} = bundle.manifest;
	const total = parts.reduce((sum, part) => sum + part.bytes, 0);
	yield {type: 'step-started', step, title: options.title ?? 'Check every part against its checksum', canCancel: true};
	let done = 0;
	let toldAt = 0;
	for (const part of parts) {
		for await (const chunk of bundle.scanPart(part.path)) {
			if (options.signal?.aborted === true) throw cancelled();
			done += chunk.length;
			const now = performance.now();
			if (now - toldAt < progressInterval) continue;
			toldAt = now;
			yield {type: 'step-progress', step, done, total, unit: 'bytes', current: part.path};
		}
	}

	yield {type: 'step-progress', step, done, total, unit: 'bytes'};
	yield {type: 'step-finished', step, note: parts.length === 1 ? '1 part' : `${parts.length} parts`};
	return {parts: parts.length, bytes: done};
}
