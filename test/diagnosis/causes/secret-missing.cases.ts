import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'an issue of zod',
			appLog(
				'Invalid environment variables: [ { code: "invalid_type", path: [ "AUTH_SECRET" ], message: "Required" } ]',
			),
		],
		['Rails', appLog("ArgumentError: Missing `secret_key_base` for 'production' environment")],
		['a generic check', appLog('Error: SESSION_SECRET is not set')],
		['jsonwebtoken', appLog('Error: secretOrPrivateKey must have a value')],
		['passport', appLog('TypeError: JwtStrategy requires a secret or key')],
		['Elixir', appLog('** (RuntimeError) environment variable SECRET_KEY_BASE is missing.')],
		[
			'Elixir fetch_env!',
			appLog('** (System.EnvError) could not fetch environment variable "SECRET_KEY_BASE" because it is not set'),
		],
		['Python', appLog("KeyError: 'SECRET_KEY'")],
		[
			'pydantic settings',
			appLog(
				'pydantic_core._pydantic_core.ValidationError: 1 validation error for Settings\nSECRET_KEY\n  Field required [type=missing, input_value={}, input_type=dict]',
			),
		],
		['zod', appLog("Invalid environment variables: { AUTH_SECRET: [ 'Required' ] }")],
		['Spring', appLog('Could not resolve placeholder \'JWT_SECRET\' in value "${JWT_SECRET}"')],
		['Go envconfig', appLog('required key ENCRYPTION_KEY missing value')],
		['Symfony', appLog('Environment variable not found: "APP_SECRET".')],
		['Auth.js', appLog('[auth][error] MissingSecret: Please define a `secret`.')],
		['the invoice links', appLog('BETTER_AUTH_SECRET is not set; cannot sign invoice PDF links.')],
		['Django', appLog('django.core.exceptions.ImproperlyConfigured: The SECRET_KEY setting must not be empty.')],
	],
	leaves: [
		[
			'a short one',
			appLog('Invalid BETTER_AUTH_SECRET: must be at least 32 characters long for adequate security.'),
			'secret-weak',
		],
		['a missing connection string', appLog('DATABASE_URL is not set.'), 'db-url-missing'],
	],
};
