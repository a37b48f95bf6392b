import type {CauseCases} from '../cause-cases.js';
import {composeOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['a blank value', composeOutput('WARN[0000] The "POSTGRES_DB" variable is not set. Defaulting to a blank string.')],
		[
			'a required variable',
			composeOutput(
				'error while interpolating services.app.environment.API: required variable DB_PASSWORD is missing a value: set it',
			),
		],
		[
			'a missing env file',
			composeOutput(
				'env file /srv/shop/.env.production not found: stat /srv/shop/.env.production: no such file or directory',
			),
		],
		['compose v1', composeOutput("ERROR: Couldn't find env file: /srv/shop/.env")],
	],
	leaves: [
		[
			'a piece of a password',
			composeOutput('WARN[0000] The "q7x" variable is not set. Defaulting to a blank string.'),
			'env-value-garbled',
		],
		['user ids', composeOutput('WARN[0000] The "UID" variable is not set. Defaulting to a blank string.'), null],
	],
};
