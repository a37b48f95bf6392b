import {AppError} from '../../errors.js';
import {emitting, type Operation, type OperationEvent} from '../../operation.js';
import {analyzeDatabase} from '../../postgres/analyze.js';
import type {PostgresClient} from '../../postgres/client.js';
import {type ClientRoom, readClientRoom} from '../../postgres/client-room.js';
import {applyProperties, createDatabase, type DatabaseTemplate} from '../../postgres/database.js';
import {quoteLiteral} from '../../postgres/quote.js';
import {restoreArchive} from '../../postgres/restore-archive.js';
import {restoreDirectory} from '../../postgres/restore-directory.js';
import {restorePlain} from '../../postgres/restore-plain.js';
import {refreshAggregates, requireRestored} from '../../postgres/timescale.js';
import {watchValue} from '../../postgres/watch-value.js';
import {throttle} from '../../throttle.js';
import {trackLoad} from './load-progress.js';
import type {RestoreSource} from './open-source.js';
import type {SourceDatabase} from './source-summary.js';

export type LoadOptions = {
	readonly client: PostgresClient;
	readonly source: RestoreSource;
	readonly database: SourceDatabase;
	/** The database that is created and filled. */
	readonly name: string;
	readonly template: DatabaseTemplate;
	/** Asked for already; absent to ask now. */
	readonly room?: Promise<ClientRoom> | undefined;
	/** Roles of the server: settings and grants of others are left out. */
	readonly roles: ReadonlySet<string>;
	readonly noOwner: boolean;
	readonly jobs: number;
	readonly trustCommands: boolean;
	readonly signal: AbortSignal;
	readonly step: string;
	readonly title: string;
};

/**
 * Creates a database and loads a dump into it, then gives the planner its statistics. Returns what the tools wrote to standard error.
 * The database must have been registered for its undo before. Throws restore-failed and its like, with the tool's words.
 */
export async function* loadDatabase(options: LoadOptions): Operation<readonly string[]> {
	const {client, database, name, step, signal} = options;
	yield {type: 'step-started', step, title: options.title, canCancel: true};
	// Each program costs its start in the container: the dump is looked at and handed over while the database is made.
	const room = options.room ?? readClientRoom(client, signal);
	room.catch(() => {});
	const ready = createDatabase(client, name, options.template, {signal});
	ready.catch(() => {});
	let messages: readonly string[];
	try {
		messages = yield* emitting(emit => load(options, {room, ready}, emit));
	} finally {
		// What is undone now must not be made after that.
		await ready.catch(() => {});
	}

	const hasTimescale = database.extensions.some(extension => extension.name === 'timescaledb');
	const properties = applyProperties(client, name, options.template, {roles: options.roles, signal});
	properties.catch(() => {});
	if (hasTimescale) {
		await properties;
		await requireRestored(client, name, {signal});
		yield* refreshViews(options);
	}

	yield {type: 'step-finished', step};
	const statistics = `${step} statistics`;
	yield {type: 'step-started', step: statistics, title: 'Give the planner its statistics', canCancel: true};
	try {
		await analyzeDatabase(client, name, {jobs: options.jobs, signal});
	} finally {
		await properties.catch(() => {});
	}

	await properties;
	yield {type: 'step-finished', step: statistics};
	return messages;
}

async function* refreshViews({client, name, signal}: LoadOptions): Operation<void> {
	for (const {view, reason} of await refreshAggregates(client, name, {signal}))
		yield {
			type: 'warning',
			message: `The continuous aggregate ${view} is not refreshed: ${reason}`,
			hint: `Its rows are those of the backup. Refresh it yourself: CALL refresh_continuous_aggregate('${view}', NULL, NULL)`,
		};
}

async function load(
	options: LoadOptions,
	{room, ready}: {readonly room: Promise<ClientRoom>; readonly ready: Promise<void>},
	emit: (event: OperationEvent) => void,
): Promise<readonly string[]> {
	const {client, source, database, name, step, signal} = options;
	const dump = await source.describeDump(database, signal);
	const progress =
		dump.kind === 'plain' || options.jobs < 2 || database.format === 'tar' ? undefined : trackLoad(database, dump.toc);
	const tell = throttle(() => {
		const total = database.bytes ?? undefined;
		if (progress !== undefined)
			emit({type: 'step-progress', step, total, unit: 'bytes', isEstimate: true, ...progress.read()});
	});
	const report = throttle((done: number) => {
		const total = database.bytes ?? undefined;
		// With several jobs these bytes are only on their way to where pg_restore can seek in them.
		if (progress === undefined) emit({type: 'step-progress', step, done, total, unit: 'bytes'});
		else emit({type: 'step-progress', step, done: 0, total, unit: 'bytes', current: 'handing the dump to the server'});
	});
	const common = {
		client,
		database: name,
		room,
		ready,
		noOwner: options.noOwner,
		noAcl: options.noOwner,
		signal,
		onBytes: report,
		onNotice: (notice: {
			readonly type: string;
			readonly action?: string;
			readonly object?: string;
			readonly line?: string;
		}) => {
			if (notice.action !== undefined && notice.object !== undefined) {
				progress?.note(notice.action, notice.object);
				tell();
			}

			const line = notice.type === 'message' ? notice.line : `${notice.action ?? ''} ${notice.object ?? ''}`.trim();
			if (line) emit({type: 'log', source: 'restore', stream: 'stderr', line});
		},
	};
	switch (dump.kind) {
		case 'archive':
		case 'directory': {
			const restoreFiles = dump.kind === 'directory' ? restoreDirectory : restoreArchive;
			const timescale = database.extensions.find(extension => extension.name === 'timescaledb')?.version;
			const watch =
				progress &&
				watchRows(options, rows => {
					progress.underWay(rows);
					tell();
				});
			const {messages} = await restoreFiles({
				...common,
				source: dump.kind === 'directory' ? source.openDump(database) : source.scanArchive(database),
				toc: dump.toc,
				jobs: database.format === 'tar' ? 1 : options.jobs,
				bytes: database.bytes ?? undefined,
				timescaleVersion: timescale ?? undefined,
			}).finally(() => watch?.stop());
			return messages;
		}

		case 'plain': {
			await ready;
			const {messages} = await restorePlain({
				...common,
				source: source.openDump(database),
				facts: dump.facts,
				section: dump.section,
				trustCommands: options.trustCommands,
			});
			return messages;
		}

		default:
			dump satisfies never;
			throw new AppError('bug', 'an unknown kind of dump');
	}
}

/** How many rows the COPYs under way have taken (pg_stat_progress_copy: 14 and newer). */
function watchRows({client, name}: LoadOptions, onRows: (rows: number) => void): {stop(): Promise<void>} | undefined {
	if (client.facts.serverMajor < 14) return undefined;
	const sql = `SELECT coalesce(sum(tuples_processed), 0)::float8 AS value FROM pg_stat_progress_copy WHERE datname = ${quoteLiteral(name)}`;
	return watchValue(client, sql, onRows);
}
