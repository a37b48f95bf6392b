import {judgeMetaCommand, type MetaCommand, readConnect} from '../postgres/meta-commands.js';
import type {ByteRange, SqlListener} from '../postgres/sql-listener.js';
import {afterLast, readName, readRoles, runsServerProgram, type SqlName} from '../postgres/sql-words.js';
import {type DumpTable, readParent, settleTables} from './dump-tables.js';

/** The part of a script that belongs to one database. */
export type SqlSection = ByteRange & {
	/** Null for a script without \connect. */
	readonly database: string | null;
	/** The CREATE DATABASE statement for it, when the script has one. */
	readonly create: string | null;
	/** ALTER DATABASE … SET and others about it. */
	readonly alter: readonly string[];
	readonly tables: readonly DumpTable[];
	/** The trailer of pg_dump stands at its end. */
	readonly complete: boolean;
};

/** A SET at the begin of a dump that servers before major version `since` refuse. */
export type NewSetting = {
	readonly name: string;
	readonly since: number;
	readonly line: number;
	readonly range: ByteRange;
};

export type SqlFacts = {
	readonly source: 'pg_dump' | 'pg_dumpall' | 'unknown';
	/** Null for a script that nothing marks the end of. */
	readonly complete: boolean | null;
	readonly metaCommands: readonly MetaCommand[];
	/** COPY … PROGRAM and functions in untrusted languages: what runs outside of SQL on the server. */
	readonly serverPrograms: readonly {readonly line: number; readonly text: string}[];
	/** Lines with \restrict and \unrestrict, which a psql from before August 2025 does not know. */
	readonly restrictLines: readonly ByteRange[];
	readonly settings: readonly NewSetting[];
	readonly sections: readonly SqlSection[];
	/** Roles and tablespaces of a pg_dumpall. */
	readonly globals: ByteRange | null;
	readonly createdRoles: readonly string[];
	readonly encoding: string | null;
	/** Rows stand in INSERT statements; they are not counted. */
	readonly inserts: boolean;
	/** Lines in which quotes may be meant otherwise than they were read (standard_conforming_strings off, an encoding in which a backslash can be half a character). */
	readonly doubts: readonly {readonly line: number; readonly text: string}[];
};

export type CollectedSql = SqlFacts & {
	readonly serverVersion: string | null;
	readonly dumpVersion: string | null;
	readonly roles: readonly string[];
	readonly extensions: readonly string[];
};

/** Settings that a dump begins with, by the major version that has them first (from 10 on). */
const newSettings: Readonly<Record<string, number>> = {
	default_table_access_method: 12,
	transaction_timeout: 17,
};

/** Encodings of clients in which a byte of a character can look like a backslash or a quote (pg_wchar.h: not valid as a server's). */
const unsafeEncodings =
	/^(?:sjis|shift_jis|shiftjis|shift_jis_2004|mskanji|win932|windows932|big5|win950|gbk|win936|gb18030|uhc|win949|johab)$/iu;
const mostKept = 200;

type OpenTable = {schema: string; name: string; rows: number | null; defined: boolean; parent: SqlName | null};

type OpenSection = {
	database: string | null;
	start: number;
	end: number;
	complete: boolean;
	readonly tables: Map<string, OpenTable>;
};

/** Gathers facts while a script is scanned. */
export class SqlFactsCollector implements SqlListener {
	#source: SqlFacts['source'] = 'unknown';
	#clusterComplete = false;
	#serverVersion: string | null = null;
	#dumpVersion: string | null = null;
	#encoding: string | null = null;
	#inserts = false;
	#defaultSchema = 'public';
	readonly #metaCommands: MetaCommand[] = [];
	readonly #serverPrograms: {line: number; text: string}[] = [];
	readonly #restrictLines: ByteRange[] = [];
	readonly #settings: NewSetting[] = [];
	readonly #doubts: {line: number; text: string}[] = [];
	readonly #ambiguous: number[] = [];
	#hasStandardStringsChange = false;
	readonly #roles = new Set<string>();
	readonly #createdRoles = new Set<string>();
	readonly #extensions = new Set<string>();
	readonly #creates = new Map<string, string>();
	readonly #alters = new Map<string, string[]>();
	readonly #sections: OpenSection[] = [];
	#section: OpenSection = {database: null, start: 0, end: 0, complete: false, tables: new Map()};
	#globalsEnd: number | undefined;

