import type {CauseCases} from '../cause-cases.js';
import {databaseLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the control file',
			migrateLog(
				'ERROR:  could not open extension control file "/usr/share/postgresql/17/extension/vector.control": No such file or directory',
			),
		],
		[
			'newer words',
			migrateLog(
				'ERROR:  extension "postgis" is not available\nDETAIL:  Could not open extension control file "/usr/share/postgresql/17/extension/postgis.control": No such file or directory.',
			),
		],
	],
	leaves: [
		[
			'another version',
			databaseLog('ERROR:  could not access file "$libdir/timescaledb-2.14.2": No such file or directory'),
			'extension-version-mismatch',
		],
		['not preloaded', databaseLog('FATAL:  extension "timescaledb" must be preloaded'), 'extension-not-preloaded'],
	],
};
