import {AppError, cancelled} from '../errors.js';
import type {Operation} from '../operation.js';
import {SqlScanner} from '../postgres/sql-scanner.js';
import {readName} from '../postgres/sql-words.js';
import {listFolder} from './archive-pieces.js';
import {gunzip, unzstd} from './decompress.js';
import {type DumpFacts, majorOf, type OnBytes} from './dump-facts.js';
import type {ForeignDump} from './foreign.js';
import {type ArchiveInput, inspectArchive} from './inspect-archive.js';
import type {ManifestDatabase} from './manifest.js';
import type {Bundle} from './read.js';
import {type SqlFacts, SqlFactsCollector} from './sql-facts.js';
import {readToc} from './toc.js';

const progressInterval = 100;

type Options = {readonly signal?: AbortSignal | undefined; readonly title?: string | undefined};

/**
 * Reads a foreign dump from its begin to its end: decompresses everything, counts the rows of each table, and finds what a restore has to know.
 * Throws AppError bundle-damaged when it is cut short or altered: inside COPY, inside a string, without its last line. Or cancelled.
 */
export async function* inspectDump(dump: ForeignDump, options: Options = {}): Operation<DumpFacts> {
	const {format, path, toc, scan} = dump;
	if (format === 'plain' || toc === null) return yield* inspect({format: 'plain', path, scan}, options);
	if (format === 'directory') return yield* inspect({format, path, toc, files: await listFolder(path)}, options);
	return yield* inspect({format, path, toc, scan}, options);
}

/** Decodes the dump of a database in a bundle, which needs no PostgreSQL: what `inspectDump` does for a foreign one. */
export async function* inspectPart(
	bundle: Bundle,
	database: ManifestDatabase,
	options: Options = {},
): Operation<DumpFacts> {
	const {path, format, compression} = database.dump;
	const name = `${bundle.path} (${path})`;
	async function* open(part: string): AsyncGenerator<Buffer, void, void> {
		yield* bundle.openPart(part) as AsyncIterable<Buffer>;
	}

	if (format === 'plain') {
		const unpack = {
			none: open,
			gzip: (part: string) => gunzip(open(part), name),
			zstd: (part: string) => unzstd(open(part), name),
			lz4: open,
		};
		return yield* inspect({format, path: name, scan: () => unpack[compression](path)}, options);
	}

	if (format === 'custom') {
		return yield* inspect({format, path: name, toc: await readToc(open(path), name), scan: () => open(path)}, options);
	}

	const names = bundle.manifest.parts.map(part => part.path).filter(part => part.startsWith(`${path}/`));
	const files = {
		path: name,
		names: names.map(part => part.slice(path.length + 1)),
		open: (file: string) => open(`${path}/${file}`),
	};
	return yield* inspect({format, path: name, toc: await readToc(files.open('toc.dat'), name), files}, options);
}

type PlainInput = {
	readonly path: string;
	readonly format: 'plain';
	readonly scan: () => AsyncGenerator<Buffer, void, void>;
};

async function* inspect(input: ArchiveInput | PlainInput, options: Options): Operation<DumpFacts> {
	const step = 'inspect';
	yield {type: 'step-started', step, title: options.title ?? 'Read the dump from begin to end', canCancel: true};
	let toldAt = 0;
	const onBytes = (done: number) => {
		if (options.signal?.aborted === true) throw cancelled();
		const now = performance.now();
		if (now - toldAt < progressInterval) return undefined;
		toldAt = now;
		return {type: 'step-progress', step, done, unit: 'bytes'} as const;
	};
	const facts = input.format === 'plain' ? yield* inspectSql(input, onBytes) : yield* inspectArchive(input, onBytes);
	yield {type: 'step-finished', step};
	return facts;
}

async function* inspectSql(dump: PlainInput, onBytes: OnBytes): Operation<DumpFacts> {
	const collector = new SqlFactsCollector();
	const scanner = new SqlScanner(collector);
	let bytes = 0;
	for await (const chunk of dump.scan()) {
		scanner.push(chunk);
		bytes += chunk.length;
		const event = onBytes(bytes);
		if (event !== undefined) yield event;
	}

	const end = scanner.end();
	const {serverVersion, dumpVersion, roles, extensions, ...sql} = collector.collect(bytes);
	refuseCut(dump, end, sql);
	const tables = sql.sections.flatMap(section => section.tables);
	return {
		serverVersion,
		serverMajor: majorOf(serverVersion),
		dumpVersion,
		databases: sql.sections.flatMap(section => (section.database === null ? [] : [section.database])),
		roles: roles.filter(role => !sql.createdRoles.includes(role)),
		extensions,
		tables,
		plainBytes: bytes,
		decoded: true,
		createDatabase: sql.sections[0]?.create ?? null,
		alterDatabase: sql.sections[0]?.alter ?? [],
		sql,
	};
}

function refuseCut(dump: PlainInput, end: ReturnType<SqlScanner['end']>, sql: SqlFacts): void {
	if (end.inside === 'copy') {
		const name = readName(end.statement.replace(/^copy\s+/iu, ''));
		const table = name === undefined ? 'a table' : `${name.schema === null ? '' : `${name.schema}.`}${name.name}`;
		throw cut(dump, `it is cut short inside the rows of ${table}, after ${end.rows} of them (line ${end.line})`);
	}

	if (end.inside !== 'nothing' && end.inside !== 'statement') {
		throw cut(dump, `it is cut short inside a ${end.inside} (line ${end.line})`);
	}

	if (sql.complete === false) {
		const unfinished = sql.sections.find(section => !section.complete)?.database;
		const where = unfinished === undefined || unfinished === null ? '' : ` (the dump of database ${unfinished})`;
		throw cut(dump, `it is cut short: the line that ends a finished dump is missing${where}`);
	}
}

function cut(dump: PlainInput, what: string): AppError {
	return new AppError('bundle-damaged', `${dump.path} is damaged: ${what}`, {
		hint: 'Use another backup or another copy of this one; nothing was changed',
	});
}
