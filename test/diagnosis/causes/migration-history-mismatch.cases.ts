import type {CauseCases} from '../cause-cases.js';
import {migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Alembic', migrateLog("alembic.util.exc.CommandError: Can't locate revision identified by 'abc123'")],
		['Knex', migrateLog('Error: The migration directory is corrupt, the following files are missing: 2026_init.js')],
		['Flyway', migrateLog('Migration checksum mismatch for migration version 12')],
		[
			'Django',
			migrateLog(
				'django.db.migrations.exceptions.InconsistentMigrationHistory: Migration a.0002 is applied before its dependency b.0001',
			),
		],
		[
			'Liquibase',
			migrateLog('liquibase.exception.ValidationFailedException: Validation Failed:\n     1 changesets check sum'),
		],
		[
			'golang-migrate',
			migrateLog('error: no migration found for version 42: read down for version 42 .: file does not exist'),
		],
		['words', migrateLog('Error: database schema version 14 is newer than this application supports')],
	],
	leaves: [
		[
			'tables without a history',
			migrateLog('Error: P3005\n\nThe database schema is not empty.'),
			'migration-baseline-needed',
		],
	],
};
