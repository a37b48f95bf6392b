import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'from another subnet, encrypted',
			appLog('FATAL:  no pg_hba.conf entry for host "172.19.0.6", user "shop", database "shop", SSL on'),
		],
		[
			'in the stack, in clear',
			databaseLog('FATAL:  no pg_hba.conf entry for host "172.19.0.6", user "shop", database "shop", no encryption'),
		],
	],
	leaves: [
		[
			'a hosted server',
			appLog('error: no pg_hba.conf entry for host "203.0.113.9", user "shop", database "shop", no encryption'),
			'db-ssl-required',
		],
	],
};
