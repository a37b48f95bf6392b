import {describe, expect, it} from 'vitest';
import {recogniseMigrationTable} from '../../source/postgres/migrations.js';

describe('recogniseMigrationTable', () => {
	it.each([
		['__drizzle_migrations', ['id', 'hash', 'created_at'], 'drizzle'],
		['_prisma_migrations', ['id', 'migration_name', 'started_at', 'finished_at', 'rolled_back_at'], 'prisma'],
		['knex_migrations', ['id', 'name', 'batch', 'migration_time'], 'knex'],
		['migrations', ['id', 'timestamp', 'name'], 'typeorm'],
		['migrations', ['id', 'migration', 'batch'], 'laravel'],
		['schema_migrations', ['version'], 'rails'],
		['schema_migrations', ['version', 'dirty'], 'golang-migrate'],
		['schema_migrations', ['version', 'inserted_at'], 'ecto'],
		['django_migrations', ['id', 'app', 'name', 'applied'], 'django'],
		['flyway_schema_history', ['installed_rank', 'version', 'script', 'success'], 'flyway'],
		['alembic_version', ['version_num'], 'alembic'],
		['SequelizeMeta', ['name'], 'sequelize'],
		['seed_status', ['id', 'status', 'started_at'], 'seed-status'],
	])('knows %s with %j', (table, columns, tool) => {
		expect(recogniseMigrationTable(table, columns)?.tool).toBe(tool);
	});

	it('leaves other tables alone', () => {
		expect(recogniseMigrationTable('data_migrations', ['id', 'label'])).toBeUndefined();
		expect(recogniseMigrationTable('knex_migrations_lock', ['index', 'is_locked'])).toBeUndefined();
	});
});
