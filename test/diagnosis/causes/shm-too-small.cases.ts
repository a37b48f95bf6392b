import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the server',
			databaseLog(
				'ERROR:  could not resize shared memory segment "/PostgreSQL.1234" to 8388608 bytes: No space left on device',
			),
		],
		[
			'Ruby',
			appLog(
				'PG::DiskFull: ERROR:  could not resize shared memory segment "/PostgreSQL.99" to 16777216 bytes: No space left on device',
			),
		],
	],
	leaves: [['the disk', databaseLog('ERROR:  could not extend file "base/1/2": No space left on device'), 'disk-full']],
};
