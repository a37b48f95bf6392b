import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a script that fails',
			databaseLog(
				'/usr/local/bin/docker-entrypoint.sh: running /docker-entrypoint-initdb.d/01-schema.sql\npsql:/docker-entrypoint-initdb.d/01-schema.sql:12: ERROR:  syntax error at or near "CREAT"',
			),
		],
		[
			'a script without permission',
			databaseLog(
				'/usr/local/bin/docker-entrypoint.sh: line 170: /docker-entrypoint-initdb.d/init.sh: Permission denied',
			),
		],
	],
	leaves: [
		[
			'a script that works',
			databaseLog(
				'/usr/local/bin/docker-entrypoint.sh: running /docker-entrypoint-initdb.d/01-schema.sql\nCREATE TABLE\nCREATE TABLE',
			),
			null,
		],
	],
};
