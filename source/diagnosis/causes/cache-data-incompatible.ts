import type {Cause, Match} from '../cause.js';
import {dnsFailure} from '../families/dns.js';
import {restoreCacheImage} from '../fixes/docker.js';
import {log} from '../pattern.js';
import {findTarget} from '../target.js';
import {type View, wasStopped} from '../view.js';

export const cacheDataIncompatible: Cause = {
	label: 'cache-data-incompatible',
	layer: 'database',
	signatures: [
		{match: log`Can't handle RDB format version \d+`, certainty: 0.98},
		{
			match: log`Fatal error loading the DB|Error reading the RDB file|Short read or OOM loading DB|Bad file format reading the append only file|Unknown RDB (?:encoding|object) type|Wrong signature trying to load DB|Internal error in RDB reading`,
			certainty: 0.95,
		},
		{match: dnsFailure, certainty: weigh},
	],
	explains: ['db-host-unresolvable', 'healthcheck-broken'],
	explain: ({service, captures}) =>
		captures['host'] && captures['host'] !== service
			? `The cache ${captures['host']} is not there: its container does not run, most often because it cannot read the file that another version or fork of it wrote. Look at its own log.`
			: 'The cache cannot read its own file: a newer version or another fork wrote it, or it is damaged.',
	fixes: situation => [restoreCacheImage(situation)],
};

/** The name of a cache that does not resolve: its container has stopped. */
function weigh(match: Match, view: View): number {
	if (findTarget(match, view) !== 'cache') return 0;
	const cache = view.services.find(({service}) => service === match.captures['host']);
	return cache !== undefined && (cache.state === 'running' || wasStopped(cache)) ? 0 : 0.6;
}
