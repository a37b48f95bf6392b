import {createHash} from 'node:crypto';
import {quoteIdentifier, quoteQualified} from './quote.js';
import type {Session} from './session.js';

export type MigrationTool =
	| 'drizzle'
	| 'prisma'
	| 'knex'
	| 'typeorm'
	| 'rails'
	| 'django'
	| 'flyway'
	| 'alembic'
	| 'ecto'
	| 'sequelize'
	| 'golang-migrate'
	| 'laravel'
	| 'liquibase'
	| 'goose'
	| 'sqlx'
	| 'diesel'
	| 'kysely'
	| 'mikro-orm'
	| 'node-pg-migrate'
	| 'entity-framework'
	| 'seed-status';

/** Which migrations a database has seen, by the table in which a tool keeps its books. */
export type MigrationState = {
	readonly tool: MigrationTool;
	readonly schema: string;
	readonly table: string;
	/** Migrations that are recorded as finished. */
	readonly applied: number;
	/** Name, version or hash of each finished one, oldest first. */
	readonly names: readonly string[];
	/** The newest of them; null when there is none. */
	readonly latest: string | null;
	/** Started and not finished, failed, or dirty: the tool refuses to go on until this is cleared. */
	readonly unfinished: readonly string[];
	/** sha256 over the names of the finished ones in order: equal for equal states. */
	readonly fingerprint: string;
};

/** A tool's table: how to know it, and SQL expressions over its row for name, order and state. */
type MigrationTable = {
	readonly tool: MigrationTool;
	/** Pattern of the table's name. */
	readonly table: RegExp;
	/** Columns that tell it from another tool's table of the same name. */
	readonly columns: readonly string[];
	readonly absent?: readonly string[];
	readonly name: string;
	readonly order: string;
	/** True for a row that counts as applied; absent when every row does. */
	readonly done?: string;
	/** True for a row that blocks. */
	readonly blocked?: string;
};

const tools: readonly MigrationTable[] = [
	{tool: 'drizzle', table: /^__drizzle_migrations/, columns: ['hash', 'created_at'], name: 'hash', order: 'created_at'},
	{
		tool: 'prisma',
		table: /^_prisma_migrations$/,
		columns: ['migration_name', 'finished_at', 'rolled_back_at'],
		name: 'migration_name',
		order: 'started_at, migration_name',
		done: 'finished_at IS NOT NULL AND rolled_back_at IS NULL',
		blocked: 'finished_at IS NULL AND rolled_back_at IS NULL',
	},
	{tool: 'knex', table: /^knex_migrations$/, columns: ['name', 'batch'], name: 'name', order: 'id'},
	{
		tool: 'typeorm',
		table: /migrations?$/,
		columns: ['id', 'timestamp', 'name'],
		name: 'name',
		order: '"timestamp", id',
	},
	{tool: 'laravel', table: /^migrations$/, columns: ['migration', 'batch'], name: 'migration', order: 'id'},
	{
		tool: 'golang-migrate',
		table: /^schema_migrations$/,
		columns: ['version', 'dirty'],
		name: 'version::text',
		order: 'version',
		done: 'NOT dirty',
		blocked: 'dirty',
	},
	{
		tool: 'ecto',
		table: /^schema_migrations$/,
		columns: ['version', 'inserted_at'],
		name: 'version::text',
		order: 'version',
	},
	{
		tool: 'rails',
		table: /^schema_migrations$/,
		columns: ['version'],
		absent: ['dirty', 'inserted_at'],
		name: 'version::text',
		order: 'version',
	},
	{
		tool: 'django',
		table: /^django_migrations$/,
		columns: ['app', 'name', 'applied'],
		name: "app || '.' || name",
		order: 'id',
	},
	{
		tool: 'flyway',
		table: /^flyway_schema_history$/,
		columns: ['installed_rank', 'version', 'script', 'success'],
		name: 'coalesce(version, script)',
		order: 'installed_rank',
		done: 'success',
		blocked: 'NOT success',
	},
	{tool: 'alembic', table: /^alembic_version/, columns: ['version_num'], name: 'version_num', order: 'version_num'},
	{tool: 'sequelize', table: /^SequelizeMeta$/, columns: ['name'], name: 'name', order: 'name'},
	{
		tool: 'liquibase',
		table: /^databasechangelog$/i,
		columns: ['id', 'author', 'orderexecuted'],
		name: 'id',
		order: 'orderexecuted',
	},
	{
		tool: 'goose',
		table: /^goose_db_version$/,
		columns: ['version_id', 'is_applied'],
		name: 'version_id::text',
		order: 'id',
		done: 'is_applied AND version_id > 0',
	},
	{
		tool: 'sqlx',
		table: /^_sqlx_migrations$/,
		columns: ['version', 'success'],
		name: 'version::text',
		order: 'version',
		done: 'success',
		blocked: 'NOT success',
	},
	{tool: 'diesel', table: /^__diesel_schema_migrations$/, columns: ['version'], name: 'version', order: 'version'},
	{tool: 'kysely', table: /^kysely_migration$/, columns: ['name', 'timestamp'], name: 'name', order: 'name'},
	{tool: 'mikro-orm', table: /^mikro_orm_migrations$/, columns: ['name', 'executed_at'], name: 'name', order: 'id'},
	{tool: 'node-pg-migrate', table: /^pgmigrations$/, columns: ['name', 'run_on'], name: 'name', order: 'run_on, id'},
	{
		tool: 'entity-framework',
		table: /^__EFMigrationsHistory$/,
		columns: ['MigrationId'],
		name: '"MigrationId"',
		order: '"MigrationId"',
	},
	{
		tool: 'seed-status',
		table: /^seed_?status$/i,
		columns: ['id', 'status'],
		name: 'status::text',
		order: 'id',
		done: "status::text IN ('completed', 'complete', 'done', 'seeded')",
		blocked: "status::text IN ('seeding', 'failed')",
	},
];

