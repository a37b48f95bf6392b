import type {CauseCases} from '../cause-cases.js';
import {appLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['newest engines', appLog('exec /docker-entrypoint.sh: exec format error')],
		['older engines', appLog('standard_init_linux.go:228: exec user process caused: exec format error')],
		['pull', engineOutput('no matching manifest for linux/arm64/v8 in the manifest list entries')],
	],
	leaves: [['line ends', appLog('exec /docker-entrypoint.sh: no such file or directory'), 'crlf-entrypoint']],
};
