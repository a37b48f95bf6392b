import type {Cause} from '../cause.js';
import {alignCachePassword} from '../fixes/environment.js';
import {log} from '../pattern.js';

export const cacheAuthFailed: Cause = {
	label: 'cache-auth-failed',
	layer: 'login',
	signatures: [
		{match: log`NOAUTH Authentication required|\bNOAUTH\b`, certainty: 0.96},
		{match: log`WRONGPASS`, certainty: 0.97},
		{
			match: log`Client sent AUTH, but no password is set|called without any password configured`,
			certainty: 0.96,
		},
		{
			match: log`(?:redis|valkey)[^\n]{0,80}(?:invalid password|Authentication required|AuthenticationError|auth(?:entication)? failed)|ERR invalid password`,
			certainty: 0.93,
		},
	],
	explain: ({service}) =>
		`The cache and ${service} do not have the same password: it is set on one side only, or differs.`,
	fixes: situation => [alignCachePassword(situation)],
};
