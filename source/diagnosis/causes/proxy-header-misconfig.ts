import type {Cause} from '../cause.js';
import {passProxyHeaders, setPublicUrl} from '../fixes/environment.js';
import {log} from '../pattern.js';

export const proxyHeaderMisconfig: Cause = {
	label: 'proxy-header-misconfig',
	layer: 'outside',
	signatures: [
		{match: log`Origin checking failed - null does not match`, certainty: 0.95},
		{
			match: log`ERR_ERL_UNEXPECTED_X_FORWARDED_FOR|X-Forwarded-For' header is set but the Express 'trust proxy' setting is false`,
			certainty: 0.8,
		},
		{
			match: log`(?:untrusted|not a trusted) proxy|A request from a reverse proxy was received from [^\n]{1,80}but your HTTP integration is not set-up`,
			certainty: 0.9,
		},
		{match: log`(?:missing|no|wrong|invalid) X-Forwarded-(?:Proto|Host|For)`, certainty: 0.85},
		{
			match: log`(?:reverse )?proxy (?:header|configuration)[^\n]{0,60}(?:is )?(?:broken|incorrect|missing|misconfigured|wrong)`,
			certainty: 0.88,
		},
		{
			match: log`The plain HTTP request was sent to HTTPS port|ERR_TOO_MANY_REDIRECTS|redirected you too many times|too many redirects`,
			certainty: 0.6,
		},
		{match: log`upstream sent too big header while reading response header`, certainty: 0.85},
	],
	explain: ({service}) =>
		`${service} is set up well, but the proxy in front of it hides or changes the Host, X-Forwarded-Proto or Origin header.`,
	fixes: situation => [passProxyHeaders(situation), setPublicUrl(situation)],
};
