import {Transform} from 'node:stream';
import {AppError} from '../errors.js';
import {judgeMetaCommand, readConnect} from './meta-commands.js';
import {PassedBytes} from './passed-bytes.js';
import {SqlScanner} from './sql-scanner.js';

export type PlainFilterOptions = {
	/** The section to let through: a database's name after `\connect`, or null for what stands before any. */
	readonly section: string | null;
	readonly serverMajor: number;
	readonly noOwner?: boolean | undefined;
	readonly noAcl?: boolean | undefined;
	/** Leaves out comments on extensions, which only their owner may set. */
	readonly superuser: boolean;
	/** Lets commands of psql pass. */
	readonly trustCommands?: boolean | undefined;
};

/** Settings in the preamble of dumps, with the first and last major version of servers that know them. */
const knownSettings: Readonly<Record<string, readonly [since: number, until: number]>> = {
	transaction_timeout: [17, Number.POSITIVE_INFINITY],
	idle_session_timeout: [14, Number.POSITIVE_INFINITY],
	default_table_access_method: [12, Number.POSITIVE_INFINITY],
	idle_in_transaction_session_timeout: [9, Number.POSITIVE_INFINITY],
	default_with_oids: [0, 11],
};
const owner = /^ALTER\s[^']*\sOWNER\s+TO\s+(?:"(?:[^"]|"")+"|[\w$\u0080-\uFFFF]+)$/i;
const acl = /^(?:GRANT|REVOKE)\s|^ALTER DEFAULT PRIVILEGES\s/i;
const databaseStatement = /^(?:CREATE|ALTER|DROP|COMMENT ON) DATABASE\s/i;
/** It exists in every new database; `pg_dump --schema=public` and old versions with `--clean` write it all the same. */
const publicSchema = /^(?:CREATE|DROP) SCHEMA (?:IF (?:NOT )?EXISTS )?"?public"?(?: CASCADE)?$/i;
const ownTransaction = /^(?:BEGIN|START TRANSACTION|COMMIT)(?:\s+(?:TRANSACTION|WORK))?$/i;
/** Bytes of a statement that are held back; none that is left out is as long. */
const longestHeld = 256 * 1024;
/** What `pg_dump --clean` begins with: it makes room in a database that is empty here. */
const cleaning =
	/^DROP\s|^ALTER TABLE [^']* DROP (?:CONSTRAINT|DEFAULT)\s|^ALTER TABLE [^']* ALTER COLUMN [^']* DROP DEFAULT$/i;

/**
 * A dump in plain SQL as it can be loaded into a new, empty database in one transaction of ours. Left out are: the sections of other databases,
 * CREATE/ALTER DATABASE, transactions of its own, what `--clean` drops beforehand, settings that the server does not know, `\restrict` (ours is
 * set instead), and on request owners and grants. Rows pass untouched.
 */
export function createPlainFilter(options: PlainFilterOptions): Transform {
	let section: string | null = null;
	let cleaningUp = true;
	const bytes = new PassedBytes();
	const isOurs = () => section === options.section;
	const scanner = new SqlScanner({
		statement(text, _line, {start, end}) {
			if (/^CREATE\s/i.test(text) && !databaseStatement.test(text) && isOurs()) cleaningUp = false;
			const isWhole = start >= bytes.position;
			bytes.decide(start, isOurs());
			bytes.decide(end, isOurs() && !(isWhole && isLeftOut(text, options, cleaningUp)));
		},
		metaCommand(text, line, {start, end}) {
			bytes.decide(start, isOurs());
			const isOwn = judgeMetaCommand(text) === 'none';
			if (!isOwn && !options.trustCommands) throw metaCommand(line, text);
			bytes.decide(end, !isOwn && isOurs());
			const database = isOwn ? readConnect(text) : undefined;
			if (database === undefined) return;
			section = database;
			cleaningUp = true;
		},
		comment() {},
		copyEnded() {},
		ambiguousString() {},
	});
	/** What is under way is held back until it is known, unless it is very long. */
	const flow = () =>
		bytes.decide(scanner.position - scanner.toldUntil > longestHeld ? scanner.position : scanner.toldUntil, isOurs());

	return new Transform({
		transform(chunk: Buffer, _encoding, callback) {
			try {
				bytes.add(chunk);
				scanner.push(chunk);
				flow();
				for (const part of bytes.take()) this.push(part);
				callback();
			} catch (error) {
				callback(error as Error);
			}
		},
		flush(callback) {
			try {
				const {inside} = scanner.end();
				bytes.decide(scanner.position, isOurs());
				for (const part of bytes.take()) this.push(part);
				callback(inside === 'nothing' ? null : cutOff());
			} catch (error) {
				callback(error as Error);
			}
		},
	});
}

/** Whether a statement has no place in a new database of ours. */
function isLeftOut(statement: string, options: PlainFilterOptions, cleaningUp: boolean): boolean {
	const setting = /^SET\s+(?:SESSION\s+)?(\w+)\s*(?:=|TO)\s/i.exec(statement)?.[1]?.toLowerCase();
	const range = setting === undefined ? undefined : knownSettings[setting];
	if (range !== undefined && (options.serverMajor < range[0] || options.serverMajor > range[1])) return true;
	if ([ownTransaction, databaseStatement, publicSchema].some(pattern => pattern.test(statement))) return true;
	if (cleaningUp && cleaning.test(statement)) return true;
	if (options.noOwner && (owner.test(statement) || /^SET SESSION AUTHORIZATION\s/i.test(statement))) return true;
	if (options.noAcl && acl.test(statement)) return true;
	return !options.superuser && /^COMMENT ON EXTENSION\s/i.test(statement);
}

function metaCommand(line: number, text: string): AppError {
	return new AppError('preflight-failed', `Line ${line} of the SQL script is a command for psql itself`, {
		hint: 'Read the script; insist only when you know who wrote it',
		details: [`line ${line}: ${text.slice(0, 200)}`],
	});
}

function cutOff(): AppError {
	return new AppError('bundle-damaged', 'The SQL dump is cut off: it ends within rows or within a statement', {
		hint: 'Use another copy of the backup',
	});
}
