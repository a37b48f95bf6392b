import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'better-auth',
			appLog(
				'ERROR [Better Auth]: Invalid origin: https://shop.example.org\nINFO [Better Auth]: If it is a valid URL, please add it to trustedOrigins\nCurrent list of trustedOrigins: http://localhost:3000',
			),
		],
		[
			'Auth.js',
			appLog('[auth][error] UntrustedHost: Host must be trusted. URL was: https://shop.example.org/api/auth/session'),
		],
		['SvelteKit', appLog('Cross-site POST form submissions are forbidden')],
		[
			'Django hosts',
			appLog("Invalid HTTP_HOST header: 'shop.example.org'. You may need to add 'shop.example.org' to ALLOWED_HOSTS."),
		],
		[
			'Django origin',
			appLog(
				'Forbidden (Origin checking failed - https://shop.example.org does not match any trusted origins.): /login/',
			),
		],
		[
			'Rails',
			appLog("HTTP Origin header (https://shop.example.org) didn't match request.base_url (http://shop.example.org)"),
		],
		['Rails hosts', appLog('[ActionDispatch::HostAuthorization::DefaultResponseApp] Blocked hosts: shop.example.org')],
		[
			'Phoenix',
			appLog(
				'[error] Could not check origin for Phoenix.Socket transport.\n\nOrigin of the request: https://shop.example.org',
			),
		],
		['OAuth', appLog('error=redirect_uri_mismatch')],
	],
	leaves: [
		[
			'a proxy that strips the origin',
			appLog('Origin checking failed - null does not match any trusted origins.'),
			'proxy-header-misconfig',
		],
		[
			'an origin that is in the list',
			appLog('Invalid origin: https://shop.example.org\nCurrent list of trustedOrigins: https://shop.example.org'),
			'app-bug-regression',
		],
	],
};
