import type {Cause} from '../cause.js';
import {repairHealthcheck} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const healthcheckBroken: Cause = {
	label: 'healthcheck-broken',
	layer: 'app',
	signatures: [
		{
			match: log`exec: "(?<tool>curl|wget|nc|pg_isready|redis-cli|valkey-cli|mysqladmin|mongosh|ping|netcat|CMD-SHELL|CMD)": executable file not found`,
			certainty: 0.92,
		},
		{
			match: log`(?:OCI runtime exec failed|exec failed)[^\n]{0,200}exec: "(?<tool>[^"]+)": executable file not found`,
			certainty: 0.92,
		},
		{
			match: log`(?:/bin/sh|sh|/bin/bash|bash): (?:\d+: |line \d+: )?(?<tool>curl|wget|nc|pg_isready|redis-cli|mysqladmin|mongosh|ping|python3?|node|netcat|busybox|valkey-cli)(?:: command)?: ?(?:command )?not found`,
			certainty: ({source}) =>
				source.kind === 'health' || source.kind === 'engine' || source.kind === 'compose' ? 0.95 : 0.85,
		},
		{match: log`container (?<container>[\w.-]+) has no healthcheck configured`, certainty: 0.97},
		{
			match: log`dependency failed to start: container (?<container>[\w.-]+) is unhealthy|Container [\w.-]+ +(?:Error|is unhealthy)`,
			certainty: ({source}) => (source.kind === 'compose' || source.kind === 'engine' ? 0.62 : 0.5),
		},
		{
			match: log`(?:Health check|healthcheck) (?:exceeded timeout|timed out)|Health check exceeded timeout`,
			certainty: 0.72,
		},
		{match: log`Unhealthy[^\n]{0,100}(?:executable file not found|not found)`, certainty: 0.9},
	],
	look: view =>
		view.services
			.filter(service => service.state === 'running' && service.health === 'unhealthy')
			.flatMap(service =>
				view.evidence.probes
					.filter(probe => probe.service === service.service && probe.step.startsWith('http') && probe.ok)
					.slice(0, 1)
					.map(probe => ({
						service: service.service,
						certainty: 0.85,
						source: `${service.service}: asked by us`,
						text: `${probe.variable} answers ${probe.status} while the health check fails`,
					})),
			),
	explain: ({service, captures}) =>
		`The health check of ${captures['container'] ?? service} fails although the service may work${captures['tool'] ? `: the image has no ${captures['tool']}` : ''}; what waits for it does not start.`,
	fixes: situation => [repairHealthcheck(situation)],
};
