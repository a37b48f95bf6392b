import type {CauseCases} from '../cause-cases.js';
import {databaseLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'Liquibase',
			migrateLog(
				'liquibase.exception.LockException: Could not acquire change log lock.  Currently locked by web (172.18.0.3) since 6/1/26, 10:00 AM',
			),
		],
		[
			'Prisma',
			migrateLog(
				'Error: P1002\n\nContext: Timed out trying to acquire a postgres advisory lock (SELECT pg_advisory_lock(72707369)). Timeout: 10000ms.',
			),
		],
		['Knex', migrateLog("Can't take lock to run migrations: Migration table is already locked")],
		[
			'Rails',
			migrateLog(
				'ActiveRecord::ConcurrentMigrationError: Cannot run migrations because another migration process is currently running.',
			),
		],
	],
	leaves: [
		['a lock of the server', databaseLog('FATAL:  lock file "postmaster.pid" already exists'), 'stale-pid-lock'],
	],
};
