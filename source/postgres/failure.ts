import {AppError, type ErrorCode} from '../errors.js';
import {redactLines} from '../redaction.js';

/** What a client program's standard error says, in our words. First match wins; the order is from the specific to the general. */
type Meaning = {
	readonly pattern: RegExp;
	readonly code: ErrorCode;
	readonly message: (match: RegExpExecArray) => string;
	readonly hint: string;
};

const meanings: readonly Meaning[] = [
	{
		// pg_dump sets its --lock-wait-timeout as a statement_timeout.
		pattern: /canceling statement due to lock timeout|canceling statement due to statement timeout[\s\S]*LOCK TABLE/,
		code: 'lock-timeout',
		message: () => 'Another session holds a lock on a table for too long',
		hint: 'Wait for the other session to finish or end it, then try again',
	},
	{
		pattern: /terminating connection due to administrator command/,
		code: 'database-unreachable',
		message: () => 'The database session was ended by an administrator or by a shutdown of the server',
		hint: 'Look at the log of the database, then try again',
	},
	{
		pattern: /could not resize shared memory segment/,
		code: 'disk-full',
		message: () => 'The shared memory (/dev/shm) of the database container is full',
		hint: 'Give the service a larger shm_size in the compose file',
	},
	{
		pattern: /no space left on device/i,
		code: 'disk-full',
		message: () => 'No space is left on the device of the database',
		hint: 'Free some space where the data of the database lies, then try again',
	},
	{
		pattern: /aborting because of server version mismatch|server version: ([\d.]+).*pg_dump version: ([\d.]+)/,
		code: 'client-missing',
		message: () => 'The server is newer than the client program: pg_dump refuses it',
		hint: 'Use a client of the same major version as the server',
	},
	{
		pattern: /unsupported version \(([\d.]+)\) in file header/,
		code: 'client-missing',
		message: match =>
			`The dump was written by a newer PostgreSQL (archive format ${match[1]}) than this client can read`,
		hint: 'Restore it with the client programs of the version that wrote it, or into a newer server',
	},
	{
		pattern: /could not read from input file: end of file|unexpected end of file|could not uncompress data/,
		code: 'bundle-damaged',
		message: () => 'The dump is cut off or damaged',
		hint: 'Use another copy of the backup',
	},
	{
		pattern:
			/did not find magic string in file header|input file does not appear to be a valid archive|input file is too short/,
		code: 'bundle-unreadable',
		message: () => 'The file is not an archive of pg_dump',
		hint: 'Check that it is the right file',
	},
	{
		pattern: /extension "([^"]+)" is not available|could not open extension control file "[^"]*\/([^"/]+)\.control"/,
		code: 'extension-missing',
		message: match => `The extension ${match[1] ?? match[2]} is not installed in the database image`,
		hint: 'Use an image of PostgreSQL that carries this extension',
	},
	{
		pattern: /role "([^"]+)" does not exist/,
		code: 'role-missing',
		message: match => `The role ${match[1]} does not exist on this server`,
		hint: 'Create the role first, or restore without owners (--no-owner)',
	},
	{
		pattern:
			/password authentication failed for user "([^"]+)"|no password supplied|Peer authentication failed for user "([^"]+)"/,
		code: 'database-unreachable',
		message: match => `The database refuses the password${match[1] ? ` of the user ${match[1]}` : ''}`,
		hint: 'Check the user and the password of the database',
	},
	{
		pattern: /database "([^"]+)" does not exist/,
		code: 'database-not-found',
		message: match => `The database ${match[1]} does not exist on this server`,
		hint: 'Choose one of the databases that `lifeboat detect` lists',
	},
	{
		pattern: /sorry, too many clients already|remaining connection slots are reserved/,
		code: 'database-unreachable',
		message: () => 'The database has no connection slot left',
		hint: 'Stop some clients or raise max_connections, then try again',
	},
	{
		pattern: /the database system is (starting up|shutting down|in recovery mode|not yet accepting connections)/,
		code: 'database-unreachable',
		message: match => `The database system is ${match[1]}`,
		hint: 'Wait until it is ready, then try again',
	},
	{
		pattern: /permission denied for (\w+) (\S+)/,
		code: 'sql-failed',
		message: match => `The database user lacks a privilege: permission denied for ${match[1]} ${match[2]}`,
		hint: 'Use a superuser or the owner of the database',
	},
	{
		pattern:
			/server closed the connection unexpectedly|connection to server .* was lost|terminating connection because of crash|SSL SYSCALL error|could not receive data from server/,
		code: 'database-unreachable',
		message: () => 'The connection to the database was lost: the server crashed, or the network was cut',
		hint: 'Look at the log of the database, then try again',
	},
	{
		pattern: /could not translate host name "([^"]+)"/,
		code: 'database-unreachable',
		message: match => `The host name ${match[1]} cannot be resolved`,
		hint: 'Check the host in the connection string, and that the container runs in the same network',
	},
	{
		pattern: /connection to server (.*?) failed: (.*)/,
		code: 'database-unreachable',
		message: match => `The database cannot be reached: ${match[2]}`,
		hint: 'Check that the database runs',
	},
];

export type FailureContext = {
	/** Code when nothing more exact is known: dump-failed, restore-failed, sql-failed. */
	readonly code: ErrorCode;
	/** What did not work, present tense: `pg_dump fails`. */
	readonly what: string;
	/** True for work under way: then losing the server is a failure of that work, not an environment that refuses it from the start. */
	readonly underWay?: boolean | undefined;
};

const refusals: ReadonlySet<ErrorCode> = new Set(['database-unreachable', 'database-not-found', 'sql-failed']);

/** Turns the standard error of psql, pg_dump or pg_restore into an error that says what is wrong and what to do. */
export function explainStderr(lines: readonly string[], context: FailureContext): AppError {
	const details = redactLines(lines.slice(-20).map(withoutRow), [], {mailAddresses: false});
	const text = lines.join('\n');
	for (const meaning of meanings) {
		const match = meaning.pattern.exec(text);
		if (match === null) continue;
		const code = context.underWay && refusals.has(meaning.code) ? context.code : meaning.code;
		return new AppError(code, meaning.message(match), {hint: meaning.hint, details});
	}

	const first = lines.find(line => /\b(?:error|ERROR|FATAL|PANIC)\b/.test(line)) ?? lines.at(-1);
	return new AppError(context.code, first === undefined ? context.what : `${context.what}: ${stripProgram(first)}`, {
		details,
	});
}

/** The row that COPY stumbled over is nobody's business: where it is will do. */
function withoutRow(line: string): string {
	return line.replace(/^(CONTEXT:\s+COPY .*?, line \d+(?:, column [^:]+)?): .*$/, '$1');
}

/** `pg_dump: error: query failed: ERROR:  x` becomes `query failed: ERROR:  x`. */
function stripProgram(line: string): string {
	return line.replace(/^(?:psql:[^:]*:\d+|pg_\w+|psql): (?:error: )?/, '').trim();
}
