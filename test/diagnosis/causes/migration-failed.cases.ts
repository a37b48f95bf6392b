import type {CauseCases} from '../cause-cases.js';
import {composeOutput, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'Prisma',
			migrateLog(
				'Error: P3018\n\nA migration failed to apply. New migrations cannot be applied before the error is recovered from.',
			),
		],
		['Compose', composeOutput('service "migrate" didn\'t complete successfully: exit 1')],
		[
			'a column twice',
			migrateLog('Running migration 0042_add_column\nerror: column "price" of relation "orders" already exists'),
		],
	],
	leaves: [
		[
			'the mark of an earlier failure',
			migrateLog('Error: P3009\n\nmigrate found failed migrations in the target database'),
			'migration-failed-state',
		],
		[
			'a privilege',
			migrateLog(
				'Error: P3018\n\nA migration failed to apply.\nDatabase error:\nERROR: permission denied for schema public',
			),
			'db-privilege-missing',
		],
	],
};
