import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['no password sent', appLog('ReplyError: NOAUTH Authentication required.')],
		['a wrong one', appLog('WRONGPASS invalid username-password pair or user is disabled.')],
		[
			'none configured',
			appLog(
				'ERR AUTH <password> called without any password configured for the default user. Are you sure your configuration is correct?',
			),
		],
	],
	leaves: [['the database', appLog('error: password authentication failed for user "shop"'), 'db-auth-failed']],
};
