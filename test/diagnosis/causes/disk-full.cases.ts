import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['the log', databaseLog('PANIC:  could not write to file "pg_wal/xlogtemp.12": No space left on device')],
		['a table', databaseLog('ERROR:  could not extend file "base/16384/16402": No space left on device')],
		['Node', appLog('Error: ENOSPC: no space left on device, write')],
	],
	leaves: [
		[
			'shared memory',
			databaseLog(
				'ERROR:  could not resize shared memory segment "/PostgreSQL.1234" to 8388608 bytes: No space left on device',
			),
			'shm-too-small',
		],
	],
};
