import {AppError} from '../errors.js';
import {PlainWalker, type SqlLine} from './plain-walker.js';

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
	readonly lines: number;
	readonly bytes: number;
};

const headers: readonly (readonly [string, PlainFacts['writer']])[] = [
	['-- PostgreSQL database cluster dump', 'pg_dumpall'],
	['-- PostgreSQL database dump', 'pg_dump'],
];
const trailers: Readonly<Record<'pg_dump' | 'pg_dumpall', string>> = {
	pg_dump: '-- PostgreSQL database dump complete',
	pg_dumpall: '-- PostgreSQL database cluster dump complete',
};
const name = String.raw`(?:"(?:[^"]|"")+"|[\w$\u0080-\u00FF]+)`;
const qualified = `${name}(?:\\.${name})?`;
const patterns = {
	copy: new RegExp(`^COPY (${qualified})`, 'i'),
	extension: new RegExp(`^CREATE EXTENSION (?:IF NOT EXISTS )?(${name})`, 'i'),
	owner: new RegExp(`^ALTER [\\s\\S]* OWNER TO (${name})$`, 'i'),
	grant: new RegExp(`^GRANT [\\s\\S]* TO (${name})(?: WITH GRANT OPTION)?$`, 'i'),
	role: new RegExp(`^CREATE (?:ROLE|USER) (${name})`, 'i'),
	version: /^-- Dumped from database version (\S+)/,
	dumpVersion: /^-- Dumped by pg_dump version (\S+)/,
};
const metaCommandLimit = 50;

/** Reads a script as it streams by. Memory does not grow with it. */
export function createPlainScan(): {push(chunk: Buffer): void; finish(): PlainFacts} {
	let writer: PlainFacts['writer'] = 'unknown';
	let serverVersion: string | null = null;
	let dumpVersion: string | null = null;
	let bytes = 0;
	let lines = 0;
	let lastComment = '';
	const metaCommands: MetaCommand[] = [];
	const createdRoles = new Set<string>();
	const sections: Section[] = [newSection(null)];
	let table = '';
	const current = () => sections.at(-1) ?? newSection(null);

	const walker = new PlainWalker({
		line(line) {
			lines = line.number;
			if (line.text.startsWith('--') && line.fresh) {
				if (writer === 'unknown' && line.number < 50)
					writer = headers.find(([text]) => line.text === text)?.[1] ?? 'unknown';
				serverVersion ??= patterns.version.exec(line.text)?.[1] ?? null;
				dumpVersion ??= patterns.dumpVersion.exec(line.text)?.[1] ?? null;
				if (line.text.includes('complete')) lastComment = line.text;
			}

			if (line.metaCommand >= 0) {
				const database = connectTarget(line);
				if (database !== undefined) enterSection(sections, database);
				else if (!isHarmless(line) && metaCommands.length < metaCommandLimit)
					metaCommands.push({line: line.number, text: toText(line.text).trim().slice(0, 200)});
			}

			for (const statement of line.statements) note(current(), createdRoles, toText(statement));
			return true;
		},
		copyStart(statement) {
			table = toText(patterns.copy.exec(statement)?.[1] ?? '');
		},
		copyEnd(rows) {
			const {tables} = current();
			tables.set(table, (tables.get(table) ?? 0) + rows);
		},
	});

	return {
		push(chunk) {
			bytes += chunk.length;
			walker.push(chunk);
		},
		finish() {
			walker.finish();
			const open = walker.isOpen;
			const complete = !open && (writer === 'unknown' || lastComment === trailers[writer]);
			return {
				writer,
				serverVersion,
				dumpVersion,
				complete,
				sections: sections.filter(isUsed).map(section => ({
					database: section.database,
					tables: [...section.tables].map(([tableName, rows]) => ({name: tableName, rows})),
					extensions: [...section.extensions],
					roles: [...section.roles],
					owners: [...section.owners],
				})),
				createdRoles: [...createdRoles],
				metaCommands,
				lines,
				bytes,
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

/** `"Order ""x"""` becomes `Order "x"`. */
export function unquoteName(text: string): string {
	return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}

/** The database of `\connect NAME` (also `\c`, `-reuse-previous=on "dbname='…'"`), as pg_dump and pg_dumpall write it. */
export function connectTarget(line: Pick<SqlLine, 'text' | 'metaCommand'>): string | undefined {
	const command = toText(line.text.slice(line.metaCommand));
	const match =
		/^\\c(?:onnect)?\s+(?:-reuse-previous=\w+\s+)?(?:"dbname='((?:[^'\\]|\\.)*)'"|"((?:[^"]|"")*)"|'((?:[^']|'')*)'|(\S+))\s*$/.exec(
			command,
		);
	if (match === null) return undefined;
	if (match[1] !== undefined) return match[1].replaceAll('""', '"').replaceAll(/\\(.)/g, '$1');
	return match[2]?.replaceAll('""', '"') ?? match[3]?.replaceAll("''", "'") ?? match[4];
}

/**
 * Written by pg_dump itself: `\restrict` since August 2025 (CVE-2025-8714), unknown to older clients; `\encoding` before the `\connect` to a
 * database with an odd name. Nothing is lost without them.
 */
export function isHarmless(line: Pick<SqlLine, 'text' | 'metaCommand'>): boolean {
	return /^\\(?:(?:un)?restrict|encoding)\s+\w+\s*$/.test(line.text.slice(line.metaCommand));
}

function toText(latin1: string): string {
	return Buffer.from(latin1, 'latin1').toString('utf8');
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
