import {type Readable, Transform} from 'node:stream';
import type {ProgramOutput} from '../engine/program-output.js';
import {AppError, isAppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import type {ArchiveToc} from './archive.js';
import {createArchiveCheck} from './archive-check.js';
import type {PostgresClient, RunningProgram} from './client.js';
import {lockTimeout, watchLocks} from './dump-locks.js';
import {explainStderr} from './failure.js';
import {findLockHolders, type LockHolder} from './locks.js';
import {readNotice, type ToolNotice} from './notices.js';

export type DumpCompression = 'none' | 'gzip' | 'zstd';

export type DumpSelection = {
	readonly schemaOnly?: boolean | undefined;
	/** Patterns as pg_dump's `--table` takes them. */
	readonly tables?: readonly string[] | undefined;
	/** Patterns of tables whose rows are left out. */
	readonly excludeTableData?: readonly string[] | undefined;
	readonly noOwner?: boolean | undefined;
	readonly noAcl?: boolean | undefined;
};

export type DumpOptions = DumpSelection & {
	readonly client: PostgresClient;
	readonly database: string;
	readonly format: 'custom' | 'plain';
	/** Of the custom format; default `chooseCompression`. Plain SQL is never compressed here. */
	readonly compression?: DumpCompression | undefined;
	/** Of `takeSnapshot`, so that counts and dump agree. */
	readonly snapshot?: string | undefined;
	/** Longest wait for a table that another session locks; default one minute. */
	readonly lockWaitTimeoutMs?: number | undefined;
	readonly signal?: AbortSignal | undefined;
	/** A file that pg_dump's output goes to by itself; `stream` then reads it from there. */
	readonly output?: ProgramOutput | undefined;
	readonly onNotice?: ((notice: ToolNotice) => void) | undefined;
	/** Called, again every few seconds, while a lock of another session keeps the dump from starting. */
	readonly onBlocked?: ((holders: readonly LockHolder[]) => void) | undefined;
};

export type DumpResult = {
	readonly bytes: number;
	/** What pg_dump wrote to standard error, without the progress of --verbose; redacted. */
	readonly messages: readonly string[];
	/** Table of contents of a custom-format archive; null for plain SQL. */
	readonly toc: ArchiveToc | null;
};

/** A dump under way. */
export type Dump = {
	/** Must be read to its end. Ends only when the dump is known to be whole, else it is destroyed with the AppError that `done` rejects with. */
	readonly stream: Readable;
	readonly done: Promise<DumpResult>;
};

const defaultLockWaitTimeoutMs = 60_000;
const tailBytes = 512;
const trailer = '-- PostgreSQL database dump complete';

/** zstd where server and client know it (16 and newer), else gzip. */
export function chooseCompression(client: PostgresClient): 'zstd' | 'gzip' {
	return client.facts.supportsZstd && client.facts.serverMajor >= 16 && client.facts.clientMajor >= 16
		? 'zstd'
		: 'gzip';
}

/**
 * Starts pg_dump. The exit code alone proves nothing (`docker exec` exits 0 when it is ended by SIGTERM, with half a dump written), so the end of
 * the stream is held back until the program has succeeded and the archive's structure, or the trailer of plain SQL, says that nothing is missing.
 * Errors: cancelled, lock-timeout (names the holder), container-stopped, database-unreachable, disk-full, client-missing, dump-failed, bundle-damaged.
 */
export function startDump(options: DumpOptions): Dump {
	const {client, database, signal, output} = options;
	const stdout = output?.descriptor;
	const running = client.start('pg_dump', dumpArguments(options, client), {database, signal, stdout});
	const source = output?.follow(running.exit) ?? running.stdout;
	const check = options.format === 'custom' ? createArchiveCheck() : createTrailerCheck();
	const messages: string[] = [];
	const stderrRead = readStderr(running, messages, options.onNotice);
	const blocked = watchLocks(options, options.lockWaitTimeoutMs ?? defaultLockWaitTimeoutMs, running.applicationName);
	let bytes = 0;
	let endOfBytes = () => {};
	// pg_dump has ended before the last of its bytes has come through here.
	const allBytes = new Promise<void>(resolve => {
		endOfBytes = resolve;
	});

	const judge = async (): Promise<DumpResult> => {
		try {
			const {exitCode} = await running.exit;
			await stderrRead;
			if (exitCode !== 0) {
				const lost = exitCode > 125 ? await explainLossSoon(client) : undefined;
				throw lost ?? (await explainDumpFailure(options, running.applicationName, messages, blocked.holders()));
			}

			await allBytes;
			return {bytes, messages: redactLines(messages, [], {mailAddresses: false}), toc: finishCheck(check)};
		} catch (error) {
			// An archive that is cut although all went well: the command that carried it died, and its other end may still run.
			if (isAppError(error, 'bundle-damaged')) await client.endLeftovers();
			throw error;
		} finally {
			blocked.stop();
		}
	};

	const stream = new Transform({
		transform(chunk: Buffer, _encoding, callback) {
			if (bytes === 0) blocked.stop();
			bytes += chunk.length;
			try {
				check.push(chunk);
				callback(null, chunk);
			} catch (error) {
				callback(error as Error);
			}
		},
		flush(callback) {
			endOfBytes();
			done.then(
				() => callback(),
				error => callback(error),
			);
		},
		destroy(error, callback) {
			// The reader went away: nobody drains pg_dump any more.
			if (!ended) running.kill();
			source.destroy();
			endOfBytes();
			callback(error);
		},
	});
	let ended = false;
	const done = judge().finally(() => {
		ended = true;
	});
	done.catch(error => {
		stream.destroy(error);
	});
	source.on('error', error => stream.destroy(error));
	source.pipe(stream);
	return {stream, done};
}

type StreamCheck = {push(chunk: Buffer): void; finish(): ArchiveToc | null};

function finishCheck(check: StreamCheck): ArchiveToc | null {
	try {
		return check.finish();
	} catch (error) {
		if (isAppError(error, 'bundle-damaged'))
			throw new AppError('bundle-damaged', 'pg_dump ended without an error, but its output is incomplete', {
				hint: 'Try again; if it happens again, look at the log of the Docker engine',
				details: [error.message],
			});
		throw error;
	}
}

/** Plain SQL ends with a comment that says so; a backend that is killed leaves a file that ends at a row and looks finished. */
export function createTrailerCheck(): StreamCheck {
	let tail = Buffer.alloc(0);
	return {
		push(chunk) {
			tail = Buffer.concat([tail, chunk.subarray(-tailBytes)]).subarray(-tailBytes);
		},
		finish() {
			if (!tail.toString('latin1').includes(trailer))
				throw new AppError('bundle-damaged', 'The dump is cut off: its last line is missing', {
					hint: 'Use another copy of the backup',
				});
			return null;
		},
	};
}

/** Arguments of pg_dump besides the connection. */
export function dumpArguments(options: DumpOptions, client: PostgresClient): readonly string[] {
	const compression = options.compression ?? chooseCompression(client);
	return [
		`--format=${options.format}`,
		...(options.format === 'plain' ? [] : compressionArguments(compression)),
		'--verbose',
		`--lock-wait-timeout=${options.lockWaitTimeoutMs ?? defaultLockWaitTimeoutMs}`,
		...(options.snapshot === undefined ? [] : [`--snapshot=${options.snapshot}`]),
		...selectionArguments(options),
	];
}

/**
 * pg_dump compresses on one core, and its default zstd level (3) takes more of it than the server needs to read the rows. Level 1 takes less than
 * half of that and stays smaller than gzip -6: 116 MB against 135 MB (level 3: 130 MB) on the benchmark's database, 15.5 MB against 15.7 MB
 * (14.4 MB) on the lab's Clerq.
 */
const zstdLevel = 1;

export function compressionArguments(compression: DumpCompression): readonly string[] {
	if (compression === 'zstd') return [`--compress=zstd:${zstdLevel}`];
	return compression === 'none' ? ['--compress=0'] : ['--compress=6'];
}

/** What is dumped, as pg_dump's options. */
export function selectionArguments(selection: DumpSelection): readonly string[] {
	return [
		...(selection.schemaOnly ? ['--schema-only'] : []),
		...(selection.tables ?? []).map(table => `--table=${table}`),
		...(selection.excludeTableData ?? []).map(table => `--exclude-table-data=${table}`),
		...(selection.noOwner ? ['--no-owner'] : []),
		...(selection.noAcl ? ['--no-acl'] : []),
	];
}

/** What a restore of such a dump alone does not bring back, in plain words; empty for a whole database. */
export function describeLacks(selection: DumpSelection): readonly string[] {
	return [
		...(selection.schemaOnly ? ['the rows of every table'] : []),
		...((selection.tables ?? []).length > 0
			? [
					'all other tables, and what the chosen ones refer to (types, functions, sequences of other tables)',
					'large objects',
					'extensions and schemas',
				]
			: []),
		...((selection.excludeTableData ?? []).length > 0 ? [`the rows of ${selection.excludeTableData?.join(', ')}`] : []),
		...(selection.noOwner ? ['who owns what'] : []),
		...(selection.noAcl ? ['granted privileges'] : []),
	];
}

async function readStderr(
	running: RunningProgram,
	messages: string[],
	onNotice: ((notice: ToolNotice) => void) | undefined,
): Promise<void> {
	for await (const line of running.stderr) {
		if (line.trim() === '') continue;
		const notice = readNotice(line);
		if (notice.type === 'message' && messages.length < 1000) messages.push(notice.line);
		onNotice?.(notice);
	}
}

async function explainDumpFailure(
	options: DumpOptions,
	applicationName: string,
	messages: readonly string[],
	seenHolders: readonly LockHolder[],
): Promise<AppError> {
	const {client, database} = options;
	const error = explainStderr(messages, {code: 'dump-failed', what: `pg_dump of ${database} fails`, underWay: true});
	if (error.code === 'lock-timeout') {
		const holders =
			seenHolders.length > 0
				? seenHolders
				: await findLockHolders(client, database, applicationName, {timeoutMs: 10_000}).catch(() => []);
		return lockTimeout(client, database, holders, error);
	}

	const connectionLost =
		error.code === 'dump-failed' && /connection|server closed|terminating/.test(messages.join('\n'));
	return (await (connectionLost ? explainLossSoon(client) : client.explainLoss())) ?? error;
}

/** A container that is going down is still listed as running for a moment after its programs have ended. */
export async function explainLossSoon(client: PostgresClient): Promise<AppError | undefined> {
	for (const wait of [0, 300, 700, 1500]) {
		await new Promise(resolve => {
			setTimeout(resolve, wait);
		});
		const loss = await client.explainLoss();
		if (loss !== undefined) return loss;
	}

	return undefined;
}
