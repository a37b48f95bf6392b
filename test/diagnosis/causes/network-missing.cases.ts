import type {CauseCases} from '../cause-cases.js';
import {composeOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['compose v2', composeOutput('network proxy declared as external, but could not be found')],
		[
			'compose v1',
			composeOutput(
				'ERROR: Network proxy declared as external, but could not be found. Please create the network manually using `docker network create proxy` and try again.',
			),
		],
	],
	leaves: [
		[
			'no free range',
			composeOutput(
				'could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
			),
			'network-pool-exhausted',
		],
	],
};
