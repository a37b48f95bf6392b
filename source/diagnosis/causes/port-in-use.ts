import type {Cause} from '../cause.js';
import {changePort} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const portInUse: Cause = {
	label: 'port-in-use',
	layer: 'create',
	signatures: [
		{
			match: log`Bind for (?:[\d.]+|\[?::\]?|):(?<port>\d+) failed: port is already allocated|port is already allocated`,
			certainty: 0.97,
		},
		{
			match: log`(?:listen )?tcp[46]? (?:[\d.]+|\[::\]|\*|):(?<port>\d+): bind: (?:address already in use|Only one usage|An attempt was made to access a socket|permission denied)`,
			certainty: 0.95,
		},
		{
			match: log`failed to bind (?:host )?port (?:for )?[^\n]{0,40}:(?<port>\d+)[^\n]{0,60}: address already in use|failed to bind host port`,
			certainty: 0.95,
		},
		{match: log`Ports are not available: exposing port (?:TCP|UDP) [\d.:]*?:(?<port>\d+)`, certainty: 0.95},
		{match: log`Only one usage of each socket address`, certainty: 0.93},
		{match: log`rootlessport (?:listen|cannot expose privileged port)[^\n]{0,60}`, certainty: 0.85},
		{match: log`EADDRINUSE:? address already in use [^\s:]*:+(?<port>\d+)|\bEADDRINUSE\b`, certainty: 0.85},
		{match: log`could not bind (?:IPv[46] )?(?:socket|address "[^"]*"): Address already in use`, certainty: 0.85},
		{
			match: log`\[Errno 98\] (?:error while attempting to bind|Address already in use)|Address already in use - bind\(2\)|bind\(\) to [^\n]{1,60} failed \(98: Address already in use\)`,
			certainty: 0.85,
		},
	],
	look: view =>
		view.services
			.filter(service => service.state !== 'running')
			.flatMap(service =>
				view.evidence.portsInUse
					.filter(({port}) => service.ports.some(({host}) => host === port))
					.map(({port, owner}) => ({
						service: service.service,
						certainty: 0.93,
						source: 'ports of this machine',
						text: `${port}, which ${service.service} wants, is taken by ${owner ?? 'a program of this machine'}`,
						captures: {port: String(port), ...(owner ? {owner} : {})},
					})),
			),
	explain: ({captures}) =>
		`Port ${captures['port'] ?? 'of the host'} is taken by ${captures['owner'] ?? 'another program or container'}.`,
	fixes: situation => [changePort(situation)],
};
