import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a fixed interval',
			databaseLog(
				'2026-06-01 10:00:00.000 UTC [9] FATAL:  role "root" does not exist\n2026-06-01 10:00:10.010 UTC [12] FATAL:  role "root" does not exist\n2026-06-01 10:00:20.020 UTC [15] FATAL:  role "root" does not exist',
				{state: 'running'},
			),
		],
		[
			'the database of the user',
			databaseLog(
				'2026-06-01 10:00:00.000 UTC [9] FATAL:  database "shopper" does not exist\n2026-06-01 10:00:30.010 UTC [12] FATAL:  database "shopper" does not exist\n2026-06-01 10:01:00.020 UTC [15] FATAL:  database "shopper" does not exist',
				{state: 'running'},
			),
		],
	],
	leaves: [['a real one', appLog('FATAL:  role "shop" does not exist'), 'db-role-missing']],
};
