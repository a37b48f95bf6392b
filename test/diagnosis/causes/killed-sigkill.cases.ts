import type {CauseCases} from '../cause-cases.js';
import {appLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['exit code 137', appLog('', {oomKilled: false, exitCode: 137, state: 'exited'})],
		['inspect', engineOutput('"OOMKilled": false,\n"ExitCode": 137,')],
	],
	leaves: [['out of memory', appLog('', {oomKilled: true, exitCode: 137, state: 'exited'}), 'oom-killed']],
};
