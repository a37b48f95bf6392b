import type {Cause, Match} from '../cause.js';
import {dnsFailure} from '../families/dns.js';
import {unreachable} from '../families/unreachable.js';
import {joinNetwork} from '../fixes/docker.js';
import {matchText} from '../match.js';
import {findTarget} from '../target.js';
import {isDown, isUp, type View} from '../view.js';

export const dbNetworkMismatch: Cause = {
	label: 'db-network-mismatch',
	layer: 'network',
	signatures: [
		{match: dnsFailure, certainty: weigh},
		{
			match: unreachable,
			certainty: (match, view) => {
				const target = findTarget(match, view);
				if (target === 'cache' || target === 'other') return 0;
				// The address of a container that has just ended leads nowhere either.
				if (view.databases.some(isDown) || sharesNetwork(match, view)) return 0.2;
				return /route|unreach|Errno 113/i.test(matchText(match)) ? 0.85 : target === 'database' ? 0.7 : 0.4;
			},
		},
	],
	look: view =>
		view.databases
			.filter(database => isUp(database) && database.networks.length > 0)
			.flatMap(database =>
				view.connections
					.filter(
						connection =>
							connection.kind === 'database' &&
							(connection.host === database.service || database.aliases.includes(connection.host ?? '')),
					)
					.map(connection => view.services.find(service => service.service === connection.service))
					.filter(service => service !== undefined)
					.filter(
						service => service.networks.length > 0 && !service.networks.some(name => database.networks.includes(name)),
					)
					.map(service => ({
						service: service.service,
						certainty: 0.93,
						source: 'networks',
						text: `${service.service} is in ${service.networks.join(', ')}; ${database.service} is in ${database.networks.join(', ')}`,
					})),
			),
	explains: ['db-host-unresolvable'],
	explain: ({service, database}) =>
		`${service} and ${database} share no network, so the right name or address leads nowhere.`,
	fixes: situation => [joinNetwork(situation)],
};

function sharesNetwork({source}: Match, view: View): boolean {
	return view.databases.some(server => source.service?.networks.some(name => server.networks.includes(name)));
}

/** The name is right and the database runs: then it is the network. Node's EAI_AGAIN without a host is what a container outside of the network gets. */
function weigh(match: Match, view: View): number {
	const target = findTarget(match, view);
	if (target === 'cache' || target === 'other') return 0;
	const {host} = match.captures;
	if (target === 'unknown' && !host) return 0;
	const server = view.databases.find(service => service.service === host);
	const shares = server && match.source.service?.networks.some(name => server.networks.includes(name));
	if (shares) return 0.2;
	if (server) return isUp(server) ? 0.88 : 0.2;
	if (/EAI_AGAIN/.test(matchText(match))) return host ? 0.55 : 0.82;
	return 0.35;
}
