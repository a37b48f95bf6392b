import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['a missing file', databaseLog('FATAL:  could not open file "global/pg_filenode.map": No such file or directory')],
		[
			'a missing version',
			databaseLog(
				'FATAL:  "base/16384" is not a valid data directory\nDETAIL:  File "base/16384/PG_VERSION" is missing.',
			),
		],
		['a broken page', databaseLog('ERROR:  invalid page in block 12 of relation base/16384/16402')],
	],
	leaves: [
		[
			'a missing library',
			databaseLog('ERROR:  could not access file "$libdir/timescaledb-2.14.2": No such file or directory'),
			'extension-version-mismatch',
		],
	],
};
