import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'an old volume',
			databaseLog(
				'PostgreSQL Database directory appears to contain a database; Skipping initialization\nLOG:  database system is ready to accept connections\nFATAL:  password authentication failed for user "shop"',
			),
		],
		[
			'no password in the catalogue',
			databaseLog(
				'FATAL:  password authentication failed for user "shop"\nDETAIL:  User "shop" has no password assigned.',
			),
		],
	],
	leaves: [
		[
			'no such role',
			databaseLog('FATAL:  password authentication failed for user "shop"\nDETAIL:  Role "shop" does not exist.'),
			'db-role-missing',
		],
		['only the client', appLog('error: password authentication failed for user "shop"'), 'db-auth-failed'],
	],
};
