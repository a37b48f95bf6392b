import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the official image',
			databaseLog(
				'Error: Database is uninitialized and superuser password is not specified.\n       You must specify POSTGRES_PASSWORD to a non-empty value for the\n       superuser.',
				{state: 'exited', exitCode: 1},
			),
		],
	],
	leaves: [
		['a wrong password', databaseLog('FATAL:  password authentication failed for user "shop"'), 'db-auth-failed'],
	],
};
