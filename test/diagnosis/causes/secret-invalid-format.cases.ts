import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Node', appLog('RangeError [ERR_CRYPTO_INVALID_KEYLEN]: Invalid key length')],
		['zod', appLog("ENCRYPTION_KEY: [ 'String must contain exactly 64 character(s)' ]")],
		['Fernet', appLog('ValueError: Fernet key must be 32 url-safe base64-encoded bytes.')],
		['Go', appLog('panic: crypto/aes: invalid key size 12')],
		['Laravel', appLog('Unsupported cipher or incorrect key length. Supported ciphers are: aes-128-cbc, aes-256-cbc.')],
		['Java', appLog('java.security.InvalidKeyException: Invalid AES key length: 10 bytes')],
		['words', appLog('Error: ENCRYPTION_SECRET must be exactly 32 characters')],
	],
	leaves: [
		['another key', appLog('Error: Unsupported state or unable to authenticate data'), 'secret-changed'],
		['a missing key', appLog('No application encryption key has been specified.'), 'secret-missing'],
	],
};
