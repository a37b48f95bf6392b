import type {Cause, Sign} from '../cause.js';
import {variableMissing} from '../families/variable-missing.js';
import {setPublicUrl} from '../fixes/environment.js';
import {matchText, surroundings} from '../match.js';
import {isLoopback, log} from '../pattern.js';
import {isOptionalVariable, kindOfVariable} from '../variables.js';
import type {View} from '../view.js';

export const publicUrlMismatch: Cause = {
	label: 'public-url-mismatch',
	layer: 'outside',
	signatures: [
		{
			match: log`Untrusted Host "|secure cookie[^\n]{0,80} insecure URL|(?:callback|redirect)[ _]?ur[il][^\n]{0,30} mismatch|(?:issuer|iss)\b[^\n]{0,30} (?:did not match|does not match|mismatch)|unexpected "iss"`,
			certainty: 0.82,
		},
		{
			match: log`(?:State|PKCE code_verifier|state|nonce) cookie was missing|InvalidCheck: (?:state|pkce|nonce)|OAuthCallbackError`,
			certainty: 0.6,
		},
		{
			match: log`Invalid origin:? (?<origin>https?://[^\s"',]+)`,
			certainty: (match, view) => {
				const listed = surroundings(match, 3, 6).match(/trustedOrigins:?\s*([^\n]*)/i)?.[1] ?? '';
				const origin = match.captures['origin'] ?? '';
				const known =
					listed.split(/[\s,]+/).includes(origin) ||
					view.services.some(s => s.environment['BETTER_AUTH_URL'] === origin);
				return known ? 0.4 : 0.93;
			},
		},
		{match: log`INVALID_ORIGIN|Invalid origin\b`, certainty: match => (/https?:/.test(matchText(match)) ? 0.3 : 0.85)},
		{
			match: log`(?:invalid|untrusted|mismatch(?:ing|ed)?|wrong) (?:callback ?url|redirect ?url|origin|host(?: header)?)\b|INVALID_CALLBACK_?URL|MISSING_OR_NULL_ORIGIN`,
			certainty: 0.8,
		},
		{match: log`Base URL (?:could not be determined|is not set)`, certainty: 0.85},
		{match: log`UntrustedHost|Host must be trusted`, certainty: 0.95},
		{match: log`\[next-auth\]\[warn\]\[NEXTAUTH_URL\]|NEXTAUTH_URL (?:is )?not set|\[NEXTAUTH_URL\]`, certainty: 0.75},
		{match: log`Cross-site POST form submissions are forbidden`, certainty: 0.95},
		{match: log`Origin checking failed - (?!null)(?<origin>\S+) does not match any trusted origins`, certainty: 0.93},
		{
			match: log`CSRF (?:verification|validation|token) (?:failed|mismatch|missing|check failed)|CSRF cookie not set|Referer checking failed|CSRF Failed`,
			certainty: 0.6,
		},
		{
			match: log`Blocked hosts?:? (?<host>[\w.:-]+)|To allow requests to [\w.:-]+(?: make sure|,? add)|Blocked request\. This host`,
			certainty: 0.94,
		},
		{match: log`HTTP Origin header \([^)]*\) didn't match request\.base_url`, certainty: 0.94},
		{match: log`ActionController::InvalidAuthenticityToken|Can't verify CSRF token authenticity`, certainty: 0.6},
		{match: log`Invalid HTTP_HOST header|DisallowedHost|You may need to add '[^']+' to ALLOWED_HOSTS`, certainty: 0.94},
		{
			match: log`Could not check origin for Phoenix\.Socket transport|Origin of the request: (?<origin>\S+)`,
			certainty: 0.95,
		},
		{
			match: log`(?:blocked by CORS policy|Not allowed by CORS|CORS (?:error|origin)[^\n]{0,40}(?:not allowed|denied|blocked|mismatch)|origin [^\n]{0,80}(?:is )?not (?:allowed|trusted|permitted)|No 'Access-Control-Allow-Origin')`,
			certainty: 0.85,
		},
		{
			match: log`redirect_uri_mismatch|redirect_uri (?:did not match|is not (?:associated|registered|allowed|valid)|mismatch)|(?:invalid|mismatching) redirect[_ ]uri|Invalid parameter: redirect_uri`,
			certainty: 0.85,
		},
		{match: log`Access through untrusted domain|Trusted domain error|untrusted domain`, certainty: 0.93},
		{match: log`x-forwarded-host[^\n]{0,80}does not match \x60?origin|Invalid Server Actions request`, certainty: 0.8},
		{
			match: log`(?:site|server|app|external|public|base|root|instance) ?(?:url|domain|host)[^\n]{0,60}(?:does not match|doesn't match|differs from|mismatch)`,
			certainty: 0.85,
		},
		{
			match: log`(?:WebSocket|websocket)[^\n]{0,60}(?:origin not allowed|request origin|bad origin)|request origin not allowed`,
			certainty: 0.85,
		},
		{
			match: variableMissing,
			certainty: match =>
				kindOfVariable(match.captures['variable']) === 'public-url' && !isOptionalVariable(match) ? 0.72 : 0,
		},
	],
	look: view => [...comparePublicUrl(view), ...comparePorts(view)],
	explain: ({service, captures}) =>
		`${service} believes to be reached at another address than the browser uses${captures['origin'] ? ` (${captures['origin']})` : ''}: scheme, host or port of its URL setting differ, or it is not set. Sign-in then fails or loops.`,
	fixes: situation => [setPublicUrl(situation)],
};

const authUrls = new Set([
	'BETTER_AUTH_URL',
	'NEXTAUTH_URL',
	'AUTH_URL',
	'ORIGIN',
	'PUBLIC_URL',
	'BASE_URL',
	'APP_URL',
	'SITE_URL',
]);

function authUrlsOf(view: View) {
	return view.services.flatMap(service =>
		Object.entries(service.environment)
			.filter(([name, value]) => authUrls.has(name) && value !== '')
			.map(([variable, value]) => ({service: service.service, variable, value})),
	);
}

function comparePublicUrl(view: View): Sign[] {
	const {publicUrl} = view.evidence;
	if (!publicUrl) return [];
	return authUrlsOf(view)
		.filter(({value}) => originOf(value) !== originOf(publicUrl))
		.map(({service, variable, value}) => ({
			service,
			certainty: 0.85,
			source: `environment of ${service}`,
			text: `${variable} is ${value}, the address in use is ${publicUrl}`,
			captures: {variable},
		}));
}

/** An address on this machine must have a port that is published. */
function comparePorts(view: View): Sign[] {
	const published = [...new Set(view.services.flatMap(service => service.ports.flatMap(port => port.host ?? [])))];
	if (published.length === 0) return [];
	return authUrlsOf(view).flatMap(({service, variable, value}) => {
		const url = URL.canParse(value) ? new URL(value) : undefined;
		if (!url || !isLoopback(url.hostname)) return [];
		const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80));
		if (published.includes(port)) return [];
		return [
			{
				service,
				certainty: 0.75,
				source: `environment of ${service}`,
				text: `${variable} is ${value}, but the published ports are ${published.join(', ')}`,
				captures: {variable},
			},
		];
	});
}

function originOf(url: string): string {
	try {
		return new URL(url).origin;
	} catch {
		return url;
	}
}
