import type {CauseCases} from '../cause-cases.js';
import {appLog, databaseLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'the owner',
			databaseLog(
				'FATAL:  data directory "/var/lib/postgresql/data" has wrong ownership\nHINT:  The server must be started by the user that owns the data directory.',
			),
		],
		[
			'the mode',
			databaseLog(
				'FATAL:  data directory "/var/lib/postgresql/data" has invalid permissions\nDETAIL:  Permissions should be u=rwx (0700) or u=rwx,g=rx (0750).',
			),
		],
		['mkdir', databaseLog("mkdir: cannot create directory '/var/lib/postgresql/data': Permission denied")],
		['Node', appLog("Error: EACCES: permission denied, mkdir '/data/uploads'")],
	],
	leaves: [
		[
			'seccomp',
			databaseLog('LOG:  could not write to file "postmaster.pid": Operation not permitted'),
			'docker-engine-too-old',
		],
		['a table', migrateLog('permission denied for table orders'), 'db-privilege-missing'],
	],
};
