import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {Readable} from 'node:stream';
import type {DecryptionKeys} from '../../bundle/age.js';
import {toReadError} from '../../bundle/file-errors.js';
import type {Manifest} from '../../bundle/manifest.js';
import {type Bundle, openBundle} from '../../bundle/read.js';
import {verifyChecksums} from '../../bundle/verify-checksums.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {SourceDatabase, SourceSummary} from './source-summary.js';
import {summariseManifest} from './source-summary.js';

/** The file that is restored or verified, open and structurally sound. */
export type RestoreSource = {
	readonly summary: SourceSummary;
	/** Null for a foreign dump. */
	readonly manifest: Manifest | null;
	/** Reads everything and compares it with what it must be. Throws bundle-damaged before anything was changed. */
	check(signal: AbortSignal): Operation<void>;
	/** The bytes of a dump; for the directory format one file of it. */
	openDump(database: SourceDatabase, file?: string): Readable;
	/** Files of a dump in the directory format, relative to its folder; null for the other formats. */
	listFiles(database: SourceDatabase): readonly string[] | null;
	/** SQL with the roles of a server. */
	readGlobals(part: string): Promise<string>;
	close(): Promise<void>;
};

export type KeyChoice = {
	readonly passphraseFile?: string | null | undefined;
	readonly identities?: readonly string[] | undefined;
};

/** Keys for an encrypted backup: passphrase of a file or of LIFEBOAT_PASSPHRASE, and age identity files. Throws file-not-found. */
export async function readDecryptionKeys(
	choice: KeyChoice,
	services: Pick<Services, 'environment' | 'cwd'>,
): Promise<DecryptionKeys> {
	const read = async (file: string) => {
		const path = resolve(services.cwd, file);
		try {
			return await readFile(path, 'utf8');
		} catch (error) {
			throw toReadError(error, path);
		}
	};
	const passphrase =
		choice.passphraseFile === undefined || choice.passphraseFile === null
			? services.environment['LIFEBOAT_PASSPHRASE']
			: (await read(choice.passphraseFile)).split(/\r?\n/)[0];
	const texts = await Promise.all((choice.identities ?? []).map(read));
	const identities = texts.flatMap(text => text.split(/\r?\n/).filter(line => line.startsWith('AGE-SECRET-KEY-')));
	return {...(passphrase ? {passphrase} : {}), identities};
}

/**
 * Opens what the user named, told apart by its content.
 * Throws file-not-found, bundle-unreadable, bundle-encrypted, bundle-damaged.
 */
export async function openSource(path: string, keys: DecryptionKeys): Promise<RestoreSource> {
	return openBundleSource(await openBundle(path, keys));
}

function openBundleSource(bundle: Bundle): RestoreSource {
	const {manifest} = bundle;
	const partOf = (database: SourceDatabase, file?: string) =>
		file === undefined ? (database.part ?? '') : `${database.part}/${file}`;
	return {
		summary: summariseManifest(bundle.path, bundle.bytes, bundle.encrypted, manifest),
		manifest,
		async *check(signal) {
			yield* verifyChecksums(bundle, {signal, title: 'Check the backup'});
		},
		openDump: (database, file) => bundle.openPart(partOf(database, file)),
		listFiles: database =>
			database.format === 'directory'
				? manifest.parts
						.filter(part => part.path.startsWith(`${database.part}/`))
						.map(part => part.path.slice((database.part ?? '').length + 1))
				: null,
		readGlobals: async part => (await bundle.readPart(part)).toString('utf8'),
		close: () => bundle.close(),
	};
}
