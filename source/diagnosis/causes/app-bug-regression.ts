import type {Cause} from '../cause.js';
import {pinRelease} from '../fixes/migrations.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';

export const appBugRegression: Cause = {
	label: 'app-bug-regression',
	layer: 'outside',
	signatures: [
		{
			match: log`Invalid origin: (?<origin>https?://[^\s"',]+)`,
			certainty: match => {
				const listed = surroundings(match, 3, 6).match(/Current list of trustedOrigins:?\s*([^\n]*)/i)?.[1] ?? '';
				return listed.split(/[\s,]+/).includes(match.captures['origin'] ?? '-') ? 0.85 : 0;
			},
		},
	],
	explains: ['public-url-mismatch'],
	explain: ({service, captures}) =>
		`${service} rejects ${captures['origin'] ?? 'an address'} although it stands in its own list of trusted ones: the configuration is right, the release is not.`,
	fixes: situation => [pinRelease(situation)],
};
