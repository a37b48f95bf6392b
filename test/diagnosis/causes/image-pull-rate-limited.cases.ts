import type {CauseCases} from '../cause-cases.js';
import {engineOutput} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'without a login',
			engineOutput(
				'Error response from daemon: toomanyrequests: You have reached your unauthenticated pull rate limit.',
			),
		],
		[
			'older words',
			engineOutput('You have reached your pull rate limit. You may increase the limit by authenticating and upgrading'),
		],
	],
	leaves: [['a missing tag', engineOutput('manifest for redis:99 not found: manifest unknown'), 'image-not-found']],
};
