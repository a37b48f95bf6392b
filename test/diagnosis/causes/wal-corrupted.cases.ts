import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'no checkpoint',
			databaseLog('LOG:  invalid primary checkpoint record\nPANIC:  could not locate a valid checkpoint record'),
		],
		[
			'newer words',
			databaseLog('LOG:  invalid checkpoint record\nPANIC:  could not locate a valid checkpoint record at 0/1A2B3C'),
		],
	],
	leaves: [
		[
			'a full disk',
			databaseLog('PANIC:  could not write to file "pg_wal/xlogtemp.46": No space left on device'),
			'disk-full',
		],
	],
};
