import type {Cause} from '../cause.js';
import {joinDockerGroup} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const dockerPermissionDenied: Cause = {
	label: 'docker-permission-denied',
	layer: 'engine',
	signatures: [
		{match: log`permission denied while trying to connect to the Docker (?:daemon socket|API)`, certainty: 0.97},
		{match: log`dial unix \S*(?:docker|podman)\.sock: connect: permission denied`, certainty: 0.97},
		{match: log`EACCES[^\n]{0,60}docker\.sock|docker\.sock[^\n]{0,80}permission denied`, certainty: 0.95},
		{match: log`Couldn't connect to Docker daemon at http\+docker://`, certainty: 0.75},
		{
			match: log`(?:PermissionError|Error while fetching server API version)[^\n]{0,200}Permission denied`,
			certainty: 0.85,
		},
	],
	explains: ['docker-daemon-down'],
	explain: () => 'The engine runs, but this user may not use its socket.',
	fixes: situation => [joinDockerGroup(situation)],
};
