import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['node-postgres', appLog('Error: SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string')],
		['libpq', appLog('connection to server at "db" (172.18.0.2), port 5432 failed: fe_sendauth: no password supplied')],
		[
			'JDBC',
			appLog(
				'org.postgresql.util.PSQLException: The server requested SCRAM-based authentication, but no password was provided.',
			),
		],
	],
	leaves: [['a wrong one', appLog('error: password authentication failed for user "shop"'), 'db-auth-failed']],
};
