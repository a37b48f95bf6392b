import type {Cause} from '../cause.js';
import {convertCrlf} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const crlfEntrypoint: Cause = {
	label: 'crlf-entrypoint',
	layer: 'create',
	signatures: [
		{
			match: log`(?:env|/usr/bin/env|bash|sh|python3?|node|ruby): ?[‘'"]?(?:bash|sh|python3?|node|ruby|env)\\r|\\r['’"]?: (?:No such file|command not found)|\^M: bad interpreter|\\r: (?:not found|bad interpreter)`,
			certainty: 0.97,
		},
		{
			match: log`\$'\\r': command not found|: invalid option(?: name)?[^\n]{0,20}pipefail\\r|set: (?:Illegal option|-)[^\n]{0,10}\\r|syntax error: unexpected (?:end of file|word|"elif")[^\n]{0,60}(?:entrypoint|\.sh)|illegal option -\\r?$`,
			certainty: 0.93,
		},
		{
			match: log`exec:? "?(?<path>(?:/|\./)?[\w./-]*(?:\.sh|entrypoint|start|run|init)[\w.-]*)"?: (?:no such file or directory|not found)`,
			certainty: 0.88,
		},
		{
			match: log`(?:/bin/(?:ba)?sh|sh|bash): (?:\d+: |line \d+: )?(?<path>(?:/|\./)[\w./-]+(?:\.sh|entrypoint)): (?:not found|No such file or directory)`,
			certainty: 0.86,
		},
		{match: log`exec user process caused:? "?no such file or directory`, certainty: 0.88},
		{
			match: log`env: can't execute '(?:bash|sh|node|python3?)|env: (?:bash|sh)\b[^\n]{0,4}: No such file`,
			certainty: 0.85,
		},
		{
			match: log`exec: "(?<path>[^"]+\.(?:sh|py))": (?:permission denied|stat [^\n]{1,100}: no such file)`,
			certainty: 0.6,
		},
	],
	look: view =>
		view.services
			.filter(service => service.entrypointLineEnds === 'crlf')
			.map(service => ({
				service: service.service,
				certainty: 0.95,
				source: `entry point of ${service.service}`,
				text: 'its first line ends in CR LF',
			})),
	explain: ({service, captures}) =>
		`The script ${captures['path'] ?? 'that starts the container'} of ${service} has Windows line ends: the system looks for an interpreter whose name ends in a carriage return and does not find it.`,
	fixes: situation => [convertCrlf(situation)],
};
