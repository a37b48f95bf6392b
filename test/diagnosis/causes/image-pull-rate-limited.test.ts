import {engineOutput} from '../evidence-of.js';
import {expectCause} from '../expect-cause.js';

expectCause('image-pull-rate-limited', {
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
});
