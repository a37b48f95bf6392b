import type {CauseCases} from '../cause-cases.js';
import {engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'no socket',
			engineOutput('Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?'),
		],
		[
			'Windows',
			engineOutput(
				'error during connect: this error may indicate that the docker daemon is not running: open //./pipe/docker_engine: The system cannot find the file specified.',
			),
		],
	],
	leaves: [
		[
			'no permission',
			engineOutput(
				'permission denied while trying to connect to the Docker daemon socket at unix:///var/run/docker.sock',
			),
			'docker-permission-denied',
		],
	],
};
