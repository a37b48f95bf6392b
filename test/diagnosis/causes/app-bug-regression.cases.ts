import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'a listed origin that is rejected',
			appLog('Invalid origin: http://localhost:4000\nCurrent list of trustedOrigins: http://localhost:4000'),
		],
	],
	leaves: [
		[
			'an origin that is not listed',
			appLog('Invalid origin: http://localhost:4000\nCurrent list of trustedOrigins: http://localhost:3000'),
			'public-url-mismatch',
		],
	],
};
