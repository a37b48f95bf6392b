import {createGzip} from 'node:zlib';
import type {BundleWriter} from '../../bundle/bundle-writer.js';
import type {ManifestDatabase} from '../../bundle/manifest.js';
import {nameDumpPart} from '../../bundle/names.js';
import {emitting, type Operation, type OperationEvent} from '../../operation.js';
import type {PostgresClient} from '../../postgres/client.js';
import {countRows, type DatabaseContents, readContents, sumCounts, type TableCount} from '../../postgres/contents.js';
import {chooseCompression, type Dump, type DumpSelection, describeLacks, startDump} from '../../postgres/dump.js';
import {dumpDirectory} from '../../postgres/dump-directory.js';
import {describeLockHolder} from '../../postgres/locks.js';
import {type MigrationState, migrationTableName, readMigrations} from '../../postgres/migrations.js';
import {explainWarnings, type ToolNotice} from '../../postgres/notices.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import {type Snapshot, takeSnapshot} from '../../postgres/snapshot.js';
import {throttle} from '../../throttle.js';
import {trackDump} from './dump-progress.js';
import type {BackupPlan} from './plan.js';

/** A database that is in the bundle. */
export type DumpedDatabase = {
	readonly manifest: ManifestDatabase;
	readonly tables: number;
	/** Null when rows were not counted. */
	readonly rows: number | null;
	/** What pg_dump wrote to standard error, redacted. */
	readonly messages: readonly string[];
};

export type DumpDatabaseOptions = {
	readonly plan: BackupPlan;
	readonly client: PostgresClient;
	readonly service: string;
	readonly properties: DatabaseProperties;
	/** Begun before; absent to take one now. */
	readonly snapshot?: Promise<Snapshot> | undefined;
	readonly writer: BundleWriter;
	readonly signal: AbortSignal;
};

/**
 * Dumps one database into the bundle. Dump, catalogue, migration state and row counts all see the same snapshot.
 * Throws what `startDump` throws.
 */
export async function* dumpDatabase(options: DumpDatabaseOptions): Operation<DumpedDatabase> {
	const {client, properties, service, signal} = options;
	const step = `dump ${service}/${properties.name}`;
	yield {type: 'step-started', step, title: `Dump ${properties.name}`, canCancel: true};
	const snapshot = await (options.snapshot ?? takeSnapshot(client, properties.name, signal));
	try {
		const dumped = yield* emitting(async emit => copyDump(options, step, snapshot, emit));
		for (const warning of explainWarnings(dumped.messages)) {
			if (!warning.expected)
				yield {type: 'warning', message: warning.lines.join(' '), hint: warning.meaning ?? undefined};
		}

		const counted = dumped.counts === null ? null : sumCounts(dumped.counts);
		yield {
			type: 'step-finished',
			step,
			note: counted === null ? 'definitions only' : `${counted.tables} tables, ${counted.rows} rows`,
		};
		return {
			manifest: describeForManifest(options, dumped),
			tables: sumCounts(dumped.counts ?? dumped.contents.tables.map(table => ({...table, rows: null}))).tables,
			rows: counted?.rows ?? null,
			messages: dumped.messages,
		};
	} finally {
		await snapshot.close();
	}
}

/** What the database holds, by the snapshot of the dump. */
type Survey = {
	readonly contents: DatabaseContents;
	readonly migrations: readonly MigrationState[];
	/** Null when rows are not dumped. */
	readonly counts: readonly TableCount[] | null;
};

type Copied = Survey & {
	readonly path: string;
	readonly messages: readonly string[];
	readonly compression: ManifestDatabase['dump']['compression'];
};

