import type {Cause} from '../cause.js';
import {refused} from '../families/refused.js';
import {useCacheHost} from '../fixes/environment.js';
import {isLoopback} from '../pattern.js';
import {findTarget, meansLoopback} from '../target.js';
import {isTroubled, type View} from '../view.js';

export const cacheHostLocalhost: Cause = {
	label: 'cache-host-localhost',
	layer: 'network',
	signatures: [
		{
			match: refused,
			certainty: (match, view) => (meansLoopback(match) && findTarget(match, view) === 'cache' ? 0.95 : 0),
		},
	],
	look: view =>
		view.connections
			.filter(
				({kind, host, service}) =>
					kind === 'cache' && isLoopback(host ?? undefined) && isTroubled(view, service) && !sharesHost(view, service),
			)
			.map(({service, variable, host}) => ({
				service,
				certainty: 0.55,
				source: `environment of ${service}`,
				text: `${variable} has the host ${host}`,
				captures: {variable},
			})),
	explain: ({service}) =>
		`${service} looks for its cache on localhost, which inside of a container is the container itself.`,
	fixes: situation => [useCacheHost(situation)],
};

function sharesHost(view: View, name: string): boolean {
	return view.services.some(
		service => service.service === name && /^(?:host|container:|service:)/.test(service.networkMode ?? ''),
	);
}
