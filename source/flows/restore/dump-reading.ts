import type {Readable} from 'node:stream';
import type {DumpFacts} from '../../bundle/dump-facts.js';
import type {ArchiveToc} from '../../postgres/archive.js';
import {createPlainScan, type PlainFacts} from '../../postgres/plain-scan.js';
import {unquoteName} from '../../postgres/sql-words.js';
import type {DecodedDump} from './open-source.js';
import type {SourceDatabase} from './source-summary.js';

/** Who owns something in an archive, as its table of contents says. */
export function ownersOf(toc: ArchiveToc): readonly string[] {
	return [...new Set(toc.entries.map(entry => entry.owner))].filter(isRole);
}

/** Who owns something in an archive or is granted something, as far as its table of contents says. */
export function rolesOf(toc: ArchiveToc): readonly string[] {
	const granted = toc.entries
		.filter(entry => entry.kind === 'ACL' || entry.kind === 'DEFAULT ACL')
		.flatMap(entry => [...entry.definition.matchAll(/ TO ((?:"(?:[^"]|"")+"|[\w$]+))(?: WITH GRANT OPTION)?;/g)])
		.map(match => unquoteName(match[1] ?? ''))
		.filter(role => role.toUpperCase() !== 'PUBLIC');
	return [...new Set([...ownersOf(toc), ...granted.filter(isRole)])];
}

/** The server's own roles are everywhere. */
function isRole(name: string): boolean {
	return name !== '' && !name.startsWith('pg_');
}

/** What decides whether a client can read an archive. */
export function describeArchive(toc: ArchiveToc): NonNullable<SourceDatabase['archive']> {
	return {version: toc.version, compression: toc.compression, dumpVersion: toc.dumpVersion};
}

/** Dumps name extensions without their versions. */
export function extensionVersions(names: readonly string[]): SourceDatabase['extensions'] {
	return names.map(name => ({name, version: null}));
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

/** What decoding a dump has shown. */
export function describeDecoded({decoded, tables}: DumpFacts): DecodedDump {
	return {
		decoded,
		tables: tables.flatMap(({schema, name, rows}) => (rows === null ? [] : [{schema: schema ?? 'public', name, rows}])),
	};
}