async function copyDump(
	{plan, client, service, properties, writer, signal}: DumpDatabaseOptions,
	step: string,
	snapshot: Snapshot,
	emit: (event: OperationEvent) => void,
): Promise<Copied> {
	const {format} = plan;
	const compression = format === 'plain' ? 'gzip' : chooseCompression(client);
	const progress = trackDump();
	const path = nameDumpPart(
		{name: properties.name, service},
		{format, compression},
		writer.parts.map(part => part.path),
	);
	const survey = async (): Promise<Survey> => {
		const contents = await readContents(snapshot.session);
		progress.expect(contents.tables, contents.largeObjectBytes ?? 0);
		const migrations = await readMigrations(snapshot.session);
		return {contents, migrations, counts: plan.schemaOnly ? null : await countRows(snapshot.session, contents.tables)};
	};
	const surveying = survey();
	surveying.catch(() => {});
	const report = throttle(() =>
		emit({type: 'step-progress', step, unit: 'bytes', isEstimate: true, ...progress.read()}),
	);
	const common = {
		client,
		database: properties.name,
		snapshot: snapshot.id,
		lockWaitTimeoutMs: plan.lockTimeoutSeconds * 1000,
		signal,
		...selectionOf(plan),
		onNotice(notice: ToolNotice) {
			if (notice.type === 'chatter') return;
			if (notice.type === 'current') progress.begin(notice.object);
			const line = notice.type === 'current' ? `${notice.action} ${notice.object}` : notice.line;
			emit({type: 'log', source: 'pg_dump', stream: 'stderr', line});
			report();
		},
	};
	const onBytes = (bytes: number) => {
		progress.addedUpTo(bytes);
		report();
	};
	const dump = async () => {
		if (format === 'directory')
			return dumpDirectory({
				...common,
				jobs: plan.jobs,
				async onFile(name, content) {
					await writer.addStream(`${path}/${name}`, 'dump', content, onBytes);
				},
			});
		// Plain SQL is compressed on its way. A client of this machine would go on alone if we were killed, without a pipe that breaks.
		const canWriteItself = format === 'custom' && client.place.containerId !== undefined;
		const output = canWriteItself ? await writer.openOutput(path) : undefined;
		const running = startDump({
			...common,
			format,
			output,
			onBlocked([holder]) {
				if (holder !== undefined)
					emit({type: 'log', source: 'pg_dump', stream: 'stderr', line: `waiting for ${describeLockHolder(holder)}`});
			},
		});
		surveying.catch(error => running.stream.destroy(error));
		if (output === undefined) await writer.addStream(path, 'dump', throughGzip(running, format), onBytes);
		else await writer.addOutput('dump', running.stream, onBytes);
		return running.done;
	};
	const {messages, toc} = await dump();
	const {contents, migrations, counts} = await surveying;
	const isDumped = toc === null || plan.tables.length === 0 ? () => true : dumpedTables(toc.entries);
	return {path, compression, messages, contents, migrations, counts: counts?.filter(isDumped) ?? null};
}

/** Plain SQL comes uncompressed. Its end is held back by the dump until it is known to be whole, and so is gzip's. */
function throughGzip(dump: Dump, format: 'custom' | 'plain') {
	if (format === 'custom') return dump.stream;
	const gzip = createGzip();
	dump.stream.on('error', error => gzip.destroy(error));
	gzip.on('close', () => dump.stream.destroy());
	return dump.stream.pipe(gzip);
}

/** Which tables a partial archive holds, by its table of contents. */
function dumpedTables(
	entries: readonly {readonly kind: string; readonly schema: string | null; readonly name: string}[],
) {
	const names = new Set(
		entries
			.filter(entry => ['TABLE', 'FOREIGN TABLE', 'MATERIALIZED VIEW'].includes(entry.kind))
			.map(entry => JSON.stringify([entry.schema, entry.name])),
	);
	return (table: TableCount) => names.has(JSON.stringify([table.schema, table.name]));
}

export function selectionOf(plan: BackupPlan): DumpSelection {
	return {schemaOnly: plan.schemaOnly, tables: plan.tables, noOwner: !plan.owner, noAcl: !plan.acl};
}

function describeForManifest({plan, service, properties}: DumpDatabaseOptions, dumped: Copied): ManifestDatabase {
	const {contents, migrations} = dumped;
	const tables = dumped.counts ?? contents.tables.map(table => ({...table, rows: null}));
	return {
		name: properties.name,
		service,
		owner: properties.owner,
		encoding: properties.encoding,
		collate: properties.collate,
		ctype: properties.ctype,
		localeProvider: properties.localeProvider,
		locale: properties.locale,
		collationVersion: properties.collationVersion,
		tablespace: properties.tablespace,
		settings: [...properties.settings],
		connectionLimit: properties.connectionLimit,
		comment: properties.comment,
		icuRules: properties.icuRules,
		grants: plan.acl ? (properties.grants?.map(grant => ({...grant})) ?? null) : null,
		sizeBytes: properties.sizeBytes,
		extensions: [...contents.extensions],
		tables: tables.map(table => ({
			schema: table.schema,
			name: table.name,
			kind: table.kind,
			rows: table.rows,
		})),
		sequences: contents.sequences.length,
		largeObjects: contents.largeObjects,
		migrations: migrations.map(state => ({
			tool: state.tool,
			table: migrationTableName(state),
			count: state.applied,
			last: state.latest,
		})),
		dump: {
			path: dumped.path,
			format: plan.format,
			compression: dumped.compression,
			withoutOwners: !plan.owner,
		},
		partial:
			plan.tables.length > 0 || plan.schemaOnly
				? {schemaOnly: plan.schemaOnly, tables: [...plan.tables], lacks: [...describeLacks(selectionOf(plan))]}
				: null,
	};
}
