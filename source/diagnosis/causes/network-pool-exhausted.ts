import type {Cause} from '../cause.js';
import {pruneNetworks} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const networkPoolExhausted: Cause = {
	label: 'network-pool-exhausted',
	layer: 'create',
	signatures: [
		{match: log`could not find an available,? non-overlapping IPv4 address pool`, certainty: 0.97},
		{match: log`all predefined address pools have been fully subnetted`, certainty: 0.97},
		{match: log`Pool overlaps with other one on this address space|invalid pool request`, certainty: 0.85},
	],
	explain: () =>
		'Docker finds no free address range for another network: too many networks exist, or a VPN covers the private ranges.',
	fixes: situation => [pruneNetworks(situation)],
};
