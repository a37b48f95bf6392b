import type {Cause} from '../cause.js';
import {startDocker} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const dockerDaemonDown: Cause = {
	label: 'docker-daemon-down',
	layer: 'engine',
	signatures: [
		{match: log`Cannot connect to the Docker daemon at (?<address>\S+)`, certainty: 0.96},
		{
			match: log`(?:error during connect|failed to connect to the docker API)[^\n]{0,300}(?:docker_engine|connect: no such file|connection refused|cannot find the file|check if the path is correct)`,
			certainty: 0.95,
		},
		{match: log`dial unix \S*docker\.sock: connect: (?:no such file or directory|connection refused)`, certainty: 0.95},
		{
			match: log`Couldn't connect to Docker daemon|Error while fetching server API version[^\n]{0,200}(?:FileNotFoundError|Connection refused|No such file)`,
			certainty: 0.55,
		},
		{match: log`Is the docker daemon running`, certainty: 0.8},
	],
	explain: () => 'No Docker engine answers: it is not running, or the command speaks to the wrong address.',
	fixes: situation => [startDocker(situation)],
};
