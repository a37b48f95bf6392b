import type {Cause} from '../cause.js';
import {repairCacheStorage} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const cachePersistFailed: Cause = {
	label: 'cache-persist-failed',
	layer: 'database',
	signatures: [
		{match: log`MISCONF (?:Redis|Valkey|Errors)|\bMISCONF\b`, certainty: 0.97},
		{
			match: log`Failed opening the (?:temp )?RDB file|Background saving error|Can't (?:open|chdir|rewrite|write)[^\n]{0,30}(?:append[- ]?only|RDB|AOF)|Error (?:moving temp DB file|saving DB on disk)|Failed to (?:write|rename) [^\n]{0,30}(?:AOF|RDB|appendonly)|stop-writes-on-bgsave-error`,
			certainty: 0.88,
		},
	],
	explain: () =>
		'The cache cannot save to its disk and refuses to write: the disk is full, the folder has another owner, or somebody outside changed its settings.',
	fixes: situation => [repairCacheStorage(situation)],
};
