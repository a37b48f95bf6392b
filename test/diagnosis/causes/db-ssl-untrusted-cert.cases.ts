import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'Node',
			appLog(
				"Error: self-signed certificate in certificate chain\n    at /app/node_modules/pg-pool/index.js:45:11\n  code: 'SELF_SIGNED_CERT_IN_CHAIN'",
			),
		],
		['Go', appLog('failed to connect to `host=db`: tls error (x509: certificate signed by unknown authority)')],
		[
			'libpq',
			appLog('connection to server at "pg.example.org", port 5432 failed: SSL error: certificate verify failed'),
		],
		['Java', appLog('org.postgresql.util.PSQLException: SSL error: PKIX path building failed')],
	],
	leaves: [['no TLS at all', appLog('Error: The server does not support SSL connections'), 'db-ssl-unsupported']],
};
