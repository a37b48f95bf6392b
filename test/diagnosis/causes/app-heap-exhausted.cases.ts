import type {CauseCases} from '../cause-cases.js';
import {appLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'Node',
			appLog(
				'FATAL ERROR: Ineffective mark-compacts near heap limit Allocation failed - JavaScript heap out of memory',
			),
		],
		['Java', appLog('java.lang.OutOfMemoryError: Java heap space')],
		[
			'PHP',
			appLog('PHP Fatal error:  Allowed memory size of 134217728 bytes exhausted (tried to allocate 20480 bytes)'),
		],
	],
	leaves: [['the kernel', engineOutput('Memory cgroup out of memory: Killed process 4711 (node)'), 'oom-killed']],
};
