import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['OpenSSL', appLog('Error: error:1C800064:Provider routines::bad decrypt')],
		['Node GCM', appLog('Error: Unsupported state or unable to authenticate data')],
		[
			'Rails',
			appLog('ActiveSupport::MessageEncryptor::InvalidMessage (ActiveSupport::MessageEncryptor::InvalidMessage):'),
		],
		['Laravel', appLog('Illuminate\\Contracts\\Encryption\\DecryptException: The MAC is invalid.')],
		['Fernet', appLog('cryptography.fernet.InvalidToken')],
		['Go', appLog('decrypt: cipher: message authentication failed')],
		[
			'next-auth',
			appLog(
				'[next-auth][error][JWT_SESSION_ERROR]\nhttps://next-auth.js.org/errors#jwt_session_error decryption operation failed',
			),
		],
		['Java', appLog('javax.crypto.AEADBadTagException: Tag mismatch!')],
	],
	leaves: [['a missing secret', appLog('Error: SESSION_SECRET is not set'), 'secret-missing']],
};
