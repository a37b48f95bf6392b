import type {Cause} from '../cause.js';
import {preloadLibrary} from '../fixes/database.js';
import {log} from '../pattern.js';

export const extensionNotPreloaded: Cause = {
	label: 'extension-not-preloaded',
	layer: 'migration',
	signatures: [
		{match: log`extension "(?<extension>[^"]+)" must be preloaded`, certainty: 0.97},
		{
			match: log`unrecognized configuration parameter "(?<extension>cron|timescaledb|pg_stat_statements|pgaudit|auto_explain|vchordrq|vchord|vectors|pg_net|pgsodium|supautils|age|citus|documentdb|pg_partman_bgw)\.[^"]*"`,
			certainty: 0.94,
		},
		{
			match: log`(?<![\w.-])(?<extension>\w[\w.-]{0,60}) (?:must be|can only be|needs to be|has to be|is not|was not|should be|must) (?:be )?(?:loaded|listed|included|added|preloaded)[^\n]{0,40} (?:via|through|in|with|to|by)? ?["'\x60]?shared_preload_libraries`,
			certainty: 0.95,
		},
		{
			match: log`shared_preload_libraries[^\n]{0,80}(?:missing|does not (?:contain|include)|must|add|not (?:loaded|set|configured))|(?:must|not) (?:be )?(?:loaded|preloaded)[^\n]{0,60}shared_preload_libraries`,
			certainty: 0.93,
		},
		{
			match: log`pg_cron can only be loaded via shared_preload_libraries|The timescaledb library is not preloaded|could not find entry for (?<extension>\w+) in shared_preload_libraries`,
			certainty: 0.96,
		},
	],
	explains: ['migration-failed', 'extension-missing'],
	explain: ({database, captures}) =>
		`${captures['extension'] ?? 'A library'} must be loaded when ${database} starts, and is not in shared_preload_libraries: an own command: or configuration file may have dropped it.`,
	fixes: situation => [preloadLibrary(situation)],
};
