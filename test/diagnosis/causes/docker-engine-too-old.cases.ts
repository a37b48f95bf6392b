import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'threads of Node',
			appLog(
				"node[1]: ../src/node_platform.cc:68: Assertion `(0) == (uv_thread_create(t.get(), start_thread, this))' failed.",
			),
		],
		['seccomp', databaseLog('LOG:  could not write to file "postmaster.pid": Operation not permitted')],
		[
			'a clock of 1970',
			databaseLog('1970-01-01 00:00:01.000 UTC [1] LOG:  listening on IPv4 address "0.0.0.0", port 5432'),
		],
		['Python threads', appLog("RuntimeError: can't start new thread: Operation not permitted")],
	],
	leaves: [
		[
			'ownership',
			databaseLog(
				'initdb: error: could not change permissions of directory "/var/lib/postgresql/data": Operation not permitted',
			),
			'volume-permission',
		],
	],
};
