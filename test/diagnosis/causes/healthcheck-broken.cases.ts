import type {CauseCases} from '../cause-cases.js';
import {composeOutput, databaseLog, engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a missing tool',
			engineOutput(
				'OCI runtime exec failed: exec failed: unable to start container process: exec: "curl": executable file not found in $PATH: unknown',
			),
		],
		['no check at all', composeOutput('dependency failed to start: container shop-db-1 has no healthcheck configured')],
		['the shell', engineOutput('/bin/sh: 1: wget: not found')],
	],
	leaves: [
		[
			'noise',
			databaseLog(
				'2026-06-01 10:00:00.000 UTC [9] FATAL:  role "root" does not exist\n2026-06-01 10:00:10.000 UTC [12] FATAL:  role "root" does not exist\n2026-06-01 10:00:20.000 UTC [15] FATAL:  role "root" does not exist',
				{state: 'running'},
			),
			'healthcheck-noise',
		],
	],
};
