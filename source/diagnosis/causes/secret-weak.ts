import type {Cause} from '../cause.js';
import {generateSecret} from '../fixes/environment.js';
import {log} from '../pattern.js';

const secretName = String.raw`\b(?<variable>[A-Z][A-Z0-9_]{0,60}?(?:SECRET|KEY|SALT|PASSPHRASE|TOKEN)[A-Z0-9_]{0,60})`;

export const secretWeak: Cause = {
	label: 'secret-weak',
	layer: 'app',
	signatures: [
		{
			match: log`(?:secret|signing key|secret_key|jwt key)[^\n]{0,60} (?:default|example|placeholder|sample|changeme) (?:value|secret|key)?[^\n]{0,40} (?:insecure|change|must|replace|not allowed|not secure)`,
			certainty: 0.72,
		},
		{match: log`Invalid ${secretName}: must be at least \d+ characters`, certainty: 0.96},
		{
			match: log`${secretName}[^\n]{0,40} (?:must|should|needs to|has to) (?:be|have|contain) (?:a minimum of |at least |minimum )\d+ (?:characters|chars)`,
			certainty: 0.9,
		},
		{
			match: log`${secretName}[^\n]{0,40} (?:must|should|needs to|has to) (?:be|have|contain) (?:a minimum of |at least |minimum )\d+ (?:bytes|bits)`,
			certainty: 0.6,
		},
		{
			match: log`${secretName}["']?: (?:\[ )?["']?(?:String must contain at least \d+ character|Too small: expected string to have >=|String should have at least \d+ character)`,
			certainty: 0.9,
		},
		{match: log`your ${secretName} (?:should be at least|appears low-entropy)`, certainty: 0.85},
		{match: log`appears low-entropy`, certainty: 0.85},
		{match: log`cookie store expects conn\.secret_key_base to be at least \d+ bytes`, certainty: 0.97},
		{match: log`secret_key_base (?:must|to|should) be at least`, certainty: 0.95},
		{match: log`not secure enough for [^\n]{0,40}(?:HMAC|HS\d+|algorithm)|WeakKeyException`, certainty: 0.9},
		{match: log`key size must be (?:greater|at least|>=?)[^\n]{0,80}bits|IDX10(?:653|720|603)`, certainty: 0.85},
		{
			match: log`${secretName}[^\n]{0,30} is (?:too (?:short|weak)|insecure|not (?:secure|strong) enough|weak)`,
			certainty: 0.88,
		},
		{
			match: log`(?:jwt|session|cookie|signing|auth|application|secret) (?:secret|key|secret key)[^\n]{0,20} (?:is )?(?:too (?:short|weak)|must be at least|should be at least|is shorter than)`,
			certainty: 0.8,
		},
	],
	look: view =>
		view.evidence.secrets
			.filter(({variable}) => strict.has(variable))
			.filter(({length, entropyBits}) => length > 0 && (length < 32 || (entropyBits != null && entropyBits < 120)))
			.map(({service, variable, length, entropyBits}) => ({
				service,
				certainty: length < 32 ? 0.8 : 0.7,
				source: `environment of ${service}`,
				text: `${variable} has ${length} characters${entropyBits == null ? '' : `, about ${entropyBits} bits`}`,
				captures: {variable},
			})),
	explains: ['migration-not-applied'],
	explain: ({service, captures}) =>
		`${captures['variable'] ?? 'A secret'} of ${service} is set, but too short or too easy to guess for the library that uses it.`,
	fixes: situation => [generateSecret(situation)],
};

/** Variables whose library asks for 32 characters and 120 bits. */
const strict = new Set(['BETTER_AUTH_SECRET', 'AUTH_SECRET', 'NEXTAUTH_SECRET']);
