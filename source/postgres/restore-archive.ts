import {AppError} from '../errors.js';
import type {ArchiveToc} from './archive.js';
import type {PostgresClient, RunningProgram} from './client.js';
import {type ClientRoom, readClientRoom} from './client-room.js';
import {type FeedOptions, feed, type RestoreResult} from './feed.js';
import {quoteIdentifier} from './quote.js';
import {inStages, stageArguments} from './restore-stages.js';
import {execute, type QueryOptions} from './sql.js';

/** The database is empty; the source is the archive in the custom format, which may be copied before the database is there. */
export type RestoreArchiveOptions = FeedOptions & {
	readonly toc: ArchiveToc;
	/** More than one: the archive is first copied to where pg_restore can seek in it. */
	readonly jobs?: number | undefined;
	/** Length of the archive, where it is known: a copy of another length is not restored. */
	readonly bytes?: number | undefined;
	/** Asked for already; absent to ask now. */
	readonly room?: Promise<ClientRoom> | undefined;
	readonly noOwner?: boolean | undefined;
	readonly noAcl?: boolean | undefined;
	/** Version of TimescaleDB in the database that was dumped: it must be the same here. */
	readonly timescaleVersion?: string | undefined;
	readonly signal?: AbortSignal | undefined;
};

/** Archive format that each major version's pg_restore reads at most (K_VERS_MAX of pg_backup_archiver.h). */
const newestFormat = (clientMajor: number): number => {
	if (clientMajor >= 17) return 16;
	if (clientMajor >= 16) return 15;
	return clientMajor >= 12 ? 14 : 13;
};

/** Why this client cannot read an archive; undefined when it can. */
export function findArchiveObstacle(
	toc: Pick<ArchiveToc, 'version' | 'compression' | 'dumpVersion'>,
	facts: Pick<PostgresClient['facts'], 'clientMajor' | 'clientVersion' | 'supportsZstd'>,
): AppError | undefined {
	const minor = Number(toc.version.split('.')[1]);
	const needed = minor >= 16 ? 17 : minor >= 15 ? 16 : 12;
	if (minor > newestFormat(facts.clientMajor))
		return new AppError(
			'client-missing',
			`The dump was written by pg_dump ${toc.dumpVersion}; the client here is ${facts.clientVersion} and cannot read it`,
			{hint: `Restore it with a client of PostgreSQL ${needed} or newer`},
		);
	if (toc.compression === 'zstd' && !facts.supportsZstd)
		return new AppError('client-missing', 'The dump is compressed with zstd, which the client here cannot read', {
			hint: 'Use an image whose pg_restore knows zstd (16 and newer)',
		});
	return undefined;
}

/**
 * Loads an archive into an empty database with `pg_restore --exit-on-error`: the first error is the end of it.
 * TimescaleDB is prepared before and told after, also when the restore fails, and is restored by one job (its manual forbids more).
 * Throws AppError: restore-failed, bundle-damaged, extension-missing, role-missing, client-missing, disk-full, container-stopped, cancelled.
 */
export async function restoreArchive(options: RestoreArchiveOptions): Promise<RestoreResult> {
	return prepared(options, runRestore);
}

/**
 * Runs a restore of an archive that this client can read, once the database lacks what the archive creates itself (`ready`), and for TimescaleDB
 * between its two calls.
 */
export async function prepared(
	options: RestoreArchiveOptions,
	restore: (options: RestoreArchiveOptions, jobs: number) => Promise<RestoreResult>,
): Promise<RestoreResult> {
	const {client, database, toc, signal} = options;
	const obstacle = findArchiveObstacle(toc, client.facts);
	if (obstacle !== undefined) throw obstacle;
	const ready = emptyDatabase(options);
	ready.catch(() => {});
	const timescale = toc.entries.some(entry => entry.kind === 'EXTENSION' && entry.name === 'timescaledb');
	if (!timescale) return restore({...options, ready}, options.jobs ?? 1);
	await ready;
	return withTimescaleRestoring(client, database, {signal, version: options.timescaleVersion}, () =>
		restore(options, 1),
	);
}

async function emptyDatabase({client, database, toc, ready, signal}: RestoreArchiveOptions): Promise<void> {
	await ready;
	if (createsPublicSchema(toc)) await execute(client, database, 'DROP SCHEMA public;', {signal});
}

