import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['node-postgres', appLog('Error: The server does not support SSL connections')],
		['lib/pq', appLog('pq: SSL is not enabled on the server')],
		[
			'libpq',
			appLog('connection to server at "db", port 5432 failed: server does not support SSL, but SSL was required'),
		],
		['JDBC', appLog('org.postgresql.util.PSQLException: The server does not support SSL.')],
		['pgx', appLog('tls error (server refused TLS connection)')],
	],
	leaves: [
		[
			'an untrusted certificate',
			appLog('Error: self-signed certificate in certificate chain\n    at pg-pool'),
			'db-ssl-untrusted-cert',
		],
	],
};
