import type {Cause} from '../cause.js';
import {restoreSecret} from '../fixes/environment.js';
import {log} from '../pattern.js';

export const secretChanged: Cause = {
	label: 'secret-changed',
	layer: 'app',
	signatures: [
		{match: log`Credentials could not be decrypted|different "?encryptionKey"? was used`, certainty: 0.96},
		{match: log`Mismatching encryption keys`, certainty: 0.96},
		{
			match: log`JWT_SESSION_ERROR[^\n]{0,200}decrypt|decryption operation failed|JWEDecryptionFailed|no matching decryption secret|JWTSessionError`,
			certainty: 0.92,
		},
		{match: log`\bbad decrypt\b|BAD_DECRYPT|wrong final block length`, certainty: 0.85},
		{match: log`Unsupported state or unable to authenticate data`, certainty: 0.85},
		{
			match: log`WrongKeyOrModifiedCiphertextException|The MAC is invalid|The payload is invalid|DecryptException`,
			certainty: 0.92,
		},
		{
			match: log`MessageEncryptor::InvalidMessage|MessageVerifier::InvalidSignature|ActiveRecord::Encryption::Errors::Decryption|OpenSSL::Cipher::CipherError`,
			certainty: 0.9,
		},
		{
			match: log`cryptography\.fernet\.InvalidToken|fernet\.InvalidToken|InvalidToken\b[^\n]{0,60}(?:decrypt|fernet)`,
			certainty: 0.88,
		},
		{match: log`cipher: message authentication failed|chacha20poly1305: message authentication failed`, certainty: 0.9},
		{match: log`AEADBadTagException|Tag mismatch|BadPaddingException`, certainty: 0.88},
		{
			match: log`(?:failed|unable|could not|cannot|error)[^\n]{0,20} (?:to )?decrypt(?:ing)?[^\n]{0,80}(?:key|secret|credential|token|value|data)?`,
			certainty: 0.72,
		},
		{
			match: log`(?:encryption|secret|master) ?key (?:has changed|does not match|mismatch|is different)`,
			certainty: 0.92,
		},
		{
			match: log`The key \{[^}]+\} was not found in the key ring|The antiforgery token could not be decrypted`,
			certainty: 0.85,
		},
		{
			match: log`JsonWebTokenError: invalid signature|signature (?:is invalid|verification failed)[^\n]{0,40}(?:token|jwt)|Signature has been tampered|SignatureVerificationError`,
			certainty: 0.55,
		},
		{
			match: log`(?:session|cookie)[^\n]{0,60}(?:could not be|cannot be|failed to be) (?:decrypted|verified|unsealed)|Bad hmac value|Unsealed`,
			certainty: 0.8,
		},
	],
	explain: ({service}) =>
		`The key of ${service} is valid, but not the one with which its cookies or stored data were encrypted: the env file changed, or the data came from another machine.`,
	fixes: situation => [restoreSecret(situation)],
};
