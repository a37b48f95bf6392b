import type {Cause} from '../cause.js';
import {findKiller} from '../fixes/docker.js';
import {log} from '../pattern.js';
import {isBroken} from '../view.js';

export const killedSigkill: Cause = {
	label: 'killed-sigkill',
	layer: 'app',
	signatures: [
		{
			match: log`"?ExitCode"?: ?137\b`,
			certainty: ({source}) => (/OOMKilled"?[:=] ?true/i.test(source.text) ? 0 : 0.85),
		},
		{match: log`(?:exited with code|exit code:?|exit status) ?137\b`, certainty: 0.62},
		{match: log`(?:npm|yarn|pnpm)[^\n]{0,60}signal SIGKILL|killed by signal 9|received SIGKILL`, certainty: 0.6},
	],
	look: view =>
		view.services
			.filter(service => service.exitCode === 137 && service.oomKilled !== true && isBroken(service))
			.map(service => {
				const kill = view.evidence.events.findLast(
					event => event.service === service.service && event.action === 'kill' && event.signal === 9,
				);
				return {
					service: service.service,
					certainty: kill ? 0.85 : 0.6,
					source: kill ? 'events of the engine' : `${service.service} state`,
					text: kill
						? `somebody sent SIGKILL to ${service.service}${kill.time ? ` at ${kill.time}` : ''}; it had not reached its memory limit`
						: 'exit code 137, not for its memory limit',
				};
			}),
	explain: ({service}) =>
		`${service} was ended from outside (SIGKILL) without having reached its memory limit: by an update tool, a stop that took too long, or a machine without memory.`,
	fixes: situation => [findKiller(situation)],
};
