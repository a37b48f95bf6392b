import type {CauseCases} from '../cause-cases.js';
import {migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'Prisma',
			migrateLog(
				'Error: P3009\n\nmigrate found failed migrations in the target database, new migrations will not be applied.',
			),
		],
		['golang-migrate', migrateLog('error: Dirty database version 14. Fix and force version.')],
		['Flyway', migrateLog('Detected failed migration to version 3 (add index).')],
	],
	leaves: [['the failure itself', migrateLog('Error: P3018\n\nA migration failed to apply.'), 'migration-failed']],
};
