import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the server',
			databaseLog(
				'FATAL:  database files are incompatible with server\nDETAIL:  The data directory was initialized by PostgreSQL version 15, which is not compatible with this version 17.4.',
				{state: 'restarting', exitCode: 1},
			),
		],
	],
	leaves: [
		[
			'the layout of 18',
			databaseLog(
				'Error: in 18+, these Docker images are configured to store database data in a format which is compatible with "pg_ctlcluster"',
			),
			'pg18-mount-layout',
		],
	],
};
