import type {Cause, Match} from '../cause.js';
import {dnsFailure} from '../families/dns.js';
import {prismaUnreachable} from '../families/prisma-unreachable.js';
import {refused} from '../families/refused.js';
import {startDatabase} from '../fixes/database.js';
import {useServiceHost} from '../fixes/environment.js';
import {isLoopback, log} from '../pattern.js';
import {findTarget, meansLoopback} from '../target.js';
import {connectsElsewhere, isTroubled, type View} from '../view.js';

export const dbHostLocalhost: Cause = {
	label: 'db-host-localhost',
	layer: 'network',
	signatures: [
		{match: refused, certainty: weigh},
		{match: prismaUnreachable, certainty: weigh},
		{match: dnsFailure, certainty: match => (match.captures['host'] === 'localhost' ? 0.85 : 0)},
		{
			match: log`connection to server on socket "[^"]+" failed|could not connect to server: No such file or directory[^\n]{0,80}(?:Is the server running locally|\.s\.PGSQL)|Is the server running locally and accepting connections on (?:that|Unix domain) socket`,
			certainty: ({source}) => (source.service?.role === 'database' ? 0 : 0.8),
		},
		{match: log`(?:connect|dial)[^\n]{0,40}(?:ENOENT|no such file or directory)[^\n]{0,60}\.s\.PGSQL`, certainty: 0.85},
	],
	look: view =>
		view.connections
			.filter(
				({kind, host, service}) =>
					kind === 'database' &&
					isLoopback(host ?? undefined) &&
					isTroubled(view, service) &&
					!ownNetwork(view, service),
			)
			.map(({service, variable, host}) => ({
				service,
				certainty: 0.6,
				source: `environment of ${service}`,
				text: `${variable} has the host ${host}`,
				captures: {variable, host: host ?? ''},
			})),
	explains: ['db-not-ready'],
	explain: ({service, database}) =>
		`${service} looks for the database on localhost, which inside of a container is the container itself. The database answers to its service name, ${database}.`,
	fixes: situation => [useServiceHost(situation), startDatabase(situation)],
};

function weigh(match: Match, view: View): number {
	if (!meansLoopback(match) || ownNetwork(view, match.source.service?.service)) return 0;
	const target = findTarget(match, view);
	if (target === 'cache' || target === 'other') return 0;
	const inDatabase =
		match.source.service?.role === 'database' ||
		/^(?:.*[-_])?(?:db|postgres\w*|database|timescaledb)$/i.test(containerOf(match));
	if (target === 'unknown') return 0;
	if (connectsElsewhere(view, match.source.service?.service)) return 0.5;
	return inDatabase ? 0.3 : 0.94;
}

function containerOf(match: Match): string {
	return match.source.lines[match.firstLine]?.container ?? '';
}

/** In the network of the host (or of the database's container) localhost is right. */
function ownNetwork(view: View, name: string | undefined): boolean {
	return view.services.some(
		service => service.service === name && /^(?:host|container:|service:)/.test(service.networkMode ?? ''),
	);
}
