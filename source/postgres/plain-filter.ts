import {Transform} from 'node:stream';
import {AppError} from '../errors.js';
import {connectTarget, isHarmless} from './plain-scan.js';
import {PlainWalker, type SqlLine} from './plain-walker.js';

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
const owner = /^ALTER [^']* OWNER TO (?:"(?:[^"]|"")+"|[\w$\u0080-\u00FF]+)$/i;
const acl = /^(?:GRANT|REVOKE)\s|^ALTER DEFAULT PRIVILEGES\s/i;
const databaseStatement = /^(?:CREATE|ALTER|DROP|COMMENT ON) DATABASE\s/i;
/** It exists in every new database; `pg_dump --schema=public` and old versions with `--clean` write it all the same. */
const publicSchema = /^(?:CREATE|DROP) SCHEMA (?:IF (?:NOT )?EXISTS )?"?public"?(?: CASCADE)?$/i;
const ownTransaction = /^(?:BEGIN|START TRANSACTION|COMMIT)(?:\s+(?:TRANSACTION|WORK))?$/i;
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
	const walker = new PlainWalker({
		line(line) {
			if (line.metaCommand >= 0) {
				const database = connectTarget(line);
				if (database !== undefined) {
					section = database;
					cleaningUp = true;
					return false;
				}

				if (isHarmless(line)) return false;
				if (!options.trustCommands) throw metaCommand(line);
			}

			if (section !== options.section) return false;
			if (line.statements.some(statement => /^CREATE\s/i.test(statement) && !databaseStatement.test(statement)))
				cleaningUp = false;
			return !line.whole || !isLeftOut(line, options, cleaningUp);
		},
	});

	return new Transform({
		transform(chunk: Buffer, _encoding, callback) {
			try {
				for (const part of walker.push(chunk)) this.push(part);
				callback();
			} catch (error) {
				callback(error as Error);
			}
		},
		flush(callback) {
			for (const part of walker.finish()) this.push(part);
			callback(walker.isOpen ? cutOff() : null);
		},
	});
}

/** Only lines that are one whole statement are judged: that is how pg_dump writes all of these. */
function isLeftOut(line: SqlLine, options: PlainFilterOptions, cleaningUp: boolean): boolean {
	const [statement] = line.statements;
	if (!line.fresh || !line.closed || statement === undefined || line.statements.length !== 1) return false;
	const setting = /^SET\s+(?:SESSION\s+)?(\w+)\s*(?:=|TO)\s/i.exec(statement)?.[1]?.toLowerCase();
	const range = setting === undefined ? undefined : knownSettings[setting];
	if (range !== undefined && (options.serverMajor < range[0] || options.serverMajor > range[1])) return true;
	if ([ownTransaction, databaseStatement, publicSchema].some(pattern => pattern.test(statement))) return true;
	if (cleaningUp && cleaning.test(statement)) return true;
	if (options.noOwner && (owner.test(statement) || /^SET SESSION AUTHORIZATION\s/i.test(statement))) return true;
	if (options.noAcl && acl.test(statement)) return true;
	return !options.superuser && /^COMMENT ON EXTENSION\s/i.test(statement);
}

function metaCommand(line: SqlLine): AppError {
	return new AppError('preflight-failed', `Line ${line.number} of the SQL script is a command for psql itself`, {
		hint: 'Read the script; insist only when you know who wrote it',
		details: [`line ${line.number}: ${line.text.slice(0, 200)}`],
	});
}

function cutOff(): AppError {
	return new AppError('bundle-damaged', 'The SQL dump is cut off: it ends within rows or within a statement', {
		hint: 'Use another copy of the backup',
	});
}
