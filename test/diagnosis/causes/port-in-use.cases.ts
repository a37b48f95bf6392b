import type {CauseCases} from '../cause-cases.js';
import {appLog, composeOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'another container',
			composeOutput(
				'Error response from daemon: driver failed programming external connectivity on endpoint shop-web-1: Bind for 0.0.0.0:3000 failed: port is already allocated',
			),
		],
		[
			'another program',
			composeOutput('Error starting userland proxy: listen tcp4 0.0.0.0:5432: bind: address already in use'),
		],
		[
			'Docker Desktop',
			composeOutput(
				'Ports are not available: exposing port TCP 0.0.0.0:5432 -> 0.0.0.0:0: listen tcp 0.0.0.0:5432: bind: Only one usage of each socket address',
			),
		],
		['Node', appLog('Error: listen EADDRINUSE: address already in use :::3000')],
	],
	leaves: [
		[
			'a container name',
			composeOutput('Conflict. The container name "/web" is already in use by container "abc".'),
			'container-name-conflict',
		],
	],
};
