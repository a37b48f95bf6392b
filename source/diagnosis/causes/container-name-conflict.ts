import type {Cause} from '../cause.js';
import {sameProject} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const containerNameConflict: Cause = {
	label: 'container-name-conflict',
	layer: 'create',
	signatures: [
		{match: log`Conflict\. The (?:container )?name "/?(?<container>[^"]+)" is already in use`, certainty: 0.97},
		{match: log`Cannot create container for service [\w.-]+: Conflict`, certainty: 0.95},
		{
			match: log`container name "/?(?<container>[^"]+)" (?:is )?already (?:in use|exists)|the container name "?(?<container2>[\w.-]+)"? is already in use`,
			certainty: 0.95,
		},
	],
	explain: ({captures}) =>
		`The container name ${captures['container'] ?? ''} is taken, most often by the same stack started from another folder. The data is in that project's volumes.`,
	fixes: situation => [sameProject(situation)],
};
