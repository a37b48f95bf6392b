import type {CauseCases} from '../cause-cases.js';
import {composeOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the engine',
			composeOutput(
				'Error response from daemon: Conflict. The container name "/shop-db" is already in use by container "0123456789abcdef".',
			),
		],
		['compose v1', composeOutput('ERROR: for db  Cannot create container for service db: Conflict.')],
	],
	leaves: [['a port', composeOutput('Bind for 0.0.0.0:5432 failed: port is already allocated'), 'port-in-use']],
};
