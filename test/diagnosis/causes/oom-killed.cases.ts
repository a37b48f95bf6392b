import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['the flag', appLog('', {oomKilled: true, exitCode: 137, state: 'exited'})],
		['a backend', databaseLog('LOG:  server process (PID 812) was terminated by signal 9: Killed')],
		['gunicorn', appLog('[ERROR] Worker (pid:9) was sent SIGKILL! Perhaps out of memory?')],
		['the kernel', engineOutput('Memory cgroup out of memory: Killed process 4711 (node)')],
	],
	leaves: [
		['from outside', appLog('', {oomKilled: false, exitCode: 137, state: 'exited'}), 'killed-sigkill'],
		[
			'the heap of Node',
			appLog('FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory'),
			'app-heap-exhausted',
		],
	],
};