	comment(text: string, _line: number, range: ByteRange): void {
		const comment = text.trim();
		if (comment === 'PostgreSQL database dump' && this.#source === 'unknown') this.#source = 'pg_dump';
		if (comment === 'PostgreSQL database cluster dump') this.#source = 'pg_dumpall';
		if (comment === 'PostgreSQL database cluster dump complete') this.#clusterComplete = true;
		if (comment === 'PostgreSQL database dump complete') {
			this.#section.complete = true;
			this.#section.end = range.end;
		}

		this.#serverVersion ??= /^Dumped from database version (?<version>.+)$/u.exec(comment)?.groups?.['version'] ?? null;
		this.#dumpVersion ??= /^Dumped by pg_dump version (?<version>.+)$/u.exec(comment)?.groups?.['version'] ?? null;
	}

	metaCommand(text: string, line: number, range: ByteRange): void {
		const harm = judgeMetaCommand(text);
		if (/^\\(?:un)?restrict\b/u.test(text)) this.#restrictLines.push(range);
		const database = harm === 'none' ? readConnect(text) : undefined;
		if (database !== undefined) this.#connect(database, range);
		else if (this.#metaCommands.length < mostKept) this.#metaCommands.push({line, text: text.slice(0, 200), harm});
	}

	ambiguousString(line: number): void {
		if (this.#ambiguous.length < mostKept) this.#ambiguous.push(line);
	}

	copyEnded(statement: string, rows: number): void {
		const name = readName(statement.replace(/^copy\s+/iu, ''));
		if (name !== undefined) this.#table(name.schema, name.name).rows = rows;
	}

	statement(text: string, line: number, range: ByteRange): void {
		this.#section.end = Math.max(this.#section.end, range.end);
		if (/^set\b|set_config/iu.test(text)) this.#set(text, line, range);
		if (/^create\b/iu.test(text)) this.#create(text, range);
		else if (/^insert\b/iu.test(text)) this.#inserts = true;
		else if (/^(?:alter|grant|revoke|reassign)\b/iu.test(text)) this.#alter(text);
		if (runsServerProgram(text) && this.#serverPrograms.length < mostKept) {
			this.#serverPrograms.push({line, text: text.slice(0, 200)});
		}
	}

	/** What was gathered; `size` is the length of the script in bytes. */
	collect(size: number): CollectedSql {
		this.#closeSection(size);
		const isCluster = this.#source === 'pg_dumpall';
		const isGlobalsOnly = isCluster && this.#globalsEnd === undefined;
		const sections = isGlobalsOnly ? [] : this.#sections.map(section => this.#describe(section));
		return {
			source: this.#source,
			complete: this.#isComplete(),
			metaCommands: this.#metaCommands,
			serverPrograms: this.#serverPrograms,
			restrictLines: this.#restrictLines,
			settings: this.#settings,
			sections,
			globals: isCluster ? {start: 0, end: this.#globalsEnd ?? size} : null,
			createdRoles: [...this.#createdRoles],
			encoding: this.#encoding,
			inserts: this.#inserts,
			doubts: this.#doubtfulLines(),
			serverVersion: this.#serverVersion,
			dumpVersion: this.#dumpVersion,
			roles: [...this.#roles].sort(),
			extensions: [...this.#extensions].sort(),
		};
	}

	#isComplete(): boolean | null {
		if (this.#source === 'unknown') return null;
		const databases = this.#sections.filter(section => section.tables.size > 0 || section.database !== null);
		if (this.#source === 'pg_dumpall') return this.#clusterComplete && databases.every(section => section.complete);
		return this.#sections.at(-1)?.complete ?? false;
	}

	#doubtfulLines(): SqlFacts['doubts'] {
		if (this.#hasStandardStringsChange) {
			const text = 'a string ends in a backslash, and the script changes what that means';
			return [...this.#doubts, ...this.#ambiguous.map(line => ({line, text}))];
		}

		return this.#doubts;
	}

	#set(text: string, line: number, range: ByteRange): void {
		const match = /^set\s+(?:session\s+|local\s+)?(?<name>\w+)\s*(?:=|\bto\b)\s*(?<value>[\s\S]*?)$/iu.exec(text);
		const name = match?.groups?.['name']?.toLowerCase() ?? '';
		const value = (match?.groups?.['value'] ?? '').replace(/^'(?<text>.*)'$/su, '$<text>');
		const since = newSettings[name];
		if (since !== undefined) this.#settings.push({name, since, line, range});
		if (name === 'client_encoding') this.#setEncoding(value, line);
		if (name === 'search_path') this.#defaultSchema = readName(value)?.name ?? 'public';
		// The scanner itself follows a plain SET; one in a function call or for a role is read by the server alone.
		if (name !== 'standard_conforming_strings' && /standard_conforming_strings/iu.test(text))
			this.#hasStandardStringsChange = true;
		const user = /^set\s+(?:session\s+authorization|role)\s+(?<user>[\s\S]+)$/iu.exec(text)?.groups?.['user'];
		if (user !== undefined) this.#addRoles(user.replace(/^'(?<name>[^']*)'$/u, '"$<name>"'));
	}

	#setEncoding(value: string, line: number): void {
		this.#encoding ??= value;
		if (unsafeEncodings.test(value)) this.#doubts.push({line, text: `client_encoding is ${value}`});
	}

	#create(text: string, range: ByteRange): void {
		const table =
			/^create\s+(?:unlogged\s+|foreign\s+|global\s+|local\s+)*table\s+(?:if\s+not\s+exists\s+)?(?<rest>[\s\S]*)$/iu.exec(
				text,
			)?.groups?.['rest'];
		const name = table === undefined ? undefined : readName(table);
		if (name !== undefined) {
			const created = this.#table(name.schema, name.name);
			created.defined = true;
			created.parent = readParent(text);
		}

		const extension = /^create\s+extension\s+(?:if\s+not\s+exists\s+)?(?<rest>[\s\S]*)$/iu.exec(text)?.groups?.['rest'];
		if (extension !== undefined) addName(this.#extensions, readName(extension)?.name);
		const role = /^create\s+(?:role|user|group)\s+(?!mapping\b)(?<rest>[\s\S]*)$/iu.exec(text)?.groups?.['rest'];
		if (role !== undefined) addName(this.#createdRoles, readName(role)?.name);
		const owner = /^create\s+schema\b/iu.test(text) ? afterLast(text, /\bauthorization\s/) : undefined;
		if (owner !== undefined) this.#addRoles(owner);
		const policy = /^create\s+policy\b/iu.test(text) ? afterLast(text, /\sto\s/) : undefined;
		if (policy !== undefined) this.#addRoles(policy);
		const database = /^create\s+database\s+(?<rest>[\s\S]*)$/iu.exec(text)?.groups?.['rest'];
		const created = database === undefined ? undefined : readName(database)?.name;
		if (created === undefined) return;
		this.#creates.set(created, text);
		this.#globalsEnd ??= range.start;
	}

	#alter(text: string): void {
		const owner = afterLast(text, /\bowner\s+to\s/);
		if (owner !== undefined) this.#addRoles(owner);
		if (/^grant\b/iu.test(text)) this.#addRoles(afterLast(text, /\sto\s/) ?? '');
		if (/^revoke\b/iu.test(text)) this.#addRoles(afterLast(text, /\sfrom\s/) ?? '');
		const forRole = /^alter\s+default\s+privileges\s+for\s+(?:role|user)\s+(?<role>[\s\S]+)$/iu.exec(text)?.groups?.[
			'role'
		];
		if (forRole !== undefined) this.#addRoles(forRole);
		if (/^alter\s+default\s+privileges\b/iu.test(text)) this.#addRoles(afterLast(text, /\s(?:to|from)\s/) ?? '');
		const database = /^alter\s+(?:database|role\b.*\bin\s+database)\s+(?<rest>[\s\S]*)$/iu.exec(text)?.groups?.['rest'];
		const name = database === undefined ? undefined : readName(database)?.name;
		if (name !== undefined) this.#alters.set(name, [...(this.#alters.get(name) ?? []), text]);
	}

	#addRoles(list: string): void {
		for (const role of readRoles(list)) if (!isPredefinedRole(role)) this.#roles.add(role);
	}

	#table(schema: string | null, name: string): OpenTable {
		const key = `${schema ?? this.#defaultSchema}\0${name}`;
		const known = this.#section.tables.get(key);
		if (known !== undefined) return known;
		const table = {schema: schema ?? this.#defaultSchema, name, rows: null, defined: false, parent: null};
		this.#section.tables.set(key, table);
		return table;
	}

	#connect(database: string, range: ByteRange): void {
		this.#globalsEnd ??= range.start;
		// After the properties of a database were set, pg_dump connects to it once more.
		const isAgain = this.#section.database === database && !this.#section.complete && this.#section.tables.size === 0;
		if (!isAgain) this.#closeSection(range.start);
		this.#defaultSchema = 'public';
		this.#section = {database, start: range.end, end: range.end, complete: false, tables: new Map()};
	}

	/** The trailer ends a section; without one it goes on to the next \connect. */
	#closeSection(end: number): void {
		const section = this.#section;
		if (!section.complete || section.database === null) section.end = end;
		if (section.database !== null || this.#globalsEnd === undefined) this.#sections.push(section);
	}

	#describe({database, start, end, complete, tables}: OpenSection): SqlSection {
		return {
			database,
			start,
			end,
			create: (database === null ? undefined : this.#creates.get(database)) ?? null,
			alter: (database === null ? undefined : this.#alters.get(database)) ?? [],
			tables: settleTables([...tables.values()]),
			complete,
		};
	}
}

/** Roles whose names begin with pg_ belong to every server. */
export function isPredefinedRole(role: string): boolean {
	return role.startsWith('pg_');
}

function addName(names: Set<string>, name: string | undefined): void {
	if (name !== undefined) names.add(name);
}
