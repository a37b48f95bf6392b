import type {CauseCases} from '../cause-cases.js';
import {migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Prisma', migrateLog('Error: P3005\n\nThe database schema is not empty.')],
		[
			'Flyway',
			migrateLog(
				'Found non-empty schema(s) "public" but no schema history table. Use baseline() or set baselineOnMigrate to true',
			),
		],
		['TypeORM', migrateLog('QueryFailedError: relation "users" already exists')],
	],
	leaves: [
		[
			'Drizzle',
			migrateLog(
				'DrizzleQueryError: Failed query: CREATE TABLE "users"\n  cause: PostgresError: relation "users" already exists',
			),
			'migration-history-mismatch',
		],
	],
};
