import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import type {Readable} from 'node:stream';
import {createGunzip} from 'node:zlib';
import type {DecryptionKeys} from '../../bundle/age.js';
import {toReadError} from '../../bundle/file-errors.js';
import type {Manifest} from '../../bundle/manifest.js';
import {type Bundle, openBundle} from '../../bundle/read.js';
import {verifyChecksums} from '../../bundle/verify-checksums.js';
import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {type ArchiveToc, readArchiveToc} from '../../postgres/archive.js';
import {createArchiveCheck} from '../../postgres/archive-check.js';
import {createPlainScan, type PlainFacts, unquoteName} from '../../postgres/plain-scan.js';
import type {Services} from '../../services.js';
import type {SourceDatabase, SourceSummary} from './source-summary.js';
import {summariseManifest} from './source-summary.js';

/** The file that is restored or verified, open and structurally sound. */
export type RestoreSource = {
	readonly summary: SourceSummary;
	/** The summary with what only the dumps themselves tell: the roles that own something. */
	summarise(signal: AbortSignal): Promise<SourceSummary>;
	/** Null for a foreign dump. */
	readonly manifest: Manifest | null;
	/** Reads everything and compares it with what it must be. Throws bundle-damaged before anything was changed. */
	check(signal: AbortSignal): Operation<void>;
	/** What a dump is, read from its beginning (archive) or the whole of it (plain SQL). */
	describeDump(database: SourceDatabase, signal: AbortSignal): Promise<DumpDescription>;
	/** Reads a dump to its end as what it claims to be, without a server. Throws bundle-damaged. */
	decode(database: SourceDatabase, signal: AbortSignal): Promise<void>;
	/** The bytes of a dump, in the custom format or plain SQL, decompressed. */
	openDump(database: SourceDatabase): Readable;
	/** SQL with the roles of a server. */
	readGlobals(part: string): Promise<string>;
	close(): Promise<void>;
};

export type DumpDescription =
	| {readonly kind: 'archive'; readonly toc: ArchiveToc}
	| {readonly kind: 'plain'; readonly facts: PlainFacts; readonly section: string | null};

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
	const open = (database: SourceDatabase): Readable => {
		const stream = bundle.openPart(database.part ?? '');
		return database.format === 'plain' ? decompress(stream, database) : stream;
	};
	const summary = summariseManifest(bundle.path, bundle.bytes, bundle.encrypted, manifest);
	return {
		summary,
		manifest,
		async summarise() {
			const databases = await Promise.all(
				summary.databases.map(async database =>
					database.format === 'custom' ? {...database, roles: rolesOf(await readToc(open(database)))} : database,
				),
			);
			return {...summary, databases};
		},
		async *check(signal) {
			yield* verifyChecksums(bundle, {signal, title: 'Check the backup'});
		},
		openDump: open,
		async describeDump(database, signal) {
			if (database.format === 'plain')
				return {kind: 'plain', facts: await scanPlain(open(database), signal), section: null};
			return {kind: 'archive', toc: await readToc(open(database))};
		},
		decode: (database, signal) => decodeDump(open(database), database.format, signal),
		readGlobals: async part => (await bundle.readPart(part)).toString('utf8'),
		close: () => bundle.close(),
	};
}

/** Follows a dump to its end: blocks of an archive, statements and rows of plain SQL. */
async function decodeDump(stream: Readable, format: SourceDatabase['format'], signal: AbortSignal): Promise<void> {
	if (format === 'plain') {
		const facts = await scanPlain(stream, signal);
		if (!facts.complete)
			throw new AppError('bundle-damaged', 'The dump has no end: it is cut off', {
				hint: 'Use another copy of the backup',
			});
		return;
	}

	if (format !== 'custom') return;
	const check = createArchiveCheck();
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		signal.throwIfAborted();
		check.push(chunk);
	}

	check.finish();
}

function decompress(stream: Readable, database: SourceDatabase): Readable {
	if (!(database.part ?? '').endsWith('.gz')) return stream;
	const gunzip = createGunzip();
	stream.on('error', error => gunzip.destroy(error));
	gunzip.on('close', () => stream.destroy());
	return stream.pipe(gunzip);
}

/** Who owns something in an archive, as far as its table of contents says. */
export function rolesOf(toc: ArchiveToc): readonly string[] {
	const granted = toc.entries
		.filter(entry => entry.kind === 'ACL' || entry.kind === 'DEFAULT ACL')
		.flatMap(entry => [...entry.definition.matchAll(/ TO ((?:"(?:[^"]|"")+"|[\w$]+))(?: WITH GRANT OPTION)?;/g)])
		.map(match => unquoteName(match[1] ?? ''))
		.filter(role => role.toUpperCase() !== 'PUBLIC');
	return [...new Set([...toc.entries.map(entry => entry.owner), ...granted])].filter(
		role => role !== '' && !role.startsWith('pg_'),
	);
}

/** Table of contents of an archive from its first bytes. Throws bundle-damaged when it ends before. */
export async function readToc(stream: Readable): Promise<ArchiveToc> {
	let head = Buffer.alloc(0);
	let nextTry = 0;
	try {
		for await (const chunk of stream as AsyncIterable<Buffer>) {
			head = Buffer.concat([head, chunk]);
			if (head.length < nextTry) continue;
			const toc = readArchiveToc(head);
			if (toc !== undefined) return toc;
			nextTry = head.length * 2;
		}
	} finally {
		stream.destroy();
	}

	const toc = readArchiveToc(head);
	if (toc !== undefined) return toc;
	throw new AppError('bundle-damaged', 'The dump ends within its table of contents', {
		hint: 'Use another copy of the backup',
	});
}

/** Reads the whole of a plain dump: its tables, rows, commands, and whether its end is there. */
export async function scanPlain(stream: Readable, signal: AbortSignal): Promise<PlainFacts> {
	const scan = createPlainScan();
	for await (const chunk of stream as AsyncIterable<Buffer>) {
		signal.throwIfAborted();
		scan.push(chunk);
	}

	return scan.finish();
}
