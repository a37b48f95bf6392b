import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {Readable} from 'node:stream';
import type {DecryptionKeys} from '../../bundle/age.js';
import {gunzip, unzstd} from '../../bundle/decompress.js';
import {toKeyError} from '../../bundle/file-errors.js';
import {openSource as openAny} from '../../bundle/foreign.js';
import {inspectPart} from '../../bundle/inspect.js';
import type {Manifest} from '../../bundle/manifest.js';
import type {Bundle} from '../../bundle/read.js';
import {readToc} from '../../bundle/toc.js';
import {verifyChecksums} from '../../bundle/verify-checksums.js';
import {AppError} from '../../errors.js';
import {drive, type Operation} from '../../operation.js';
import type {ArchiveToc} from '../../postgres/archive.js';
import type {PlainFacts} from '../../postgres/plain-scan.js';
import type {Services} from '../../services.js';
import {describeArchive, describeDecoded, ownersOf, rolesOf, scanPlain} from './dump-reading.js';
import {openForeignSource} from './foreign-source.js';
import {findNewerFeatures} from './newer-syntax.js';
import {packFiles} from './pack-files.js';
import {markSessions} from './session-tables.js';
import {type SourceDatabase, type SourceSummary, summariseManifest} from './source-summary.js';

/** The file that is restored or verified, open and structurally sound. */
export type RestoreSource = {
	readonly summary: SourceSummary;
	/** The summary with what only the dumps themselves tell: the roles that own something. With `false` a foreign dump that runs commands is refused. */
	summarise(signal: AbortSignal, trustCommands?: boolean): Promise<SourceSummary>;
	/** Null for a foreign dump. */
	readonly manifest: Manifest | null;
	/** Reads everything and compares it with what it must be. Throws bundle-damaged before anything was changed. */
	check(signal: AbortSignal, trustCommands?: boolean): Operation<void>;
	/** What a dump is, read from its beginning (archive) or the whole of it (plain SQL). */
	describeDump(database: SourceDatabase, signal: AbortSignal): Promise<DumpDescription>;
	/** Reads a dump to its end as what it claims to be, without a server. Throws bundle-damaged. */
	decode(database: SourceDatabase, signal: AbortSignal): Promise<DecodedDump>;
	/** The bytes of a dump, in the custom format or plain SQL, decompressed. */
	openDump(database: SourceDatabase): Readable;
	/** The bytes of a dump in the custom or tar format; each chunk is valid until the next one is asked for, which spares memory and time. */
	scanArchive(database: SourceDatabase): AsyncIterable<Buffer>;
	/** The bytes of a part of a bundle. Throws bundle-damaged for a part that is not there. */
	openPart(path: string): Readable;
	/** SQL with the roles of a server. */
	readGlobals(part: string): Promise<string>;
	close(): Promise<void>;
};

export type DumpDescription =
	/** `directory`: `openDump` gives a tar of its files. */
	| {readonly kind: 'archive' | 'directory'; readonly toc: ArchiveToc}
	| {readonly kind: 'plain'; readonly facts: PlainFacts; readonly section: string | null};

export type DecodedDump = {
	/** False where only PostgreSQL's own programs can decompress it (lz4). */
	readonly decoded: boolean;
	/** Rows, where they can be counted. */
	readonly tables: readonly {readonly schema: string; readonly name: string; readonly rows: number}[];
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
			throw toKeyError(error, path);
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
	const source = await openAny(path, keys);
	return source.kind === 'bundle' ? openBundleSource(source.bundle) : openForeignSource(source);
}

function openBundleSource(bundle: Bundle): RestoreSource {
	const {manifest} = bundle;
	const databaseOf = (database: SourceDatabase) => {
		const found = manifest.servers.flatMap(server => server.databases).find(one => one.dump.path === database.part);
		if (found === undefined) throw new AppError('bundle-damaged', `${bundle.path} holds no database ${database.name}`);
		return found;
	};
	const open = (database: SourceDatabase): Readable => {
		const path = database.part ?? '';
		if (database.format === 'directory') return packParts(bundle, path);
		if (database.format !== 'plain') return bundle.openPart(path);
		const name = `${bundle.path} (${path})`;
		const bytes = () => bundle.openPart(path) as AsyncIterable<Buffer>;
		const {compression} = databaseOf(database).dump;
		if (compression === 'gzip') return Readable.from(gunzip(generate(bytes()), name));
		if (compression === 'zstd') return Readable.from(unzstd(generate(bytes()), name));
		return bundle.openPart(path);
	};
	const tocOf = (database: SourceDatabase) => {
		const path = database.format === 'directory' ? `${database.part}/toc.dat` : (database.part ?? '');
		return readToc(generate(bundle.openPart(path) as AsyncIterable<Buffer>), `${bundle.path} (${path})`);
	};
	const summary = summariseManifest(bundle.path, bundle.bytes, bundle.encrypted, manifest);
	return {
		summary,
		manifest,
		async summarise() {
			const databases = await Promise.all(
				summary.databases.map(async database => {
					if (database.format === 'plain') return database;
					const toc = await tocOf(database);
					const tables = database.tables && markSessions(database.tables, toc);
					return {
						...database,
						tables,
						roles: rolesOf(toc),
						owners: ownersOf(toc),
						archive: describeArchive(toc),
						features: findNewerFeatures(toc),
					};
				}),
			);
			return {...summary, databases};
		},
		async *check(signal) {
			yield* verifyChecksums(bundle, {signal, title: 'Check the backup'});
		},
		openDump: open,
		scanArchive: database => bundle.scanPart(database.part ?? ''),
		async decode(database, signal) {
			const facts = await drive(inspectPart(bundle, databaseOf(database), {signal}), () => {});
			return describeDecoded(facts);
		},
		async describeDump(database, signal) {
			if (database.format === 'plain')
				return {kind: 'plain', facts: await scanPlain(open(database), signal), section: null};
			return {kind: database.format === 'directory' ? 'directory' : 'archive', toc: await tocOf(database)};
		},
		openPart: path => bundle.openPart(path),
		readGlobals: async part => (await bundle.readPart(part)).toString('utf8'),
		close: () => bundle.close(),
	};
}

async function* generate(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
	yield* chunks;
}

/** The files of a dump in the directory format as a tar. */
function packParts(bundle: Bundle, folder: string): Readable {
	const parts = bundle.manifest.parts.filter(part => part.path.startsWith(`${folder}/`));
	return packFiles(
		parts.map(part => ({
			name: part.path.slice(folder.length + 1),
			bytes: part.bytes,
			open: () => bundle.openPart(part.path),
		})),
	);
}
