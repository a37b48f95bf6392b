import type {Cause} from '../cause.js';
import {variableMissing} from '../families/variable-missing.js';
import {generateSecret, loadEnvFile} from '../fixes/environment.js';
import {log} from '../pattern.js';
import {isOptionalVariable, kindOfVariable} from '../variables.js';

export const secretMissing: Cause = {
	label: 'secret-missing',
	layer: 'app',
	signatures: [
		{
			match: log`(?:jwt|session|cookie|encryption|signing|auth(?:entication)?|app(?:lication)?|secret) (?:secret|key) must be (?:set|provided|defined|specified|configured)|\w\.secret_key was not set|(?:^|error: |a )(?:no )?secret (?:is required|was not (?:set|provided)|not provided)`,
			certainty: 0.85,
		},
		{
			match: variableMissing,
			certainty: match =>
				kindOfVariable(match.captures['variable']) === 'secret' && !isOptionalVariable(match) ? 0.9 : 0,
		},
		{
			match: log`\[NO_SECRET\]|MissingSecret(?:Error)?\b|Please define a \x60?secret\x60? in production`,
			certainty: 0.95,
		},
		{match: log`You are using the default secret`, certainty: 0.95},
		{
			match: log`Missing \x60?secret_key_base\x60? for|\x60secret_key_base\x60 for [^\n]{1,60} must be a type of String`,
			certainty: 0.95,
		},
		{match: log`The SECRET_KEY setting must not be empty`, certainty: 0.97},
		{match: log`No application encryption key has been specified|MissingAppKeyException`, certainty: 0.97},
		{match: log`secret ?key missing|missing secret ?key`, certainty: 0.9},
		{
			match: log`secretOrPrivateKey must have a value|requires a secret or key|secret option required for sessions`,
			certainty: 0.9,
		},
		{
			match: log`The "(?:key|secret|data|password)" argument must be of type (?:string|[^\n]{0,160}instance of)[^\n]{0,200}Received (?:undefined|null)`,
			certainty: 0.75,
		},
		{
			match: log`(?:no|empty|missing) (?:jwt|session|cookie|encryption|signing|auth(?:entication)?|api|master|app(?:lication)?) (?:secret|key)\b(?! file)`,
			certainty: 0.8,
		},
		{
			match: log`(?:jwt|session|cookie|encryption|signing|auth|master) (?:secret|key) (?:is|was|has) (?:not (?:been )?(?:set|defined|configured|provided|specified)|missing|required|empty|undefined)`,
			certainty: 0.88,
		},
		{match: log`cannot sign invoice PDF links`, certainty: 0.95},
		{
			match: log`\b(?<variable>[A-Z][A-Z0-9_]{0,60}?(?:SECRET|KEY)[A-Z0-9_]{0,60}) must be at least \d+ bytes`,
			certainty: ({captures, source}) => {
				const environment = source.service?.environment ?? {};
				if (environment[captures['variable'] ?? '']) return 0;
				return Object.keys(environment).length > 0 ? 0.9 : 0.62;
			},
		},
	],
	look: view =>
		view.services.flatMap(service =>
			Object.entries(service.environment)
				.filter(([name, value]) => value === '' && required.has(name) && service.state !== 'running')
				.map(([name]) => ({
					service: service.service,
					certainty: 0.55,
					source: `environment of ${service.service}`,
					text: `${name} is empty`,
					captures: {variable: name},
				})),
		),
	explain: ({service, captures}) =>
		`${service} needs ${captures['variable'] ?? 'a secret'} and has none: it is not set, set under another name, or the env file does not reach the container.`,
	fixes: situation => [generateSecret(situation), loadEnvFile(situation)],
};

/** Names that the libraries themselves read and cannot do without. */
const required = new Set([
	'BETTER_AUTH_SECRET',
	'AUTH_SECRET',
	'NEXTAUTH_SECRET',
	'SECRET_KEY_BASE',
	'APP_KEY',
	'DJANGO_SECRET_KEY',
]);
