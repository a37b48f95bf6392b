import type {CauseCases} from '../cause-cases.js';
import {composeOutput, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'older engines',
			composeOutput(
				'ERROR: could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network',
			),
		],
		[
			'newer engines',
			engineOutput('Error response from daemon: all predefined address pools have been fully subnetted'),
		],
	],
	leaves: [
		[
			'a missing network',
			composeOutput('network proxy declared as external, but could not be found'),
			'network-missing',
		],
	],
};
