import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['the server', appLog('FATAL:  sorry, too many clients already')],
		[
			'reserved slots, 15',
			appLog('FATAL: remaining connection slots are reserved for non-replication superuser connections'),
		],
		[
			'reserved slots, 16',
			appLog('FATAL: remaining connection slots are reserved for roles with the SUPERUSER attribute'),
		],
		['pgx', appLog('server error (FATAL: sorry, too many clients already (SQLSTATE 53300))')],
	],
	leaves: [['the browser', appLog('429 too many requests from client'), null]],
};
