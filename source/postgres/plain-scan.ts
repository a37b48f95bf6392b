import {AppError} from '../errors.js';
import {judgeMetaCommand, readConnect} from './meta-commands.js';
import {SqlScanner} from './sql-scanner.js';
import {unquoteName} from './sql-words.js';

/** A line that psql would obey rather than send to the server. */
export type MetaCommand = {readonly line: number; readonly text: string};

export type PlainTable = {
	/** As written: `public.users` or `public."Order Items"`. */
	readonly name: string;
	/** Rows of its COPY blocks. */
	readonly rows: number;
};

/** What belongs to one database in a script. */
export type PlainSection = {
	/** Name after `\connect`; null for a script that connects nowhere. */
	readonly database: string | null;
	readonly tables: readonly PlainTable[];
	readonly extensions: readonly string[];
	/** Roles that are made owners or granted something. */
	readonly roles: readonly string[];
	/** Those of them that are made owners. */
	readonly owners: readonly string[];
};

/** What a plain SQL script says of itself. */
export type PlainFacts = {
	/** By its header: pg_dump, pg_dumpall, or written by something else. */
	readonly writer: 'pg_dump' | 'pg_dumpall' | 'unknown';
	/** Of the server that was dumped, for example `17.6`. */
	readonly serverVersion: string | null;
	readonly dumpVersion: string | null;
	/** True when the last line that its writer promises is there; for other writers when nothing is left open. */
	readonly complete: boolean;
	readonly sections: readonly PlainSection[];
	/** Roles that it creates itself. */
	readonly createdRoles: readonly string[];
	/** Commands of psql other than pg_dump's own `\connect`, `\restrict` and `\unrestrict`: reasons to refuse it. */
	readonly metaCommands: readonly MetaCommand[];
};

const headers: Readonly<Record<string, PlainFacts['writer']>> = {
	'PostgreSQL database cluster dump': 'pg_dumpall',
	'PostgreSQL database dump': 'pg_dump',
};
const trailers: Readonly<Record<'pg_dump' | 'pg_dumpall', string>> = {
	pg_dump: 'PostgreSQL database dump complete',
	pg_dumpall: 'PostgreSQL database cluster dump complete',
};
const name = String.raw`(?:"(?:[^"]|"")+"|[\w$\u0080-\uFFFF]+)`;
const qualified = `${name}(?:\\.${name})?`;
const patterns = {
	copy: new RegExp(`^COPY (${qualified})`, 'i'),
	extension: new RegExp(`^CREATE EXTENSION (?:IF NOT EXISTS )?(${name})`, 'i'),
	owner: new RegExp(`^ALTER [\\s\\S]* OWNER TO (${name})$`, 'i'),
	grant: new RegExp(`^GRANT [\\s\\S]* TO (${name})(?: WITH GRANT OPTION)?$`, 'i'),
	role: new RegExp(`^CREATE (?:ROLE|USER) (${name})`, 'i'),
	version: /^Dumped from database version (\S+)/,
	dumpVersion: /^Dumped by pg_dump version (\S+)/,
};
const metaCommandLimit = 50;

