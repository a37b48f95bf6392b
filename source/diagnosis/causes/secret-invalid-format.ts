import type {Cause} from '../cause.js';
import {formatSecret} from '../fixes/environment.js';
import {log} from '../pattern.js';

const secretName = String.raw`\b(?<variable>[A-Z][A-Z0-9_]{0,60}?(?:SECRET|KEY|CRYPT|SALT)[A-Z0-9_]{0,60})`;

export const secretInvalidFormat: Cause = {
	label: 'secret-invalid-format',
	layer: 'app',
	signatures: [
		{
			match: log`must be 16, 24,? or 32 bytes|encoding/hex: (?:invalid byte|odd length hex string)|wrong key size|(?:key|secret) (?:size|length) (?:is )?(?:invalid|wrong|incorrect)|must be (?:a )?256[ -]bits?`,
			certainty: 0.85,
		},
		{
			match: log`RangeError: Invalid key length|ERR_CRYPTO_INVALID_KEYLEN|Invalid (?:key|initialization vector) length`,
			certainty: 0.88,
		},
		{
			match: log`${secretName}["')]*:? ?(?:\[ )?["']?(?:String must contain exactly|must be exactly|must have exactly|expected string to have exactly|has an? invalid length|is not \d+ (?:characters|bytes|chars))`,
			certainty: 0.95,
		},
		{
			match: log`(?:${secretName}|key|secret)[^\n]{0,60} (?:must|needs to|should|has to) be (?:a |an )?(?:exactly )?(?:32|64|16|24|44)[ -](?:bytes?|characters?|chars?|hex)`,
			certainty: 0.88,
		},
		{
			match: log`(?:needs|need|has) to be (?:set to )?a? ?\d+ bytes? long|must be (?:a )?\d+[- ](?:byte|char(?:acter)?)s?(?: long)?(?: hex| base64| random)? (?:string|key)`,
			certainty: 0.85,
		},
		{
			match: log`(?:encryption|secret|crypt|cipher|master) ?key[^\n]{0,80}(?:invalid length|wrong length|incorrect length|invalid format|expected \d+)`,
			certainty: 0.9,
		},
		{
			match: log`Expected \d+ (?:hex(?:adecimal)? )?(?:characters|bytes|digits)[^\n]{0,40}(?:base64|hex|key)?`,
			certainty: 0.7,
		},
		{match: log`Unsupported cipher or incorrect key length`, certainty: 0.96},
		{match: log`The only supported ciphers are AES-128-CBC`, certainty: 0.96},
		{
			match: log`Fernet key must be 32 url-safe base64-encoded bytes|Could not (?:create|deserialize) (?:Fernet|key)[^\n]{0,60}`,
			certainty: 0.95,
		},
		{match: log`crypto/aes: invalid key size|invalid key size \d+`, certainty: 0.93},
		{match: log`Invalid AES key length|InvalidKeyException|Invalid key size`, certainty: 0.88},
		{
			match: log`(?:key|secret)[^\n]{0,40} (?:is )?not (?:a )?valid (?:base64|hex|PEM)|illegal base64 data at input byte|Incorrect padding|Invalid base64[^\n]{0,30}key`,
			certainty: 0.7,
		},
		{
			match: log`ERR_OSSL_(?:UNSUPPORTED|PEM\w*|BAD_\w+)|error:\w+:PEM routines|DECODER routines::unsupported|secretOrPrivateKey must be an asymmetric key`,
			certainty: 0.75,
		},
		{
			match: log`key must be (?:16|24|32|64) (?:characters|bytes)|cipher key[^\n]{0,40}length|key length (?:must|should) be`,
			certainty: 0.85,
		},
	],
	explain: ({service, captures}) =>
		`${captures['variable'] ?? 'A key'} of ${service} has the wrong length or encoding for the cipher that uses it.`,
	fixes: situation => [formatSecret(situation)],
};
