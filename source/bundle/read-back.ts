import {createHash} from 'node:crypto';
import {isDeepStrictEqual} from 'node:util';
import {AppError, cancelled, isAppError} from '../errors.js';
import type {Operation} from '../operation.js';
import {openFileSource} from './byte-source.js';
import type {Manifest} from './manifest.js';
import {openBundle} from './read.js';
import {verifyChecksums} from './verify-checksums.js';

const title = 'Read the backup back';

export type WrittenBundle = {
	/** Where it lies now; `file` is what to call it in messages. */
	readonly path: string;
	readonly file: string;
	readonly bytes: number;
	readonly manifest: Manifest;
	/** Opens it again, when it was encrypted with a passphrase. */
	readonly passphrase: string | undefined;
	/** Checksum of the whole encrypted file, taken while writing, when nobody here can open it again. */
	readonly sealedSha256: string | undefined;
	readonly signal: AbortSignal | undefined;
};

/** Reads a bundle that was just written to its end and compares it with what was written. Throws AppError output-unwritable when the disk gives back something else. */
export async function* readBack(written: WrittenBundle): Operation<void> {
	try {
		if (written.sealedSha256 === undefined) yield* readParts(written);
		else yield* readSealed(written, written.sealedSha256);
	} catch (error) {
		if (!isAppError(error) || error.code === 'cancelled') throw error;
		throw readsDifferently(written, error);
	}
}

async function* readParts(written: WrittenBundle): Operation<void> {
	const bundle = await openBundle(written.path, {passphrase: written.passphrase});
	try {
		yield* verifyChecksums(bundle, {signal: written.signal, title});
		if (bundle.bytes !== written.bytes || bundle.repacked || !isDeepStrictEqual(bundle.manifest, written.manifest)) {
			throw readsDifferently(written);
		}
	} finally {
		await bundle.close();
	}
}

async function* readSealed(written: WrittenBundle, sha256: string): Operation<void> {
	const step = 'checksums';
	yield {type: 'step-started', step, title, canCancel: true};
	const source = await openFileSource(written.path);
	const hash = createHash('sha256');
	let done = 0;
	try {
		for await (const chunk of source.stream(0, source.size, true)) {
			if (written.signal?.aborted === true) throw cancelled();
			hash.update(chunk);
			done += chunk.length;
			if (done % (16 * 1024 * 1024) < chunk.length) {
				yield {type: 'step-progress', step, done, total: written.bytes, unit: 'bytes'};
			}
		}
	} finally {
		await source.close();
	}

	if (done !== written.bytes || hash.digest('hex') !== sha256) throw readsDifferently(written);
	yield {type: 'step-finished', step};
}

function readsDifferently(written: WrittenBundle, cause?: AppError): AppError {
	return new AppError('output-unwritable', `${written.file} reads back differently from what was written`, {
		hint: 'Check the disk (dmesg, smartctl), and choose another folder with --output',
		details: cause === undefined ? [] : [cause.message],
		cause,
	});
}
