import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['the client', appLog('FATAL:  role "shop" does not exist')],
		[
			'the detail of the server',
			databaseLog(
				'FATAL:  password authentication failed for user "shop"\nDETAIL:  Role "shop" does not exist.\n\tConnection matched file "pg_hba.conf" line 128',
			),
		],
	],
	leaves: [['a database', appLog('FATAL:  database "shop" does not exist'), 'db-name-missing']],
};
