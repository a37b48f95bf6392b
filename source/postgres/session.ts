import {randomBytes} from 'node:crypto';
import {StringDecoder} from 'node:string_decoder';
import {AppError, isAppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {parseRows, sqlError, wrapAsJson} from './sql.js';

/** One connection that stays open: statements run in it one after the other, in whatever transaction it holds. */
export interface Session {
	readonly applicationName: string;
	/** Rows of one SELECT (without semicolon). An error of the server rejects and leaves the session open. */
	query<Row>(sql: string): Promise<readonly Row[]>;
	/** Runs statements; returns what they printed. */
	execute(sql: string): Promise<string>;
	/** Rejects when the session ends by itself: server gone, backend terminated, container stopped. Never resolves before `close`. */
	readonly lost: Promise<never>;
	/** Ends the session and its transaction. Never throws. */
	close(): Promise<void>;
}

export type SessionOptions = {
	readonly signal?: AbortSignal | undefined;
	readonly settings?: Readonly<Record<string, string>> | undefined;
};

type Waiting = {
	readonly end: string;
	output: string;
	readonly resolve: (answer: {readonly output: string; readonly sqlState: string; readonly message: string}) => void;
	readonly reject: (error: unknown) => void;
};

/** How long a session may take to end by itself. */
const goodbyeMs = 5000;

/**
 * A long-lived psql whose standard input stays open. Each statement is followed by a marker that psql echoes with the outcome
 * (`:ERROR`, `:SQLSTATE`; psql 11 and newer), so that answers and errors are told apart without parsing prose.
 */
export async function openSession(
	client: PostgresClient,
	database: string,
	options: SessionOptions = {},
): Promise<Session> {
	const marker = `lifeboat-${randomBytes(8).toString('hex')}`;
	const args = ['-X', '-q', '-A', '-t', '-v', 'VERBOSITY=verbose', '-f', '-'];
	const running = client.start('psql', args, {
		database,
		encoding: 'UTF8',
		signal: options.signal,
		settings: options.settings,
	});
	let waiting: Waiting | undefined;
	let ended: AppError | undefined;
	let closing = false;
	let count = 0;
	const stderr: string[] = [];
	const stderrRead = collect(running.stderr, stderr);

	const decoder = new StringDecoder('utf8');
	let rest = '';
	running.stdout.on('data', (chunk: Buffer) => {
		rest += decoder.write(chunk);
		for (;;) {
			if (waiting === undefined) return;
			const at = rest.indexOf(`${waiting.end} `);
			const lineEnd = at < 0 ? -1 : rest.indexOf('\n', at);
			if (lineEnd < 0) return;
			const [, failed = '', sqlState = '', ...message] = rest.slice(at, lineEnd).split(' ');
			const output = rest.slice(0, at);
			rest = rest.slice(lineEnd + 1);
			const {resolve} = waiting;
			waiting = undefined;
			resolve({output, sqlState: failed === 'true' ? sqlState : '00000', message: message.join(' ')});
		}
	});

	let rejectLost: (error: unknown) => void = () => {};
	const lost = new Promise<never>((_resolve, reject) => {
		rejectLost = reject;
	});
	lost.catch(() => {});
	const finished = running.exit.then(
		async () => {
			await stderrRead;
			await fail((await client.explainLoss()) ?? sessionError(stderr, database));
		},
		error => fail(error),
	);

	async function fail(error: unknown): Promise<void> {
		ended = isAppError(error) ? error : new AppError('sql-failed', 'The database session ended', {cause: error});
		waiting?.reject(ended);
		waiting = undefined;
		if (!closing) rejectLost(ended);
	}

	let queue: Promise<unknown> = Promise.resolve();
	const execute = (sql: string): Promise<string> => {
		const result = queue.then(() => send(sql));
		queue = result.catch(() => {});
		return result;
	};

	async function send(sql: string): Promise<string> {
		if (ended !== undefined) throw ended;
		if (closing) throw new AppError('bug', 'The database session is closed');
		count += 1;
		const end = `${marker}-${count}`;
		const answer = new Promise<{readonly output: string; readonly sqlState: string; readonly message: string}>(
			(resolve, reject) => {
				waiting = {end, output: '', resolve, reject};
			},
		);
		const before = stderr.length;
		running.stdin.write(`${terminated(sql)}\n\\echo ${end} :ERROR :SQLSTATE :LAST_ERROR_MESSAGE\n`);
		const {output, sqlState, message} = await answer;
		if (sqlState === '00000') return output;
		const lines = stderr.slice(before);
		throw sqlError(lines.some(line => line.includes(sqlState)) ? lines : [...lines, `ERROR:  ${sqlState}: ${message}`]);
	}

	const session: Session = {
		applicationName: running.applicationName,
		execute,
		query: async <Row>(sql: string) => parseRows<Row>(await execute(wrapAsJson(sql))),
		lost,
		async close() {
			if (closing) return;
			closing = true;
			// The engine may never tell `docker exec` that its container is gone.
			const patience = setTimeout(() => running.kill(), goodbyeMs);
			if (ended === undefined) {
				if (waiting === undefined) running.stdin.end('\\q\n');
				else running.kill();
			}

			await finished;
			clearTimeout(patience);
		},
	};
	try {
		await execute(withoutTimeouts(client.facts.serverMajor));
	} catch (error) {
		await session.close();
		throw error;
	}

	return session;
}

/** A statement needs its semicolon; a line for psql itself (`\\set`) must not have one. */
function terminated(sql: string): string {
	const text = sql.trimEnd();
	return /;$|(?:^|\n)\\[^\n]*$/.test(text) ? text : `${text};`;
}

/** Settings under which the server does not end a session that waits: role and database defaults may set any of them. */
export function withoutTimeouts(serverMajor: number): string {
	return [
		'SET statement_timeout = 0;',
		'SET lock_timeout = 0;',
		'SET idle_in_transaction_session_timeout = 0;',
		...(serverMajor >= 14 ? ['SET idle_session_timeout = 0;'] : []),
		...(serverMajor >= 17 ? ['SET transaction_timeout = 0;'] : []),
	].join('\n');
}

function sessionError(stderr: readonly string[], database: string): AppError {
	if (stderr.length === 0)
		return new AppError('database-unreachable', `The session with the database ${database} ended`);
	return sqlError(stderr);
}

async function collect(lines: AsyncIterable<string>, into: string[]): Promise<void> {
	for await (const line of lines) {
		into.push(line);
		if (into.length > 200) into.splice(0, 100);
	}
}
