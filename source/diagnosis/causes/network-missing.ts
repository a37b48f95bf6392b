import type {Cause} from '../cause.js';
import {createNetwork} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const networkMissing: Cause = {
	label: 'network-missing',
	layer: 'compose',
	signatures: [
		{match: log`network "?(?<network>[\w.-]+)"? declared as external,? but could not be found`, certainty: 0.97},
		{
			match: log`Error response from daemon: (?:network|Could not find network) "?(?<network>[\w.-]+)"?(?: not found)?|network (?<network2>[\w.-]+) not found`,
			certainty: 0.93,
		},
		{match: log`service "[^"]+" refers to undefined network (?<network>[\w.-]+)`, certainty: 0.9},
	],
	explain: ({captures}) =>
		`The compose file expects a network ${captures['network'] ?? ''} that was made elsewhere, and it does not exist on this engine.`,
	fixes: situation => [createNetwork(situation)],
};
