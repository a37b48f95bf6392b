import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the entry point',
			databaseLog(
				'Error: in 18+, these Docker images are configured to store database data in a\n       format which is compatible with "pg_ctlcluster"\n       Counter to that, there appears to be PostgreSQL data in:\n         /var/lib/postgresql/data (unused mount/volume)',
			),
		],
	],
	leaves: [
		[
			'another major version',
			databaseLog('FATAL:  database files are incompatible with server'),
			'db-version-incompatible',
		],
	],
};
