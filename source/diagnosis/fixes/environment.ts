import {makeFix, recreate} from './steps.js';

const variable = (name: string | undefined, otherwise: string) => name ?? otherwise;

export const setDatabaseUrl = makeFix(
	'set-database-url',
	({captures}) => `Set ${variable(captures['variable'], 'DATABASE_URL')}`,
	situation => [
		`Write it in full into the env file: postgres://USER:PASSWORD@${situation.database}:5432/DATABASE`,
		`Check that the service ${situation.service} gets it (environment: or env_file: in the compose file)`,
		recreate(situation),
	],
);

export const encodePassword = makeFix('encode-password', 'Percent-encode the password inside the URL', situation => [
	'Replace the reserved characters in the password by their codes, in the URL only: @ %40, : %3A, / %2F, ? %3F, # %23, % %25, space %20',
	'Keep POSTGRES_PASSWORD itself as it is',
	recreate(situation),
]);

export const unquoteValue = makeFix('unquote-value', 'Write the value so that it arrives unchanged', situation => [
	'Put values with $ or # into single quotes in .env, or double each $; keep comments on lines of their own; save with LF line ends',
	'Compare with what Compose reads: docker compose config --environment',
	recreate(situation),
]);

export const useServiceHost = makeFix(
	'use-service-host',
	({database}) => `Use the service name ${database} as the host`,
	situation => [
		`Put ${situation.database}:5432 in place of localhost in the connection string or the host variable of ${situation.service}`,
		recreate(situation),
	],
);

export const useCacheHost = makeFix('use-cache-host', 'Use the service name of the cache as the host', situation => [
	`Set the cache's URL or host variable of ${situation.service} to the service name of the cache, port 6379`,
	recreate(situation),
]);

export const useContainerPort = makeFix('use-container-port', 'Use the port inside of the network, 5432', situation => [
	`Between containers the server listens on 5432, whatever port is published: put ${situation.database}:5432 into the connection string of ${situation.service}`,
	recreate(situation),
]);

export const generateSecret = makeFix(
	'generate-secret',
	({captures}) => `Generate ${variable(captures['variable'], 'the secret')}`,
	situation => [
		`Check first that ${variable(situation.captures['variable'], 'the secret')} never had another value that encrypted stored data: then put that one back instead`,
		'Make 32 random bytes: openssl rand -base64 32',
		`Write them into the env file (mode 600) as ${variable(situation.captures['variable'], 'the variable that the message names')}; sessions signed with another value end`,
		recreate(situation),
	],
);

export const formatSecret = makeFix(
	'format-secret',
	({captures}) => `Give ${variable(captures['variable'], 'the key')} the form that the application wants`,
	situation => [
		'If this installation worked before, look for the earlier value first: a new key cannot read what the old one encrypted',
		'New installation: 64 hexadecimal digits by openssl rand -hex 32, 32 characters by openssl rand -hex 16, 32 bytes in base64 by openssl rand -base64 32 (Laravel wants base64: before it)',
		recreate(situation),
	],
);

export const restoreSecret = makeFix('restore-secret', 'Put the earlier secret back', situation => [
	'Take the earlier value from a backup of the env file or from the old machine',
	recreate(situation),
	'If only sessions are concerned: delete the site’s cookies and sign in again',
]);

export const setPublicUrl = makeFix('set-public-url', 'Set the public address', situation => [
	`Set ${variable(situation.captures['variable'], 'the application’s URL variable (for example BETTER_AUTH_URL, NEXTAUTH_URL, AUTH_URL, ORIGIN)')} to exactly what stands in the browser: scheme, host and port, no path, no slash at the end`,
	'More than one address in use: add each to the list of trusted origins or allowed hosts',
	recreate(situation),
]);

export const repairUrl = makeFix('repair-url', 'Write the URL in full', situation => [
	`Write ${variable(situation.captures['variable'], 'the URL variable that the message names')} with scheme and host, for example https://app.example.com; remove the line when no value is meant`,
	recreate(situation),
]);

export const passProxyHeaders = makeFix('pass-proxy-headers', 'Let the proxy pass Host and X-Forwarded-Proto', () => [
	'Pass Host, X-Forwarded-Host and X-Forwarded-Proto from the proxy; remove a Referrer-Policy: no-referrer header',
	'Reload the proxy and try the same request once directly on the published port',
]);

export const loadEnvFile = makeFix('load-env-file', 'Put the .env file where Compose reads it', situation => [
	'Name it .env and put it beside the compose file (a sample file is not read), or pass --env-file FILE',
	'Run the command from that folder; check with: docker compose config',
	recreate(situation),
]);

export const applyEnvironment = makeFix(
	'apply-environment',
	'Make the container anew, with what the files say now',
	situation => [recreate(situation)],
);

export const alignCachePassword = makeFix(
	'align-cache-password',
	'Give both sides the same cache password',
	situation => [
		'Compare requirepass (or REDIS_PASSWORD) of the cache with the password in the cache URL of the application',
		recreate(situation),
	],
);
