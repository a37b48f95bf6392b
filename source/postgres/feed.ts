import {Readable, type Writable} from 'node:stream';
import {AppError, isAppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import type {PostgresClient, RunningProgram} from './client.js';
import {explainLossSoon} from './dump.js';
import {explainStderr} from './failure.js';
import {readNotice, type ToolNotice} from './notices.js';

export type FeedOptions = {
	readonly client: PostgresClient;
	readonly database: string;
	/** A chunk need be valid only until the next one is asked for. An error of it ends the program and is thrown. */
	readonly source: AsyncIterable<Buffer>;
	/** Resolves when the database is there; absent when it is. Its failure ends the program and is thrown. */
	readonly ready?: Promise<void> | undefined;
	readonly onNotice?: ((notice: ToolNotice) => void) | undefined;
	/** Bytes of the source that were handed over so far. */
	readonly onBytes?: ((bytes: number) => void) | undefined;
};

export type RestoreResult = {
	/** What pg_restore or psql wrote to standard error, without progress; redacted. */
	readonly messages: readonly string[];
};

/** Hands bytes to a program's standard input, whose end it does not see before the database is there, and judges how it ended. */
export async function feed(
	running: RunningProgram,
	options: FeedOptions,
	program: 'pg_restore' | 'psql',
	tail = '',
): Promise<RestoreResult> {
	const messages: string[] = [];
	const stderrRead = (async () => {
		for await (const line of running.stderr) {
			if (line.trim() === '') continue;
			const notice = readNotice(line);
			if (notice.type === 'message' && messages.length < 1000) messages.push(notice.line);
			options.onNotice?.(notice);
		}
	})();
	running.stdout.resume();
	let failure: {readonly error: unknown} | undefined;
	let hasEnded = false;
	const fail = (error: unknown) => {
		if (hasEnded) return;
		failure ??= {error};
		// What failed must not look like the end of the input: what was fed so far may make sense to the program.
		running.kill('SIGKILL');
	};
	options.ready?.catch(fail);
	const fed = hand(options, running.stdin, tail).catch(fail);
	const [{exitCode}] = await Promise.all([
		running.exit.finally(() => {
			hasEnded = true;
			// The source may still wait for its own reader when the program has ended early.
			running.stdin.destroy();
			if (options.source instanceof Readable) options.source.destroy();
		}),
		fed,
		stderrRead,
	]);
	if (failure !== undefined) throw failure.error;
	if (exitCode !== 0) throw await explainRestoreFailure(options.client, options.database, program, exitCode, messages);
	return {messages: redactLines(messages, [], {mailAddresses: false})};
}

/** Each chunk is written before the next one is asked for: the source may use its memory again. A program that has ended tells why by its exit code. */
async function hand(
	{source, ready, onBytes}: Pick<FeedOptions, 'source' | 'ready' | 'onBytes'>,
	stdin: Writable,
	tail: string,
): Promise<void> {
	const write = (chunk: Uint8Array | string) =>
		new Promise<boolean>(resolve => {
			stdin.write(chunk, error => resolve(!error));
		});
	let bytes = 0;
	for await (const chunk of source) {
		if (!(await write(chunk))) return;
		bytes += chunk.length;
		onBytes?.(bytes);
	}

	await ready;
	if (tail !== '') await write(tail);
	stdin.end();
}

async function explainRestoreFailure(
	client: PostgresClient,
	database: string,
	program: string,
	exitCode: number,
	messages: readonly string[],
): Promise<AppError> {
	const error = explainStderr(messages, {
		code: 'restore-failed',
		what: `${program} cannot load the dump into ${database}`,
		underWay: true,
	});
	if (exitCode === 120 || exitCode === 121)
		return new AppError('restore-failed', 'The dump cannot be copied to where the database client runs', {
			hint: 'Free some space there, then try again',
			details: error.details,
		});
	const lost = exitCode > 125 || /connection|server closed|terminating/.test(messages.join('\n'));
	const loss = await (lost ? explainLossSoon(client) : client.explainLoss());
	if (loss !== undefined && !isAppError(error, 'bundle-damaged')) return loss;
	return error;
}
