import type {CauseCases} from '../cause-cases.js';
import {engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a tag',
			engineOutput(
				'Error response from daemon: manifest for postgres:99 not found: manifest unknown: manifest unknown',
			),
		],
		[
			'a private repository',
			engineOutput("pull access denied for shop/private, repository does not exist or may require 'docker login'"),
		],
	],
	leaves: [
		[
			'the rate limit',
			engineOutput('toomanyrequests: You have reached your pull rate limit.'),
			'image-pull-rate-limited',
		],
		[
			'another CPU',
			engineOutput('no matching manifest for linux/arm64/v8 in the manifest list entries'),
			'arch-mismatch',
		],
	],
};
