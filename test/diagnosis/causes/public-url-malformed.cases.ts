import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'an empty variable',
			appLog(
				"TypeError: Invalid URL\n    at new URL (node:internal/url:797:36)\n  code: 'ERR_INVALID_URL',\n  input: ''",
			),
		],
		['zod', appLog("NEXTAUTH_URL: [ 'Invalid url' ]")],
		[
			'Django',
			appLog(
				'(4_0.E001) As of Django 4.0, the values in the CSRF_TRUSTED_ORIGINS setting must start with a scheme (usually http:// or https://) but found shop.example.org.',
			),
		],
	],
	leaves: [
		[
			'a connection string',
			appLog('TypeError: Invalid URL\n    at parse (/app/node_modules/pg-connection-string/index.js:29:14)'),
			'db-url-malformed',
		],
	],
};
