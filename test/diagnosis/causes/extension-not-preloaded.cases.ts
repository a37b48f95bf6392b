import type {CauseCases} from '../cause-cases.js';
import {databaseLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['timescaledb', databaseLog('FATAL:  extension "timescaledb" must be preloaded')],
		['pg_cron', migrateLog('ERROR:  unrecognized configuration parameter "cron.database_name"')],
		['words', migrateLog('ERROR:  pg_stat_statements must be loaded via shared_preload_libraries')],
	],
	leaves: [
		[
			'a setting of a newer server',
			migrateLog('ERROR:  unrecognized configuration parameter "transaction_timeout"'),
			null,
		],
	],
};
