import type {Manifest, ManifestDatabase, ManifestServer} from '../../bundle/manifest.js';
import type {ArchiveToc} from '../../postgres/archive.js';
import type {NewerFeature} from './newer-syntax.js';

/** One database in the file that is restored, as far as the file tells. Unknown is null. */
export type SourceDatabase = {
	readonly name: string | null;
	/** Service that it was dumped from. */
	readonly service: string | null;
	/** Part of a bundle, or null when the file itself is the dump. */
	readonly part: string | null;
	readonly format: 'custom' | 'plain' | 'directory' | 'tar';
	/** Bytes of the dump as it is streamed; null when they are not known beforehand. */
	readonly bytes: number | null;
	/** Bytes for a guess of the size where `bytes` is not known. */
	readonly estimatedBytes: number | null;
	/** Size that it had on the server. */
	readonly sizeBytes: number | null;
	readonly owner: string | null;
	/** Major version of the server that it was dumped from. */
	readonly serverMajor: number | null;
	/** What decides whether a pg_restore can read it; null for plain SQL. */
	readonly archive: {
		readonly version: string;
		readonly compression: ArchiveToc['compression'];
		readonly dumpVersion: string;
	} | null;
	readonly tables: readonly SourceTable[] | null;
	/** Tables without views, as the documents count them. */
	readonly tableCount: number | null;
	/** Rows that a restore must bring back; null when the file does not say. */
	readonly rows: number | null;
	readonly extensions: readonly {readonly name: string; readonly version: string | null}[];
	/** Roles that own something in it or are granted something; null when the file does not say. */
	readonly roles: readonly string[] | null;
	/** Those of them that own something; null when the file does not say. */
	readonly owners: readonly string[] | null;
	readonly migrations: readonly {
		readonly tool: string;
		readonly table: string;
		readonly count: number;
		readonly last: string | null;
	}[];
	/** What a restore of this dump alone does not bring back; empty for a whole database. */
	readonly lacks: readonly string[];
	readonly withoutOwners: boolean;
	/** What servers before a major version do not know, as far as the dump was looked into. */
	readonly features?: readonly NewerFeature[];
};

export type SourceTable = {
	readonly schema: string;
	readonly name: string;
	readonly kind: string;
	readonly rows: number | null;
	/** Its rows are sessions of users, by its columns; absent where it is not, or the file does not tell. */
	readonly holdsSessions?: boolean;
};

/** What is known of the file, without a secret. */
export type SourceSummary = {
	/** Absolute path. */
	readonly file: string;
	readonly kind: 'bundle' | 'foreign';
	/** For people: `Lifeboat backup`, `plain SQL, gzip`. */
	readonly format: string;
	readonly bytes: number;
	readonly encrypted: boolean;
	/** ISO time. */
	readonly createdAt: string | null;
	readonly project: string | null;
	readonly databases: readonly SourceDatabase[];
	/** Services whose roles are in the file, with the part that holds them. */
	readonly globals: readonly {readonly service: string; readonly part: string; readonly passwords: boolean}[];
};

/** What the manifest of a bundle says about its databases. */
export function summariseManifest(file: string, bytes: number, encrypted: boolean, manifest: Manifest): SourceSummary {
	return {
		file,
		kind: 'bundle',
		format: 'Lifeboat backup',
		bytes,
		encrypted,
		createdAt: manifest.createdAt,
		project: manifest.project,
		databases: manifest.servers.flatMap(server =>
			server.databases.map(database => summariseDatabase(manifest, server, database)),
		),
		globals: manifest.servers.flatMap(server =>
			server.globals === null ? [] : [{service: server.service, part: server.globals, passwords: server.rolePasswords}],
		),
	};
}

function summariseDatabase(manifest: Manifest, server: ManifestServer, database: ManifestDatabase): SourceDatabase {
	const {dump, partial} = database;
	const parts = manifest.parts.filter(part => part.path === dump.path || part.path.startsWith(`${dump.path}/`));
	const schemaOnly = partial?.schemaOnly === true;
	return {
		name: database.name,
		service: server.service,
		part: dump.path,
		format: dump.format,
		bytes: parts.reduce((sum, part) => sum + part.bytes, 0),
		estimatedBytes: null,
		archive: null,
		sizeBytes: database.sizeBytes,
		owner: database.owner,
		serverMajor: server.major,
		tables: database.tables.map(({schema, name, kind, rows}) => ({schema, name, kind, rows: schemaOnly ? 0 : rows})),
		tableCount: database.tables.filter(isTable).length,
		rows: schemaOnly ? 0 : sumRows(database.tables),
		extensions: database.extensions.map(({name, version}) => ({name, version})),
		roles: null,
		owners: null,
		migrations: database.migrations,
		lacks: partial?.lacks ?? [],
		withoutOwners: dump.withoutOwners,
	};
}

const holdsRows = new Set(['table', 'partition', 'hypertable']);

/** Rows of all tables; partitions count, the partitioned table above them would count them twice. */
export function sumRows(tables: readonly SourceTable[]): number {
	return tables.filter(table => holdsRows.has(table.kind)).reduce((sum, table) => sum + (table.rows ?? 0), 0);
}

function isTable(table: SourceTable): boolean {
	return table.kind !== 'materialized-view' && table.kind !== 'foreign';
}
