import type {Cause} from '../cause.js';
import {signInRegistry} from '../fixes/docker.js';
import {log} from '../pattern.js';

export const imagePullRateLimited: Cause = {
	label: 'image-pull-rate-limited',
	layer: 'create',
	signatures: [
		{match: log`toomanyrequests`, certainty: 0.97},
		{match: log`You have reached your (?:unauthenticated )?pull rate limit`, certainty: 0.97},
		{
			match: log`(?:429 Too Many Requests|too many requests)[^\n]{0,200}(?:registry|docker\.io|ghcr|pull|manifest)|(?:registry|docker\.io|ghcr|pull|manifest)[^\n]{0,200}429 Too Many Requests`,
			certainty: 0.93,
		},
	],
	explain: () => 'The registry limits pulls without a login, and this address has used up its share.',
	fixes: situation => [signInRegistry(situation)],
};
