import type {CauseCases} from '../cause-cases.js';
import {appLog, composeOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a dollar in a password',
			composeOutput('WARN[0000] The "k9Zr" variable is not set. Defaulting to a blank string.'),
		],
		['a literal placeholder', appLog('** (ArgumentError) :erlang.binary_to_integer("${DB_PORT:-5432}")')],
		['a sourced file', appLog('/app/.env: line 4: secret#1: command not found')],
		[
			'a carriage return',
			appLog('psycopg2.OperationalError: could not translate host name "db\\r" to address: Name or service not known'),
		],
	],
	leaves: [
		[
			'a name that was chosen',
			composeOutput('WARN[0000] The "POSTGRES_PASSWORD" variable is not set. Defaulting to a blank string.'),
			'env-not-loaded',
		],
	],
};