/** Finds the tables of migration tools among the tables of the session's database and reads them in its transaction. A table that may not be read is left out. */
export async function readMigrations(session: Session): Promise<readonly MigrationState[]> {
	const found = await session.query<{schema: string; table: string; columns: readonly string[]}>(`
SELECT n.nspname AS schema, c.relname AS table, (SELECT json_agg(a.attname) FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped) AS columns
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', 'information_schema')
	AND c.relname ~* '(migration|flyway_schema_history|alembic_version|SequelizeMeta|databasechangelog|goose_db_version|seed_?status)'
ORDER BY 1, 2`);
	const states: MigrationState[] = [];
	for (const {schema, table, columns} of found) {
		const definition = recogniseMigrationTable(table, columns);
		if (definition === undefined) continue;
		const state = await readState(session, definition, schema, table);
		if (state !== undefined) states.push(state);
	}

	return states;
}

/** The tool whose books a table is, by its name and columns. */
export function recogniseMigrationTable(table: string, columns: readonly string[]): MigrationTable | undefined {
	return tools.find(
		tool =>
			tool.table.test(table) &&
			tool.columns.every(column => columns.includes(column)) &&
			!(tool.absent ?? []).some(column => columns.includes(column)),
	);
}

async function readState(
	session: Session,
	definition: MigrationTable,
	schema: string,
	table: string,
): Promise<MigrationState | undefined> {
	const {name, order, done = 'true', blocked = 'false'} = definition;
	try {
		const rows = await session.query<{name: string | null; done: boolean; blocked: boolean}>(
			`SELECT ${name} AS name, coalesce(${done}, false) AS done, coalesce(${blocked}, false) AS blocked FROM ${quoteQualified(schema, table)} ORDER BY ${order}`,
		);
		const applied = rows.filter(row => row.done).map(row => row.name ?? '');
		return {
			tool: definition.tool,
			schema,
			table,
			applied: applied.length,
			names: applied,
			latest: applied.at(-1) ?? null,
			unfinished: rows.filter(row => row.blocked).map(row => row.name ?? ''),
			fingerprint: createHash('sha256').update(applied.join('\n')).digest('hex'),
		};
	} catch {
		return undefined;
	}
}

/** A migration table for people: `drizzle.__drizzle_migrations`. */
export function migrationTableName(state: Pick<MigrationState, 'schema' | 'table'>): string {
	return [state.schema, state.table].map(part => (/^[a-z_]\w*$/.test(part) ? part : quoteIdentifier(part))).join('.');
}
