import {appLog, databaseLog} from '../evidence-of.js';
import {expectCause} from '../expect-cause.js';

expectCause('db-ssl-required', {
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
});
