import type {Cause, Match, Sign} from '../cause.js';
import {dnsFailure} from '../families/dns.js';
import {prismaUnreachable} from '../families/prisma-unreachable.js';
import {startDatabase} from '../fixes/database.js';
import {joinNetwork, repairHostName, startCache} from '../fixes/docker.js';
import {matchText} from '../match.js';
import {type Captures, isLoopback} from '../pattern.js';
import {findTarget} from '../target.js';
import {describeState, isDatabase, isTroubled, type View, wasStopped} from '../view.js';

export const dbHostUnresolvable: Cause = {
	label: 'db-host-unresolvable',
	layer: 'network',
	transient: true,
	signatures: [
		{match: dnsFailure, certainty: weigh},
		{
			match: prismaUnreachable,
			certainty: ({captures}, view) => {
				if (isLoopback(captures['host'])) return 0;
				if (captures['host'] === 'host.docker.internal') return 0.82;
				return captures['host'] && view.evidence.serviceNames.length > 0 && !view.knownHosts.has(captures['host'])
					? 0.85
					: 0.5;
			},
		},
	],
	look: view => [...findStopped(view), ...findUnknown(view)],
	explains: ['db-not-ready'],
	explain: ({service, captures, database, view}) =>
		`The name ${captures['host'] ?? 'of the database'} does not resolve from ${service}: no running service in its network answers to it. ${describeState(view, stoppedCache(view, captures) ?? database)}`,
	fixes: situation =>
		stoppedCache(situation.view, situation.captures) === undefined
			? [startDatabase(situation), repairHostName(situation), joinNetwork(situation)]
			: [startCache(situation)],
};

const stoppedCache = (view: View, {host}: Captures) =>
	view.services.find(service => service.service === host && service.role === 'cache')?.service;

/** A database or a cache that somebody stopped: its name goes with its container. */
function findStopped(view: View): Sign[] {
	return view.services
		.filter(service => (isDatabase(service) || service.role === 'cache') && wasStopped(service))
		.flatMap(stopped =>
			view.connections
				.filter(({host, service}) => host === stopped.service && isTroubled(view, service))
				.map(({service, variable}) => ({
					service,
					certainty: 0.9,
					source: `${stopped.service} state`,
					text: `${stopped.service} was stopped${stopped.finishedAt ? ` at ${stopped.finishedAt}` : ''} (exit code ${stopped.exitCode}); ${variable} of ${service} needs it`,
					captures: {host: stopped.service, variable},
				})),
		);
}

/** A host that no service of the stack answers to. */
function findUnknown(view: View): Sign[] {
	return view.evidence.serviceNames.length === 0
		? []
		: view.connections
				.filter(({kind, host, fault}) => kind === 'database' && host && fault === null && !isLoopback(host))
				.filter(({host}) => host && !view.knownHosts.has(host) && !/[.:]/.test(host))
				.filter(({service}) => isTroubled(view, service))
				.map(({service, variable, host}) => ({
					service,
					certainty: 0.75,
					source: `environment of ${service}`,
					text: `${variable} names the host ${host}; the services are ${view.evidence.serviceNames.join(', ')}`,
					captures: {host: host ?? '', variable},
				}));
}

function weigh(match: Match, view: View): number {
	const target = findTarget(match, view);
	if (target === 'cache' || target === 'other') return 0;
	const {host} = match.captures;
	if (isLoopback(host)) return 0;
	if (target === 'unknown' && !host) return 0;
	if (host && view.evidence.serviceNames.length > 0 && !view.knownHosts.has(host)) return 0.92;
	if (/EAI_AGAIN/.test(matchText(match))) return 0.76;
	return target === 'database' ? 0.86 : 0.45;
}
