import type {Cause} from '../cause.js';
import {createHostFile} from '../fixes/docker.js';
import {log} from '../pattern.js';
import {isTroubled} from '../view.js';

export const mountPathType: Cause = {
	label: 'mount-path-type',
	layer: 'compose',
	signatures: [
		{match: log`Are you trying to mount a directory onto a file`, certainty: 0.97},
		{match: log`error mounting "(?<path>[^"]+)"[^\n]{0,400}not a directory`, certainty: 0.95},
		{
			match: log`EISDIR: illegal operation on a directory|IsADirectoryError|read (?<path>/\S{1,300}): is a directory|(?<![\w/.-])(?<path2>/[\w./-]{1,300}\.(?:ya?ml|json|toml|conf|env|ini|sql|sh|pem|crt)):? is a directory|cat: \S{1,300}: Is a directory`,
			certainty: 0.88,
		},
		{
			match: log`(?<absent>bind source path does not exist): (?<path>\S+)|invalid mount config for type "bind"`,
			certainty: 0.9,
		},
		{
			match: log`mount path must be absolute|is not a valid Windows path|(?:mkdir|chown|open) [^\n]{1,120}: not a directory|cannot create subdirectories in [^\n]{1,300}: not a directory`,
			certainty: 0.85,
		},
		{
			match: log`could not (?:read|open) (?:configuration )?file "[^"]+": Is a directory|input in flex scanner failed at file`,
			certainty: 0.85,
		},
	],
	look: view =>
		view.services
			.filter(service => isTroubled(view, service.service))
			.flatMap(service =>
				service.mounts
					.filter(
						mount =>
							mount.type === 'bind' &&
							mount.kind === 'directory' &&
							/\.\w{2,5}$/.test(mount.target ?? '') &&
							!/\.d$/.test(mount.target ?? ''),
					)
					.map(mount => ({
						service: service.service,
						certainty: 0.6,
						source: `mounts of ${service.service}`,
						text: `${mount.source} is a folder, mounted as ${mount.target}`,
						captures: {path: mount.source ?? ''},
					})),
			),
	explain: ({captures}) =>
		captures['absent']
			? `${captures['path']} is mounted or used as a secret, and does not exist on this machine: its container cannot be made.`
			: `A file was to be mounted that does not exist on the host${captures['path'] ? ` (${captures['path']})` : ''}: Docker made a folder of that name instead, or a folder meets a file.`,
	fixes: situation => [createHostFile(situation)],
};
