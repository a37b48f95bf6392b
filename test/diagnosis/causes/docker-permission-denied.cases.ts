import type {CauseCases} from '../cause-cases.js';
import {appLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the socket',
			engineOutput(
				'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied',
			),
		],
		['an agent in a container', appLog('Error: connect EACCES /var/run/docker.sock')],
	],
	leaves: [
		[
			'no engine',
			engineOutput('Cannot connect to the Docker daemon at tcp://127.0.0.1:2375. Is the docker daemon running?'),
			'docker-daemon-down',
		],
	],
};
