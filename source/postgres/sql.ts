import {AppError, isAppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import type {PostgresClient} from './client.js';
import {explainStderr} from './failure.js';

export type QueryOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Default one minute. */
	readonly timeoutMs?: number | undefined;
	readonly settings?: Readonly<Record<string, string>> | undefined;
};

/** Arguments of every psql: no start-up file, no alignment, stop at the first error, SQLSTATE with each error, SQL from standard input. */
export const psqlArguments = ['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=verbose', '-f', '-'];

const defaultTimeoutMs = 60_000;

/**
 * Rows of one SELECT (without semicolon), each as an object by column name. Numbers beyond 2^53 must be cast to text in the query.
 * Throws AppError: `sql-failed` with the server's message, database-unreachable, database-not-found, container-stopped.
 */
export async function query<Row>(
	client: PostgresClient,
	database: string,
	sql: string,
	options: QueryOptions = {},
): Promise<readonly Row[]> {
	const output = await execute(client, database, wrapAsJson(sql), options);
	return parseRows(output);
}

/** The SELECT as one JSON array. */
export function wrapAsJson(sql: string): string {
	return `SELECT coalesce(json_agg(row_to_json(q)), '[]') FROM (\n${sql}\n) q;`;
}

export function parseRows<Row>(output: string): readonly Row[] {
	try {
		return JSON.parse(output) as readonly Row[];
	} catch (cause) {
		throw new AppError('sql-failed', 'The database answered something that is not JSON', {
			details: output.split('\n').slice(0, 5),
			cause,
		});
	}
}

/** Runs an SQL script by psql's standard input, so that what it holds shows in no process list; returns what it printed. */
export async function execute(
	client: PostgresClient,
	database: string,
	script: string,
	options: QueryOptions = {},
): Promise<string> {
	const result = await client.run('psql', psqlArguments, {
		database,
		input: script,
		encoding: 'UTF8',
		signal: options.signal,
		timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
		settings: options.settings,
	});
	if (result.exitCode === 0 && !result.timedOut) return result.stdout;
	if (result.timedOut)
		throw new AppError(
			'sql-failed',
			`The database did not answer within ${(options.timeoutMs ?? defaultTimeoutMs) / 1000} s`,
			{
				hint: 'Look at the load and the locks of the database, then try again',
			},
		);
	const loss = await client.explainLoss();
	if (loss !== undefined) throw loss;
	throw sqlError(result.stderr.split('\n').filter(line => line.trim() !== ''));
}

const serverError = /(?:^|: )([A-ZÀ-Þ]{4,}):\s+([0-9A-Z]{5}): (.*)$/u;

/** SQLSTATE and message of psql's verbose error lines; undefined when there is none (the connection failed). */
export function findSqlState(
	lines: readonly string[],
): {readonly sqlState: string; readonly message: string} | undefined {
	for (const line of lines) {
		const match = serverError.exec(line);
		const sqlState = match?.[2];
		if (match && sqlState !== undefined && !/^0[0-2]/.test(sqlState)) return {sqlState, message: match[3] ?? ''};
	}

	return undefined;
}

/** The error of a failed psql. Its `cause` is a SqlFailure when the server itself refused the statement. */
export function sqlError(stderr: readonly string[]): AppError {
	const found = findSqlState(stderr);
	const translated = explainStderr(stderr, {code: 'sql-failed', what: 'The database refuses a statement'});
	if (found === undefined) return translated;
	const [message = found.message] = redactLines([found.message], [], {mailAddresses: false});
	return new AppError(
		translated.code,
		translated.code === 'sql-failed' ? `The database refuses a statement: ${message}` : translated.message,
		{
			hint: translated.hint,
			details: [...translated.details, `SQLSTATE ${found.sqlState}`],
			cause: new SqlFailure(found.sqlState, message),
		},
	);
}

/** What the server said, for code that must tell one refusal from another. */
export class SqlFailure extends Error {
	override readonly name = 'SqlFailure';
	readonly sqlState: string;

	constructor(sqlState: string, message: string) {
		super(message);
		this.sqlState = sqlState;
	}
}

/** SQLSTATE behind an error of `query`, `execute` or a session. */
export function sqlStateOf(error: unknown): string | undefined {
	return isAppError(error) && error.cause instanceof SqlFailure ? error.cause.sqlState : undefined;
}