/** Reads a script as it streams by. Memory does not grow with it. */
export function createPlainScan(): {push(chunk: Buffer): void; finish(): PlainFacts} {
	let writer: PlainFacts['writer'] = 'unknown';
	let serverVersion: string | null = null;
	let dumpVersion: string | null = null;
	let lastComment = '';
	const metaCommands: MetaCommand[] = [];
	const createdRoles = new Set<string>();
	const sections: Section[] = [newSection(null)];
	const current = () => sections.at(-1) ?? newSection(null);

	const scanner = new SqlScanner({
		comment(text, line) {
			const comment = text.trim();
			if (writer === 'unknown' && line < 50) writer = headers[comment] ?? 'unknown';
			serverVersion ??= patterns.version.exec(comment)?.[1] ?? null;
			dumpVersion ??= patterns.dumpVersion.exec(comment)?.[1] ?? null;
			if (comment.includes('complete')) lastComment = comment;
		},
		metaCommand(text, line) {
			const isOwn = judgeMetaCommand(text) === 'none';
			const database = isOwn ? readConnect(text) : undefined;
			if (database !== undefined) enterSection(sections, database);
			else if (!isOwn && metaCommands.length < metaCommandLimit)
				metaCommands.push({line, text: `${scanner.openLine} ${text}`.trim().slice(0, 200)});
		},
		statement: text => note(current(), createdRoles, text),
		copyEnded(statement, rows) {
			const {tables} = current();
			const table = patterns.copy.exec(statement)?.[1] ?? '';
			tables.set(table, (tables.get(table) ?? 0) + rows);
		},
		ambiguousString() {},
	});

	return {
		push: chunk => scanner.push(chunk),
		finish() {
			const isClosed = scanner.end().inside === 'nothing';
			return {
				writer,
				serverVersion,
				dumpVersion,
				complete: isClosed && (writer === 'unknown' || lastComment === trailers[writer]),
				sections: sections.filter(isUsed).map(section => ({
					database: section.database,
					tables: [...section.tables].map(([tableName, rows]) => ({name: tableName, rows})),
					extensions: [...section.extensions],
					roles: [...section.roles],
					owners: [...section.owners],
				})),
				createdRoles: [...createdRoles],
				metaCommands,
			};
		},
	};
}

type Section = {
	readonly database: string | null;
	readonly tables: Map<string, number>;
	readonly extensions: Set<string>;
	readonly roles: Set<string>;
	readonly owners: Set<string>;
	used: boolean;
};

function newSection(database: string | null): Section {
	return {database, tables: new Map(), extensions: new Set(), roles: new Set(), owners: new Set(), used: false};
}

function enterSection(sections: Section[], database: string): void {
	const known = sections.findIndex(section => section.database === database);
	const [section = newSection(database)] = known < 0 ? [] : sections.splice(known, 1);
	sections.push(section);
}

/** What stands before the first `\connect` of a cluster's dump is no database. */
function isUsed(section: Section, _index: number, all: readonly Section[]): boolean {
	return section.database !== null || all.length === 1 || section.used;
}

function note(section: Section, createdRoles: Set<string>, statement: string): void {
	if (/^CREATE TABLE/i.test(statement)) section.used = true;
	const extension = patterns.extension.exec(statement)?.[1];
	if (extension !== undefined) section.extensions.add(unquoteName(extension));
	const owner = patterns.owner.exec(statement)?.[1];
	const role = owner ?? patterns.grant.exec(statement)?.[1];
	if (role !== undefined && !/^(?:PUBLIC|CURRENT_USER|SESSION_USER)$/i.test(role)) {
		section.roles.add(unquoteName(role));
		if (owner !== undefined) section.owners.add(unquoteName(owner));
	}

	const created = patterns.role.exec(statement)?.[1];
	if (created !== undefined) createdRoles.add(unquoteName(created));
}

/** Throws what speaks against a restore of this script, before anything changes. */
export function assertRestorable(
	facts: PlainFacts,
	options: {readonly trustCommands?: boolean | undefined} = {},
): void {
	const [first] = facts.metaCommands;
	if (first !== undefined && !options.trustCommands)
		throw new AppError(
			'preflight-failed',
			`The SQL script holds commands for psql itself, which could run programs or read files here: line ${first.line}`,
			{
				hint: 'Read these lines; insist with --trust-commands only when you know who wrote them',
				details: facts.metaCommands.slice(0, 10).map(command => `line ${command.line}: ${command.text}`),
			},
		);
	if (!facts.complete)
		throw new AppError('bundle-damaged', 'The SQL dump is cut off: its end is missing', {
			hint: 'Use another copy of the backup',
		});
}
