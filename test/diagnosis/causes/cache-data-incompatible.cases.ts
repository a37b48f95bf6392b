import type {CauseCases} from '../cause-cases.js';
import {cacheLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the file',
			cacheLog(
				"1:M 01 Jun 2026 10:00:00.000 # Can't handle RDB format version 12\n1:M 01 Jun 2026 10:00:00.000 # Fatal error loading the DB, check server logs. Exiting.",
			),
		],
	],
	leaves: [
		['overcommit', cacheLog('# WARNING Memory overcommit must be enabled!\n* Ready to accept connections tcp'), null],
	],
};
