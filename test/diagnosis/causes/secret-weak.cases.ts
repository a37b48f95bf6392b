import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'better-auth',
			appLog('BetterAuthError: Invalid BETTER_AUTH_SECRET: must be at least 32 characters long for adequate security.'),
		],
		[
			'better-auth, low entropy',
			appLog(
				'WARN [Better Auth]: your BETTER_AUTH_SECRET appears low-entropy. Use a randomly generated secret for production.',
			),
		],
		['Phoenix', appLog('** (ArgumentError) cookie store expects conn.secret_key_base to be at least 64 bytes')],
		[
			'jjwt',
			appLog(
				'io.jsonwebtoken.security.WeakKeyException: The specified key byte array is 88 bits which is not secure enough for any JWT HMAC-SHA algorithm.',
			),
		],
		['zod', appLog("JWT_SECRET: [ 'String must contain at least 32 character(s)' ]")],
		['a generic check', appLog('APP_SECRET must be at least 16 characters long')],
	],
	leaves: [
		['a wrong length for a cipher', appLog('RangeError: Invalid key length'), 'secret-invalid-format'],
		['a validation of a form', appLog('ValidationError: title must be at least 3 characters long'), null],
	],
};
