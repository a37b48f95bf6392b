import type {CauseCases} from '../cause-cases.js';
import {databaseLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['schema public', migrateLog('error: permission denied for schema public')],
		[
			'an extension',
			migrateLog(
				'ERROR:  permission denied to create extension "uuid-ossp"\nHINT:  Must be superuser to create this extension.',
			),
		],
		['Rails', migrateLog('PG::InsufficientPrivilege: ERROR:  permission denied for table schema_migrations')],
		['Flyway', migrateLog('SQL State  : 42501\nError Code : 0')],
	],
	leaves: [
		[
			'files',
			databaseLog('FATAL:  could not open file "global/pg_filenode.map": Permission denied'),
			'volume-permission',
		],
	],
};
