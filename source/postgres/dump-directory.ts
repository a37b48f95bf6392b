import {Readable} from 'node:stream';
import {extract} from 'tar-stream';
import {AppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import {type ArchiveToc, readArchiveToc} from './archive.js';
import type {PostgresClient} from './client.js';
import {connectionString} from './connection.js';
import {
	chooseCompression,
	compressionArguments,
	type DumpSelection,
	explainLossSoon,
	selectionArguments,
} from './dump.js';
import {explainStderr} from './failure.js';
import {readNotice, type ToolNotice} from './notices.js';

export type DirectoryDumpOptions = DumpSelection & {
	readonly client: PostgresClient;
	readonly database: string;
	readonly snapshot?: string | undefined;
	readonly lockWaitTimeoutMs?: number | undefined;
	/** Tables dumped at the same time; each takes a connection, and one more is needed. */
	readonly jobs: number;
	readonly signal?: AbortSignal | undefined;
	readonly onNotice?: ((notice: ToolNotice) => void) | undefined;
	/** Takes one file of the folder; must read it to its end. */
	readonly onFile: (name: string, content: Readable) => Promise<void>;
};

/**
 * pg_dump writes the directory format to a folder only, never to a pipe: it goes to a temporary folder where the client runs, and from there as
 * a tar. The last line on standard error says that both succeeded: the exit code of `docker exec` alone proves nothing.
 */
const script = `
rm -rf "\${TMPDIR:-/tmp}"/lifeboat-dump-*
folder=$(mktemp -d "\${TMPDIR:-/tmp}/lifeboat-dump-XXXXXX") || exit 1
pg_dump --file="$folder/dump" "$@" &
child=$!
trap 'kill "$child" 2>/dev/null; wait "$child"; rm -rf "$folder"; exit 1' TERM INT HUP
wait "$child"
code=$?
if [ "$code" -eq 0 ]; then
	tar -C "$folder/dump" -cf - . &
	child=$!
	wait "$child"
	code=$?
fi
rm -rf "$folder"
[ "$code" -eq 0 ] && echo "$LIFEBOAT_RUN is complete" >&2
exit "$code"
`;

const completed = / is complete$/;
const defaultLockWaitTimeoutMs = 60_000;

/**
 * Dumps a database in the directory format, several tables at a time where asked. Needs free space for the dump where the client runs. On two idle
 * cores two jobs take 0.75 of the time of a custom dump through a pipe (1 GB, see test/bench); on busy ones they gain nothing.
 * Errors as those of `startDump`.
 */
export async function dumpDirectory(
	options: DirectoryDumpOptions,
): Promise<{readonly messages: readonly string[]; readonly toc: ArchiveToc}> {
	const {client, database, signal} = options;
	const connection = connectionString(client.connection, database, `${client.applicationName}-directory`);
	const running = client.startShell(
		script,
		[
			`--dbname=${connection}`,
			'--format=directory',
			'--verbose',
			`--jobs=${options.jobs}`,
			`--lock-wait-timeout=${options.lockWaitTimeoutMs ?? defaultLockWaitTimeoutMs}`,
			...compressionArguments(chooseCompression(client)),
			...(options.snapshot === undefined ? [] : [`--snapshot=${options.snapshot}`]),
			...selectionArguments(options),
		],
		{signal, tethered: true},
	);
	const messages: string[] = [];
	let isComplete = false;
	const stderrRead = (async () => {
		for await (const line of running.stderr) {
			if (line.trim() === '') continue;
			if (completed.test(line)) {
				isComplete = true;
				continue;
			}

			const notice = readNotice(line);
			if (notice.type === 'message') messages.push(notice.line);
			options.onNotice?.(notice);
		}
	})();
	let failure: unknown;
	let toc: ArchiveToc | undefined;
	try {
		toc = await readFiles(running.stdout, options.onFile);
	} catch (error) {
		failure = error;
		running.kill();
	}

	const {exitCode} = await running.exit;
	await stderrRead;
	if (failure instanceof AppError) throw failure;
	if (exitCode === 0 && isComplete && toc !== undefined)
		return {messages: redactLines(messages, [], {mailAddresses: false}), toc};
	if (exitCode > 125 || exitCode === 0) {
		const loss = await explainLossSoon(client);
		if (loss !== undefined) throw loss;
	}

	throw explainStderr(messages, {code: 'dump-failed', what: `pg_dump of ${database} fails`, underWay: true});
}

/** Hands out every file of the tar, and keeps the table of contents. */
async function readFiles(tar: Readable, onFile: DirectoryDumpOptions['onFile']): Promise<ArchiveToc | undefined> {
	const files = extract();
	tar.on('error', error => files.destroy(error));
	tar.pipe(files);
	let toc: ArchiveToc | undefined;
	for await (const entry of files) {
		if (entry.header.type !== 'file') {
			entry.resume();
			continue;
		}

		const name = entry.header.name.replace(/^\.\//, '');
		if (name !== 'toc.dat') {
			await onFile(name, entry as unknown as Readable);
			continue;
		}

		const content: Buffer[] = [];
		for await (const chunk of entry) content.push(chunk as Buffer);
		toc = readArchiveToc(Buffer.concat(content));
		await onFile(name, Readable.from(content));
	}

	return toc;
}
