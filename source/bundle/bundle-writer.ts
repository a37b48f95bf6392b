import type {Readable} from 'node:stream';
import type {ProgramOutput} from '../engine/program-output.js';
import type {Operation} from '../operation.js';
import type {EncryptionKeys} from './age.js';
import type {Manifest, ManifestContent, ManifestPart, PartKind} from './manifest.js';

export type BundleOptions = {
	/** Folder of the backups; its parent must exist. */
	readonly folder: string;
	/** Name of the file; absent for one made of project and time. A file of that name is never replaced. */
	readonly name?: string | undefined;
	readonly project: string;
	/** Milliseconds since the epoch: goes into the name and the manifest. */
	readonly createdAt: number;
	readonly encryption?: EncryptionKeys | undefined;
	/** Firing it makes the call under way throw `cancelled`; then `discard`. */
	readonly signal?: AbortSignal | undefined;
};

export type FinishedBundle = {
	readonly file: string;
	readonly bytes: number;
	readonly encrypted: boolean;
	readonly manifest: Manifest;
};

/**
 * Writes one bundle, part after part, to a hidden file that becomes the bundle only when it is complete and was read back.
 * Whoever creates it calls `finish` or `discard`. Errors of the file system are AppError disk-full or output-unwritable.
 */
export interface BundleWriter {
	/** Parts so far. */
	readonly parts: readonly ManifestPart[];
	/** Bytes of the file so far. */
	readonly bytes: number;
	/**
	 * Appends a stream as it is (dumps and tar.gz are compressed already), with back-pressure to its source. An error of the source is thrown as it is.
	 * `onBytes` gets the bytes of this part so far.
	 */
	addStream(path: string, kind: PartKind, source: Readable, onBytes?: (bytes: number) => void): Promise<ManifestPart>;
	/**
	 * Begins a part that a program writes into the file by itself, so that its bytes need not pass through this process. Start the program with this output, then
	 * call `addOutput`. Undefined where bytes must be encrypted on their way: then `addStream` takes them.
	 */
	openOutput(path: string): Promise<ProgramOutput | undefined>;
	/** Takes the part of the last `openOutput`: `source` is what `follow` of that output gives, whole and in order. Errors as of `addStream`. */
	addOutput(kind: PartKind, source: Readable, onBytes?: (bytes: number) => void): Promise<ManifestPart>;
	/** Appends a small text or file, compressed. `mode` are the permissions that it had. */
	addBytes(path: string, kind: PartKind, content: string | Uint8Array, mode?: number): Promise<ManifestPart>;
	/** Appends RESTORE.md and the manifest, syncs, reads everything back, and gives the file its name. Throws AppError output-unwritable when what was read back differs. */
	finish(content: Omit<ManifestContent, 'createdAt'>): Operation<FinishedBundle>;
	/** Removes what was written. May be called at any time, also after `finish`, when it does nothing. */
	discard(): Promise<void>;
}
