import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['starting up', appLog('error: the database system is starting up')],
		['refused', appLog('Error: connect ECONNREFUSED 172.18.0.2:5432')],
		['asyncpg', appLog('asyncpg.exceptions.CannotConnectNowError: the database system is starting up')],
		['libpq', appLog('connection to server at "db" (172.18.0.2), port 5432 failed: Connection refused')],
	],
	leaves: [
		[
			'a server that never gets up',
			databaseLog(
				'LOG:  database system was interrupted\nPANIC:  could not locate a valid checkpoint record\nFATAL:  the database system is starting up',
			),
			'wal-corrupted',
		],
		['localhost', appLog('Error: connect ECONNREFUSED 127.0.0.1:5432'), 'db-host-localhost'],
	],
};
