import type {PostgresClient} from '../../postgres/client.js';
import {countRows, type DatabaseContents, readContents, type TableCount} from '../../postgres/contents.js';
import {type MigrationState, migrationTableName, readMigrations} from '../../postgres/migrations.js';
import {takeSnapshot} from '../../postgres/snapshot.js';
import type {SourceDatabase} from './source-summary.js';

/** What a restored database holds, for the comparison with what the file says. */
export type RestoredContents = {
	readonly counts: readonly TableCount[];
	readonly extensions: DatabaseContents['extensions'];
	readonly sequences: number;
	readonly largeObjects: number;
	readonly migrations: readonly MigrationState[];
};

/** A difference between the file and what was restored. */
export type Difference = {
	readonly code: 'table-missing' | 'rows-differ' | 'extension-differs' | 'migrations-differ' | 'objects-differ';
	readonly message: string;
};

/** One line of the checklist. */
export type CountRow = {readonly table: string; readonly expected: number | null; readonly rows: number | null};

/** Reads a restored database in one snapshot, every row counted. */
export async function readRestored(
	client: PostgresClient,
	database: string,
	options: {readonly signal?: AbortSignal | undefined; readonly onCounted?: (done: number, total: number) => void} = {},
): Promise<RestoredContents> {
	const snapshot = await takeSnapshot(client, database, options.signal);
	try {
		const contents = await readContents(snapshot.session);
		const counts = await countRows(
			snapshot.session,
			contents.tables,
			options.onCounted === undefined ? {} : {onCounted: options.onCounted},
		);
		return {
			counts,
			extensions: contents.extensions,
			sequences: contents.sequences.length,
			largeObjects: contents.largeObjects,
			migrations: await readMigrations(snapshot.session),
		};
	} finally {
		await snapshot.close();
	}
}

/** The checklist of a database: every table of the file and every table that is there. */
export function listCounts(source: SourceDatabase, restored: RestoredContents): readonly CountRow[] {
	const found = new Map(restored.counts.map(count => [nameOf(count), count]));
	const expected = new Map((source.tables ?? []).map(table => [nameOf(table), table]));
	return [...new Set([...expected.keys(), ...found.keys()])].sort().map(table => ({
		table,
		expected: expected.get(table)?.rows ?? null,
		rows: found.get(table)?.rows ?? null,
	}));
}

/** Everything in which a restored database is not what the file says; empty when it is, or the file says nothing. Pure. */
export function compareRestored(source: SourceDatabase, restored: RestoredContents): readonly Difference[] {
	return [
		...compareTables(source, restored),
		...compareExtensions(source, restored),
		...compareMigrations(source, restored),
	];
}

function compareTables(source: SourceDatabase, restored: RestoredContents): readonly Difference[] {
	const found = new Map(restored.counts.map(count => [nameOf(count), count]));
	return (source.tables ?? []).flatMap((table): readonly Difference[] => {
		const name = nameOf(table);
		const there = found.get(name);
		if (there === undefined)
			return [{code: 'table-missing', message: `The table ${name} is in the backup and was not restored`}];
		if (table.rows === null || there.rows === null || table.rows === there.rows) return [];
		return [{code: 'rows-differ', message: `The table ${name} has ${there.rows} rows; the backup has ${table.rows}`}];
	});
}

function compareExtensions(source: SourceDatabase, restored: RestoredContents): readonly Difference[] {
	return source.extensions
		.filter(extension => !restored.extensions.some(other => other.name === extension.name))
		.map(extension => ({
			code: 'extension-differs',
			message: `The extension ${extension.name} is in the backup and was not restored`,
		}));
}

/** The versions of extensions that are not those of the backup: worth knowing, no failure. */
export function compareExtensionVersions(source: SourceDatabase, restored: RestoredContents): readonly string[] {
	return source.extensions.flatMap(extension => {
		const there = restored.extensions.find(other => other.name === extension.name);
		if (there === undefined || extension.version === null || there.version === extension.version) return [];
		return [`${extension.name} is ${there.version}; the backup has ${extension.version}`];
	});
}

function compareMigrations(source: SourceDatabase, restored: RestoredContents): readonly Difference[] {
	return source.migrations.flatMap((migration): readonly Difference[] => {
		const there = restored.migrations.find(other => migrationTableName(other) === migration.table);
		if (there === undefined)
			return [{code: 'migrations-differ', message: `The migrations in ${migration.table} were not restored`}];
		if (there.applied === migration.count && there.latest === migration.last) return [];
		return [
			{
				code: 'migrations-differ',
				message: `${migration.table} records ${there.applied} migrations up to ${there.latest ?? 'none'}; the backup has ${migration.count} up to ${migration.last ?? 'none'}`,
			},
		];
	});
}

function nameOf(table: {readonly schema: string; readonly name: string}): string {
	return `${table.schema}.${table.name}`;
}
