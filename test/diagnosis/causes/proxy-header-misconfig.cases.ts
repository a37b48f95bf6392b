import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['a stripped origin', appLog('Origin checking failed - null does not match any trusted origins.')],
		[
			'an untrusted proxy',
			appLog(
				'A request from a reverse proxy was received from 172.18.0.9, but your HTTP integration is not set-up for reverse proxies',
			),
		],
	],
	leaves: [
		[
			'a real mismatch',
			appLog('Origin checking failed - https://a.example.org does not match any trusted origins.'),
			'public-url-mismatch',
		],
	],
};
