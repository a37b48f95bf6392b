import type {CauseCases} from '../cause-cases.js';
import {appLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['the loader', appLog('exec /usr/local/bin/docker-entrypoint.sh: no such file or directory')],
		['env', appLog("env: 'bash\\r': No such file or directory")],
		['bash', appLog("/entrypoint.sh: line 2: $'\\r': command not found")],
		['older engines', appLog('standard_init_linux.go:228: exec user process caused: no such file or directory')],
	],
	leaves: [
		['another CPU', appLog('exec /entrypoint.sh: exec format error'), 'arch-mismatch'],
		['a tool that is missing in a check', engineOutput('/bin/sh: curl: not found'), 'healthcheck-broken'],
	],
};
