import type {Cause} from '../cause.js';
import {removeStalePid} from '../fixes/database.js';
import {log} from '../pattern.js';
import {isTroubled} from '../view.js';

export const stalePidLock: Cause = {
	label: 'stale-pid-lock',
	layer: 'database',
	signatures: [
		{
			match: log`lock file "[^"]*(?:postmaster\.pid|\.s\.PGSQL\.\d+\.lock)" (?:already exists|is empty)`,
			certainty: 0.97,
		},
		{
			match: log`Is another (?:postmaster|postgres)(?: \(PID \d+\))? (?:running|using socket file)`,
			certainty: 0.96,
		},
		{
			match: log`bogus data in lock file|pre-existing shared memory block[^\n]{0,80}is still in use|could not create lock file "[^"]+": File exists`,
			certainty: 0.94,
		},
		{
			match: log`A server is already running\. Check (?:\S*)server\.pid`,
			certainty: 0.82,
		},
	],
	look: view =>
		view.evidence.servers
			.filter(server => server.ready !== true && server.lockPid != null && isTroubled(view, server.service))
			.map(server => ({
				service: server.service,
				certainty: 0.5,
				source: `data of ${server.service}`,
				text: `postmaster.pid names the process ${server.lockPid}, and the server does not run`,
			})),
	isExcluded: view => view.evidence.servers.length > 0 && view.evidence.servers.every(server => server.ready === true),
	explains: ['db-host-unresolvable', 'db-not-ready', 'healthcheck-broken'],
	explain: ({database}) =>
		`${database} finds a lock that an unclean stop left behind, or a second server really uses the same data or socket folder.`,
	fixes: situation => [removeStalePid(situation)],
};
