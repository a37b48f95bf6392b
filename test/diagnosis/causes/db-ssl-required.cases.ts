import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a hosted server',
			appLog('error: no pg_hba.conf entry for host "203.0.113.9", user "shop", database "shop", no encryption'),
		],
		['the words of a provider', appLog('ERROR: connection is insecure (try using `sslmode=require`)')],
	],
	leaves: [
		[
			'our own server',
			databaseLog('FATAL:  no pg_hba.conf entry for host "172.19.0.6", user "shop", database "shop", no encryption'),
			'db-hba-rejected',
		],
	],
};
