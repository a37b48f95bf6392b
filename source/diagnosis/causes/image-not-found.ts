import type {Cause} from '../cause.js';
import {correctImage} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const imageNotFound: Cause = {
	label: 'image-not-found',
	layer: 'create',
	signatures: [
		{
			match: log`the image (?<image>\S+) is not on this machine, and its registry cannot be asked`,
			certainty: 0.6,
		},
		{match: log`manifest for (?<image>\S+) not found|manifest unknown`, certainty: 0.96},
		{match: log`pull access denied for (?<image>[^\s,]+)`, certainty: 0.95},
		{
			match: log`repository (?<image>\S+) not found|failed to resolve reference "(?<image2>[^"]+)"[^\n]{0,200}not found|(?:image|reference) "?(?<image3>[\w./:-]+)"?:? (?:not found|does not exist)`,
			certainty: 0.9,
		},
		{
			match: log`No such image: (?<image>\S+)|invalid reference format|error from registry: denied|requested access to the resource is denied|name unknown`,
			certainty: 0.8,
		},
		{
			match: log`failed to solve: [^\n]{1,200}: (?:not found|failed to resolve source metadata|pull access denied)`,
			certainty: 0.88,
		},
	],
	explain: ({captures}) =>
		`The image ${captures['image'] ?? ''} cannot be pulled: this tag or repository does not exist, or it needs a login.`,
	fixes: situation => [correctImage(situation)],
};
