import {createReadStream} from 'node:fs';
import {lstat, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import type {Readable} from 'node:stream';
import type {DumpFacts} from '../../bundle/dump-facts.js';
import type {ForeignDump} from '../../bundle/foreign.js';
import {inspectDump} from '../../bundle/inspect.js';
import {findCodeInArchive, findCodeInScript, refuseServerCode, type ServerCode} from '../../bundle/server-code.js';
import {splitLines} from '../../engine/lines.js';
import {AppError} from '../../errors.js';
import {drive, type Operation} from '../../operation.js';
import type {PlainFacts, PlainSection} from '../../postgres/plain-scan.js';
import {assertRestorable} from '../../postgres/plain-scan.js';
import {describeArchive, describeDecoded, extensionVersions, ownersOf, rolesOf, scanPlain} from './dump-reading.js';
import {findNewerFeatures} from './newer-syntax.js';
import type {RestoreSource} from './open-source.js';
import {type PackedFile, packFiles} from './pack-files.js';
import {markSessions} from './session-tables.js';
import type {SourceDatabase, SourceSummary} from './source-summary.js';

const globalsPart = 'globals';

/** A dump that Lifeboat did not make, read as a whole to know what is in it: nothing else vouches for it. */
export function openForeignSource(dump: ForeignDump): RestoreSource {
	let summary = firstSummary(dump);
	let plain: PlainFacts | undefined;
	let serverCode: readonly ServerCode[] = [];
	let known: DumpFacts | undefined;

	/** One pass over everything: damage shows here, and the rows are counted. */
	async function* read(signal: AbortSignal, title: string): Operation<DumpFacts> {
		const facts = yield* inspectDump(dump, {signal, title});
		if (facts.sql !== null) serverCode = findCodeInScript(facts.sql);
		else if (dump.toc !== null) serverCode = findCodeInArchive(dump.toc);
		if (dump.format === 'plain') {
			plain = await scanPlain(dump.openDump(), signal);
			summary = describePlain(dump, plain, facts);
		} else summary = describeArchiveDump(dump, facts);
		known = facts;
		return facts;
	}

	/** What must not be run unless the user insists, and what is cut off. */
	function refuse(trustCommands: boolean): void {
		if (plain !== undefined) assertRestorable(plain, {trustCommands});
		if (!trustCommands) refuseServerCode(serverCode);
	}

	return {
		get summary() {
			return summary;
		},
		manifest: null,
		async summarise(signal, trustCommands) {
			if (known === undefined) await drive(read(signal, 'Read the dump'), () => {});
			if (trustCommands === false) refuse(false);
			return summary;
		},
		async *check(signal, trustCommands) {
			yield* read(signal, 'Check the dump');
			refuse(trustCommands ?? false);
		},
		async describeDump(database) {
			if (dump.toc !== null) return {kind: dump.format === 'directory' ? 'directory' : 'archive', toc: dump.toc};
			if (plain === undefined) throw new AppError('bug', 'the dump has not been read yet');
			return {kind: 'plain', facts: plain, section: sectionOf(plain, database)};
		},
		async decode(_database, signal) {
			return describeDecoded(known ?? (await drive(read(signal, 'Decode the dump'), () => {})));
		},
		openDump: () => (dump.format === 'directory' ? packFiles(filesOf(dump.path)) : dump.openDump()),
		scanArchive: () => dump.openDump(),
		openPart(path) {
			throw new AppError('bundle-damaged', `${dump.path} holds no part ${path}`);
		},
		readGlobals: () => readUntilConnect(dump.openDump()),
		close: () => dump.close(),
	};
}

/** What is known before the dump has been read. */
function firstSummary(dump: ForeignDump): SourceSummary {
	return {
		file: dump.path,
		kind: 'foreign',
		format: dump.label,
		bytes: dump.bytes,
		encrypted: false,
		createdAt: dump.toc?.createdAt.toISOString() ?? null,
		project: null,
		databases: [],
		globals: [],
	};
}

function describeArchiveDump(dump: ForeignDump, facts: DumpFacts): SourceSummary {
	const {toc} = dump;
	if (toc === null) return firstSummary(dump);
	const format = dump.format === 'plain' ? 'custom' : dump.format;
	return {
		...firstSummary(dump),
		databases: [
			{
				...emptyDatabase,
				name: null,
				format,
				bytes: dump.seekablePath !== null && format === 'custom' ? dump.bytes : null,
				estimatedBytes: dump.bytes,
				serverMajor: facts.serverMajor,
				archive: describeArchive(toc),
				tables: markSessions(
					facts.tables.map(table => ({
						schema: table.schema ?? 'public',
						name: table.name,
						kind: 'table',
						rows: table.rows,
					})),
					toc,
				),
				tableCount: facts.tables.length,
				rows: sumKnown(facts.tables),
				extensions: extensionVersions(facts.extensions),
				roles: rolesOf(toc),
				owners: ownersOf(toc),
				features: findNewerFeatures(toc),
			},
		],
	};
}

function describePlain(dump: ForeignDump, plain: PlainFacts, facts: DumpFacts): SourceSummary {
	const filled = plain.sections.filter(section => section.tables.length > 0);
	const sections = filled.length > 0 ? filled : plain.sections.slice(-1);
	return {
		...firstSummary(dump),
		databases: sections.map(section => describeSection(section, plain, facts)),
		globals: plain.createdRoles.length === 0 ? [] : [{service: '', part: globalsPart, passwords: true}],
	};
}

function describeSection(section: PlainSection, plain: PlainFacts, facts: DumpFacts): SourceDatabase {
	// Only rows in COPY blocks are counted: a dump made of INSERTs says nothing about them.
	const tables = facts.sql?.sections.find(one => one.database === section.database)?.tables ?? [];
	const isCounted = plain.writer !== 'unknown' && tables.some(table => table.rows !== null);
	return {
		...emptyDatabase,
		name: section.database,
		format: 'plain',
		estimatedBytes: facts.plainBytes,
		serverMajor: facts.serverMajor,
		tables: isCounted ? tables.map(table => ({...table, kind: 'table'})) : null,
		tableCount: isCounted ? tables.length : null,
		rows: isCounted ? sumKnown(tables) : null,
		extensions: extensionVersions(section.extensions),
		roles: section.roles,
		owners: section.owners,
	};
}

const emptyDatabase = {
	service: null,
	part: null,
	bytes: null,
	estimatedBytes: null,
	sizeBytes: null,
	owner: null,
	archive: null,
	migrations: [],
	lacks: [],
	withoutOwners: false,
} as const;

function sectionOf(plain: PlainFacts, database: SourceDatabase): string | null {
	return plain.sections.some(section => section.database === database.name) ? database.name : null;
}

function sumKnown(tables: readonly {readonly rows: number | null}[]): number | null {
	return tables.every(table => table.rows === null) && tables.length > 0
		? null
		: tables.reduce((sum, table) => sum + (table.rows ?? 0), 0);
}

/** The roles of a cluster's dump stand before its first database. */
async function readUntilConnect(stream: Readable): Promise<string> {
	const lines: string[] = [];
	try {
		for await (const line of splitLines(stream as AsyncIterable<Buffer>)) {
			if (/^\\connect\s/.test(line)) break;
			lines.push(line);
		}
	} finally {
		stream.destroy();
	}

	return lines.join('\n');
}

/** Plain files of a folder; links and anything else are none of pg_dump's. */
async function* filesOf(folder: string): AsyncGenerator<PackedFile> {
	for (const name of (await readdir(folder)).sort()) {
		const path = join(folder, name);
		const status = await lstat(path);
		if (status.isFile()) yield {name, bytes: status.size, open: () => createReadStream(path)};
	}
}
