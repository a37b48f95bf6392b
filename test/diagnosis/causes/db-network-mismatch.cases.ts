import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'no route',
			appLog(
				'could not connect to server: No route to host\n\tIs the server running on host "172.20.0.9" and accepting\n\tTCP/IP connections on port 5432?',
			),
		],
		['Go', appLog('dial tcp 172.20.0.9:5432: connect: no route to host')],
	],
	leaves: [['no such name', appLog('Error: getaddrinfo ENOTFOUND postgres'), 'db-host-unresolvable']],
};
