import {AppError} from '../errors.js';
import type {Operation} from '../operation.js';
import type {ArchiveEntry, ArchiveToc} from '../postgres/archive.js';
import {SqlScanner} from '../postgres/sql-scanner.js';
import {
	type ArchivePiece,
	type DumpFiles,
	readCustomPieces,
	readFolderPieces,
	readTarPieces,
} from './archive-pieces.js';
import {type DumpFacts, majorOf, type OnBytes} from './dump-facts.js';
import {type DumpTable, type FoundTable, readParent, settleTables} from './dump-tables.js';
import {canDecode, countCopyRows, decodeData} from './rows.js';
import {isPredefinedRole, SqlFactsCollector} from './sql-facts.js';

/** An archive to be read: its bytes, or its files. */
export type ArchiveInput = {readonly path: string; readonly toc: ArchiveToc} & (
	| {readonly format: 'custom' | 'tar'; readonly scan: () => AsyncGenerator<Buffer, void, void>}
	| {readonly format: 'directory'; readonly files: DumpFiles}
);

/** Reads an archive to its end: structure, compression, and the number of rows of each table. Throws AppError bundle-damaged. */
export async function* inspectArchive(archive: ArchiveInput, onBytes: OnBytes): Operation<DumpFacts> {
	const {toc, path} = archive;
	const entries = new Map(toc.entries.map(entry => [entry.id, entry]));
	const rows = new Map<number, number | null>();
	const progress = {read: 0};
	const seen = new Set<number>();
	let plainBytes = 0;
	let decoded = true;
	for await (const piece of readPieces(archive, progress)) {
		const entry = entries.get(piece.entry);
		if (entry?.hasData !== true) throw damaged(path, 'it holds data that its table of contents does not name');
		seen.add(entry.id);
		const counter = createCounter(piece, path);
		decoded &&= counter.decodes;
		if (counter.decodes && entry.kind === 'TABLE DATA') {
			rows.set(entry.id, await countCopyRows(counter.data(), `${entry.schema ?? 'public'}.${entry.name}`, path));
		} else {
			for await (const _ of counter.data());
		}

		plainBytes += counter.bytes();
		const event = onBytes(progress.read);
		if (event !== undefined) yield event;
	}

	const missing = toc.entries.filter(entry => entry.hasData && !seen.has(entry.id));
	if (missing.length > 0)
		throw damaged(
			path,
			`the data of ${missing
				.map(({name}) => name)
				.slice(0, 5)
				.join(', ')} are missing`,
		);
	return describe(toc, rows, plainBytes, decoded);
}

function readPieces(archive: ArchiveInput, progress: {read: number}): AsyncGenerator<ArchivePiece, void, void> {
	const {path, toc} = archive;
	async function* counted(chunks: AsyncGenerator<Buffer, void, void>) {
		for await (const chunk of chunks) {
			progress.read += chunk.length;
			yield chunk;
		}
	}

	if (archive.format === 'directory') {
		const {files} = archive;
		return readFolderPieces({...files, open: name => counted(files.open(name))}, toc);
	}

	const bytes = counted(archive.scan());
	return archive.format === 'tar' ? readTarPieces(bytes, toc, path) : readCustomPieces(bytes, toc, path);
}

function createCounter(piece: ArchivePiece, path: string) {
	let bytes = 0;
	async function* data() {
		for await (const chunk of decodeData(piece.data, piece.compression, path)) {
			bytes += chunk.length;
			yield chunk;
		}
	}

	return {data, bytes: () => bytes, decodes: piece.compression === 'gzip file' || canDecode(piece.compression)};
}

function describe(
	toc: ArchiveToc,
	rows: ReadonlyMap<number, number | null>,
	plainBytes: number,
	decoded: boolean,
): DumpFacts {
	const definition = (kind: string) => toc.entries.find(entry => entry.kind === kind)?.definition.trim() ?? '';
	return {
		serverVersion: toc.serverVersion,
		serverMajor: majorOf(toc.serverVersion),
		dumpVersion: toc.dumpVersion,
		databases: toc.database === '' ? [] : [toc.database],
		roles: readRolesOf(toc),
		extensions: toc.entries.filter(entry => entry.kind === 'EXTENSION').map(({name}) => name),
		tables: describeTables(toc.entries, rows),
		plainBytes,
		decoded,
		createDatabase: definition('DATABASE') === '' ? null : definition('DATABASE'),
		alterDatabase: definition('DATABASE PROPERTIES')
			.split(/;\s*\n/u)
			.filter(statement => /^alter/iu.test(statement)),
		sql: null,
	};
}

function describeTables(
	entries: readonly ArchiveEntry[],
	rows: ReadonlyMap<number, number | null>,
): readonly DumpTable[] {
	const found = new Map<string, FoundTable>();
	for (const entry of entries) {
		const schema = entry.schema ?? 'public';
		const key = `${schema}\0${entry.name}`;
		const known = found.get(key) ?? {schema, name: entry.name, rows: null, defined: false, parent: null};
		if (entry.kind === 'TABLE') found.set(key, {...known, defined: true, parent: readParent(entry.definition)});
		if (entry.kind === 'TABLE DATA') found.set(key, {...known, rows: rows.get(entry.id) ?? null});
	}

	return settleTables([...found.values()]);
}

/** Owners, and whom grants and policies name. */
function readRolesOf(toc: ArchiveToc): readonly string[] {
	const collector = new SqlFactsCollector();
	const scanner = new SqlScanner(collector);
	for (const entry of toc.entries) {
		if (/ACL|POLICY|USER MAPPING/u.test(entry.kind)) scanner.push(Buffer.from(`${entry.definition}\n`));
	}

	const owners = toc.entries.map(({owner}) => owner).filter(owner => owner !== '' && !isPredefinedRole(owner));
	return [...new Set([...owners, ...collector.collect(0).roles])].sort();
}

/** The parts of facts that the table of contents tells without reading the data. */
export function describeToc(toc: ArchiveToc): Pick<DumpFacts, 'serverMajor' | 'roles' | 'extensions' | 'tables'> {
	const {serverMajor, roles, extensions, tables} = describe(toc, new Map(), 0, false);
	return {serverMajor, roles, extensions, tables};
}

function damaged(path: string, what: string): AppError {
	return new AppError('bundle-damaged', `${path} is damaged: ${what}`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
	});
}