/** `pg_dump --schema=public` writes it although every new database has it. */
function createsPublicSchema(toc: ArchiveToc): boolean {
	return toc.entries.some(
		entry => entry.kind === 'SCHEMA' && entry.name === 'public' && /^CREATE SCHEMA/m.test(entry.definition),
	);
}

/** Runs a restore between `timescaledb_pre_restore()` and `timescaledb_post_restore()`: the second follows the first in every case. */
export async function withTimescaleRestoring<Result>(
	client: PostgresClient,
	database: string,
	options: QueryOptions & {readonly version?: string | undefined},
	restore: () => Promise<Result>,
): Promise<Result> {
	const version = options.version === undefined ? '' : ` VERSION ${quoteIdentifier(options.version)}`;
	await execute(
		client,
		database,
		`CREATE EXTENSION IF NOT EXISTS timescaledb${version};\nSELECT timescaledb_pre_restore();`,
		{signal: options.signal},
	);
	try {
		return await restore();
	} finally {
		await execute(client, database, 'SELECT timescaledb_post_restore();', {timeoutMs: 300_000});
	}
}

async function runRestore(options: RestoreArchiveOptions, jobs: number): Promise<RestoreResult> {
	const {client, database, signal} = options;
	const room = await (options.room ?? readClientRoom(client, signal));
	const settings = restoreSettings(room, jobs);
	const flags = restoreArguments(options);
	const hasRoomToSeek = room.temporaryBytes > (options.bytes ?? 1024 ** 3) * 1.2;
	if (jobs > 1 && hasRoomToSeek) return feed(startSeekable(options, jobs, flags, settings), options, 'pg_restore');
	await options.ready;
	return feed(client.start('pg_restore', flags, {database, signal, settings}), options, 'pg_restore');
}

/** Arguments of pg_restore besides the connection. */
export function restoreArguments(options: Pick<RestoreArchiveOptions, 'noOwner' | 'noAcl'>): readonly string[] {
	return [
		'--exit-on-error',
		'--verbose',
		...(options.noOwner ? ['--no-owner'] : []),
		...(options.noAcl ? ['--no-acl'] : []),
	];
}

/** Settings that make loading faster and are safe to lose: what is loaded is flushed by the commit that switches to it. */
export function restoreSettings(
	{memoryBytes = 1024 ** 3}: Pick<ClientRoom, 'memoryBytes'>,
	jobs: number,
): Readonly<Record<string, string>> {
	// An eighth of the memory for all jobs together: the application goes on beside.
	const share = Math.floor(memoryBytes / (8 * jobs * 1024 ** 2));
	return {
		maintenance_work_mem: `${Math.min(512, Math.max(64, share))}MB`,
		synchronous_commit: 'off',
		// A check of keys over all rows is costly enough to be compiled, and too simple to gain by it.
		jit: 'off',
		// The jobs share the processors already: helpers of theirs would only be in each other's way.
		...(jobs > 1 ? {max_parallel_maintenance_workers: '0'} : {}),
	};
}

/**
 * pg_restore runs several jobs only from a file in which it can seek. So the archive is copied into a file that is deleted while it is open:
 * /dev/fd leads to it as long as the program runs, and nothing is left behind however it ends. (On Linux: elsewhere /dev/fd goes on from where the writing ended.)
 */
const seekableScript = `
file="$(mktemp "\${TMPDIR:-/tmp}/lifeboat.XXXXXX")" && exec 3<>"$file" && rm -f "$file" && cat >&3 || exit 120
if [ "$1" != "-" ] && [ "$(wc -c </dev/fd/3)" -ne "$1" ]; then echo "lifeboat: the copy of the dump is not complete" >&2; exit 121; fi
shift
${inStages('/dev/fd/3')}`;

function startSeekable(
	options: RestoreArchiveOptions,
	jobs: number,
	flags: readonly string[],
	settings: Readonly<Record<string, string>>,
): RunningProgram {
	const {client, database, toc, signal} = options;
	const args = [String(options.bytes ?? '-'), ...stageArguments(client, jobs, toc), `--jobs=${jobs}`, ...flags];
	return client.startShell(seekableScript, args, {database, signal, settings});
}
