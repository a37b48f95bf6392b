import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the data directory',
			databaseLog(
				'FATAL:  lock file "postmaster.pid" already exists\nHINT:  Is another postmaster (PID 1) running in data directory "/var/lib/postgresql/data"?',
			),
		],
		['the socket', databaseLog('FATAL:  lock file "/var/run/postgresql/.s.PGSQL.5432.lock" already exists')],
	],
	leaves: [
		[
			'a full disk',
			databaseLog('FATAL:  could not write lock file "postmaster.pid": No space left on device'),
			'disk-full',
		],
	],
};
