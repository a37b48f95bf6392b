import {Readable} from 'node:stream';
import prettyBytes from 'pretty-bytes';
import {AppError, isAppError} from '../../errors.js';
import {emitting, type Operation, type OperationEvent} from '../../operation.js';
import {analyzeDatabase} from '../../postgres/analyze.js';
import type {ArchiveToc} from '../../postgres/archive.js';
import {readFreeBytes} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {applyProperties, createDatabase, dropDatabase} from '../../postgres/database.js';
import {startDump} from '../../postgres/dump.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import {quoteLiteral} from '../../postgres/quote.js';
import {restoreArchive} from '../../postgres/restore-archive.js';
import {readTemplateContents, templateDatabase} from '../../postgres/template-contents.js';
import {watchValue} from '../../postgres/watch-value.js';
import {throttle} from '../../throttle.js';

const rehearsal = 'lifeboat_rehearsal';

/**
 * Loads the schema of every database, without rows, into the new server and drops it again: what the new version refuses is found while the
 * application still runs. Resolves with the table of contents of each dump.
 */
export async function* rehearse(
	old: PostgresClient,
	next: PostgresClient,
	databases: readonly DatabaseProperties[],
	signal: AbortSignal,
): Operation<ReadonlyMap<string, ArchiveToc>> {
	yield {type: 'step-started', step: 'rehearse', title: 'Rehearse with the schema alone', canCancel: true};
	const contents = new Map<string, ArchiveToc>();
	for (const [done, database] of databases.entries()) {
		yield {
			type: 'step-progress',
			step: 'rehearse',
			done,
			total: databases.length,
			unit: 'items',
			current: database.name,
		};
		const dump = startDump({client: old, database: database.name, format: 'custom', schemaOnly: true, signal});
		const pieces: Buffer[] = [];
		for await (const piece of dump.stream) pieces.push(piece as Buffer);
		const {toc} = await dump.done;
		if (toc === null) throw new TypeError('a dump in the custom format has a table of contents');
		contents.set(database.name, toc);
		if (toc.entries.some(entry => entry.kind === 'EXTENSION' && entry.name === 'timescaledb')) continue;
		try {
			await dropDatabase(next, rehearsal, {signal});
			await createDatabase(next, rehearsal, database, {signal});
			await restoreArchive({client: next, database: rehearsal, source: Readable.from(pieces), toc, signal});
		} catch (error) {
			if (!isAppError(error) || error.code === 'cancelled') throw error;
			throw new AppError(
				'upgrade-failed',
				`PostgreSQL ${next.facts.serverMajor} does not take the schema of ${database.name}: ${error.message}`,
				{
					hint: 'Change what it names in the database of today, then try again. The application was not stopped for this',
					details: error.details,
					cause: error,
				},
			);
		} finally {
			await dropDatabase(next, rehearsal);
		}
	}

	yield {type: 'step-finished', step: 'rehearse', note: 'the new version takes it'};
	return contents;
}

export type MoveOptions = {
	readonly old: PostgresClient;
	readonly next: PostgresClient;
	readonly database: DatabaseProperties;
	readonly toc: ArchiveToc;
	readonly roles: ReadonlySet<string>;
	readonly jobs: number;
	/** Version of TimescaleDB that the new server shall have; undefined without it. */
	readonly timescaleVersion: string | undefined;
	readonly signal: AbortSignal;
};

/** Dumps one database of the old server straight into a new one, then gives it its settings and the planner its statistics. */
export async function* moveDatabase(options: MoveOptions): Operation<void> {
	const {next, database, jobs, signal} = options;
	const step = `move ${database.name}`;
	yield {type: 'step-started', step, title: `Move ${database.name}`, canCancel: true};
	await dropDatabase(next, database.name, {signal});
	await createDatabase(next, database.name, database, {signal});
	yield* emitting(emit => pour({...options, database: database.name, sizeBytes: database.sizeBytes}, step, emit));
	await applyProperties(next, database.name, database, {roles: options.roles, signal});
	yield {type: 'step-progress', step, done: 0, unit: 'bytes', current: 'statistics for the planner'};
	await analyzeDatabase(next, database.name, {jobs, signal});
	yield {type: 'step-finished', step};
}

