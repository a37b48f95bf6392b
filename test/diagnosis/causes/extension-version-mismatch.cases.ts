import type {CauseCases} from '../cause-cases.js';
import {databaseLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a library with a version',
			databaseLog('ERROR:  could not access file "$libdir/timescaledb-2.14.2": No such file or directory'),
		],
		[
			'no way to update',
			migrateLog('ERROR:  extension "postgis" has no update path from version "3.3.2" to version "3.5.0"'),
		],
	],
	leaves: [['no extension', migrateLog('ERROR:  extension "vector" is not available'), 'extension-missing']],
};