/**
 * Loads what somebody has put into template1 into that of the new server, so that new databases begin with it as before. Where the image of the new
 * server has put something there itself, that stays: what is missing then is said.
 */
export async function* moveTemplate(
	old: PostgresClient,
	next: PostgresClient,
	toc: ArchiveToc | undefined,
	signal: AbortSignal,
): Operation<void> {
	if (toc === undefined) return;
	const step = 'template';
	yield {type: 'step-started', step, title: `Move what is in ${templateDatabase}`, canCancel: true};
	const [had, has] = [await readTemplateContents(old, {signal}), await readTemplateContents(next, {signal})];
	const missing = had.filter(one => !has.includes(one));
	if (has.length === 0)
		yield* emitting(emit =>
			pour(
				{old, next, database: templateDatabase, sizeBytes: 0, toc, jobs: 1, timescaleVersion: undefined, signal},
				step,
				emit,
			),
		);
	else if (missing.length > 0)
		yield {
			type: 'warning',
			message: `The image of the new server fills ${templateDatabase} itself, and without ${missing.join(', ')}`,
			hint: `New databases begin without: make it in ${templateDatabase} yourself where it is needed`,
		};
	yield {type: 'step-finished', step, note: had.join(', ')};
}

type Pouring = Pick<MoveOptions, 'old' | 'next' | 'toc' | 'jobs' | 'timescaleVersion' | 'signal'> & {
	readonly database: string;
	readonly sizeBytes: number | null;
};

async function pour(options: Pouring, step: string, emit: (event: OperationEvent) => void): Promise<void> {
	const {old, next, database, sizeBytes, toc, timescaleVersion, signal} = options;
	// Several jobs need a copy of the dump beside the new server, in which they can seek.
	const free = await readFreeBytes(next, '/tmp', signal);
	const jobs = free !== null && free > (sizeBytes ?? 0) * 1.2 ? options.jobs : 1;
	const dump = startDump({client: old, database, format: 'custom', signal});
	const progress = createProgress(step, sizeBytes, emit);
	const size = `SELECT pg_database_size(${quoteLiteral(database)})::float8 AS value`;
	const growth = watchValue(next, size, progress.measured);
	try {
		await restoreArchive({
			client: next,
			database,
			source: dump.stream,
			toc,
			jobs,
			timescaleVersion,
			signal,
			onBytes: bytes => progress.workOn(`dumped ${prettyBytes(bytes)}`),
			onNotice: notice => {
				if (notice.type === 'current') progress.workOn(`${notice.action} ${notice.object}`);
				if (notice.type === 'message') emit({type: 'log', source: 'pg_restore', stream: 'stderr', line: notice.line});
			},
		});
		await dump.done;
	} catch (error) {
		dump.stream.destroy();
		await dump.done.catch(() => {});
		throw error;
	} finally {
		await growth.stop();
	}
}

/**
 * How much of a database is there again, by what the new server says: that counts indexes too, however many jobs build them. The whole is an estimate,
 * for the old server may have dead rows.
 */
function createProgress(step: string, sizeBytes: number | null, emit: (event: OperationEvent) => void) {
	let done = 0;
	let empty: number | undefined;
	let current: string | undefined;
	const tell = throttle(() =>
		emit({type: 'step-progress', step, done, total: sizeBytes ?? undefined, isEstimate: true, unit: 'bytes', current}),
	);
	return {
		/** The first size is that of the empty database. */
		measured(bytes: number) {
			empty ??= bytes;
			done = bytes - empty;
			tell();
		},
		workOn(what: string) {
			current = what;
			tell();
		},
	};
}
