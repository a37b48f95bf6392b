import {describe, expect, it} from 'vitest';
import {collectSecrets, isSecretName, mask, redactLines, redactText, redactValue} from '../source/redaction.js';

const secret = 'Zq7-correct-horse_9';

describe('isSecretName', () => {
	it.each([
		'POSTGRES_PASSWORD',
		'PGPASSWORD',
		'SMTP_PASS',
		'DB_PASS_VECTORS',
		'BETTER_AUTH_SECRET',
		'SECRET_KEY_BASE',
		'ENCRYPTION_KEY',
		'AES_256_KEY',
		'SMTP_APIKEY',
		'N8N_RUNNERS_AUTH_TOKEN',
		'SALT',
		'MINIO_ROOT_PASSWORD',
		'clientSecret',
		'DATABASE_URL',
		'DSN',
		'KOMODO_PASSKEY',
	])('takes %s for a secret', name => {
		expect(isSecretName(name)).toBe(true);
	});

	it.each([
		'POSTGRES_PASSWORD_FILE',
		'JWT_EXP',
		'ACCESS_TOKEN_LIFETIME',
		'SMTP_HOST',
		'COOKIELESS_REDIS_PORT',
		'AUTH_SECRET_URL',
		'API_KEY_RATE_LIMIT',
		'ALLOW_EMPTY_PASSWORD',
		'NEXT_PUBLIC_API_KEY',
		'AI_MAX_TOKENS',
		'CSRF_COOKIE_NAME',
		'KEYCLOAK_REALM',
		'POSTGRES_USER',
		'MONKEY',
	])('leaves %s alone', name => {
		expect(isSecretName(name)).toBe(false);
	});

	it('decides by value where the name says nothing', () => {
		expect(isSecretName('NC_DB', `pg://db:5432?u=app&p=x&password=${secret}&d=app`)).toBe(true);
		expect(isSecretName('APP_CONFIG', `db:\n  user: app\n  password: ${secret}\n`)).toBe(true);
		expect(isSecretName('STORAGE_CONFIG', `minio|minio?accessKey=minio&secretKey=${secret}`)).toBe(true);
		expect(isSecretName('CELERY_BROKER', `redis://:${secret}@redis:6379/1`)).toBe(true);
		expect(isSecretName('SENTRY', 'https://0123456789abcdef0123@sentry.example.com/1')).toBe(true);
		expect(isSecretName('DATABASE_URL', 'postgres://db:5432/app')).toBe(false);
		expect(isSecretName('SECURE_TOKEN', 'true')).toBe(false);
		expect(isSecretName('REALTIME_URL', 'http://realtime:4000')).toBe(false);
	});
});

describe('redactText', () => {
	const encoded = encodeURIComponent('p@ss/w:rd#1');
	it.each([
		['a URL', `postgres://app:${secret}@db:5432/app`],
		['a URL whose password is not encoded', 'connecting to postgres://app:p@ss/w:rd@db:5432/app'],
		['a URL without a user', `redis://:${secret}@cache:6379`],
		['a query', `postgres://db/app?user=app&password=${secret}&sslmode=disable`],
		['a DSN', `host=db user=app password='${secret}' dbname=app`],
		['JSON', `{"password":"${secret}","port":5432}`],
		['JSON in JSON', `{"msg":"{\\"client_secret\\":\\"${secret}\\"}"}`],
		['YAML', `  smtp_password: ${secret}`],
		['an object of Node', `password: '${secret}',`],
		['a command line', `redis-server --requirepass ${secret} --appendonly yes`],
		['a command as a list', `["redis-server","--requirepass","${secret}"]`],
		['the shell', `PGPASSWORD=${secret} psql -h db`],
		['SQL', `ALTER ROLE app WITH PASSWORD '${secret}'`],
		['a header', `Authorization: Bearer ${secret}`],
		['a cookie', `Set-Cookie: session=${secret}; Path=/`],
		['curl', `curl -u admin:${secret} http://app`],
	])('erases the password in %s', (_where, text) => {
		const redacted = redactText(text);
		expect(redacted).not.toContain(secret);
		expect(redacted).not.toContain('w:rd');
		expect(redacted).toContain(mask);
		expect(redactText(redacted)).toBe(redacted);
	});

	it.each([
		['a JSON web token', 'eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N_XgL0n3I9P'],
		['an AWS key', 'AKIAIOSFODNN7EXAMPLE'],
		['a GitHub token', 'ghp_0123456789abcdefghijABCDEFGHIJ012345'],
		['a Stripe key', ['sk', 'live', '0123456789abcdefABCDEF'].join('_')],
		['a SCRAM verifier', 'SCRAM-SHA-256$4096:c2FsdA==$c3RvcmVk:c2VydmVy'],
		['a bcrypt hash', '$2b$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy'],
	])('erases %s wherever it stands', (_kind, token) => {
		expect(redactText(`before ${token} after`)).toBe(`before ${mask} after`);
	});

	it('erases a PEM block over several lines', () => {
		const lines = ['key:', '-----BEGIN PRIVATE KEY-----', 'MIIEvQIBADANBg', '-----END PRIVATE KEY-----', 'next'];
		expect(redactLines(lines)).toEqual(['key:', `-----BEGIN PRIVATE KEY----- ${mask}`, 'next']);
	});

	it('erases a PEM block that was cut, and keeps what follows', () => {
		const lines = ['-----BEGIN EC PRIVATE KEY-----', 'MHcCAQEEIIrYSSNQFaA2Hwf1duRSxKtLYX5CB04', 'listening on :8080'];
		const once = redactLines(lines);
		expect(once).toEqual([`-----BEGIN EC PRIVATE KEY----- ${mask}`, 'listening on :8080']);
		expect(redactLines(once)).toEqual(once);
	});

	it('erases known secrets in every spelling', () => {
		const known = ['p@ss/w:rd#1', 'quote"d\\one1'];
		const text = `a p@ss/w:rd#1 b ${encoded} c quote\\"d\\\\one1 d ${Buffer.from('p@ss/w:rd#1').toString('base64')}`;
		expect(redactText(text, known)).toBe(`a ${mask} b ${mask} c ${mask} d ${mask}`);
	});

	it('does not take everyday words for secrets', () => {
		expect(redactText('FATAL: role "postgres" does not exist', ['postgres'])).toBe(
			'FATAL: role "postgres" does not exist',
		);
	});

	it('erases mail addresses, and host names on request', () => {
		expect(redactText('mail to jo.doe@example.org')).toBe('mail to ***@***');
		expect(redactText('https://crm.example.org/x', [], {hosts: ['crm.example.org']})).toBe('https://<host>/x');
	});

	it.each([
		'FATAL:  password authentication failed for user "app"',
		'Invalid BETTER_AUTH_SECRET: must be at least 32 characters long for adequate security.',
		"ENCRYPTION_KEY: [ 'String must contain exactly 64 character(s)' ]",
		'dial tcp 172.18.0.2:5432: connect: connection refused',
		'at Object.<anonymous> (/app/node_modules/pg@8.11.3/lib/client.js:10:5)',
		'Node version: 20.1.0, key: value',
		'SASL: SCRAM-SERVER-FIRST-MESSAGE: client password must be a string',
	])('keeps what diagnosis needs: %s', line => {
		expect(redactText(line)).toBe(line);
	});
});

describe('collectSecrets and redactValue', () => {
	it('finds whole values and the passwords inside of URLs, decoded too', () => {
		const secrets = collectSecrets({
			POSTGRES_PASSWORD: secret,
			DATABASE_URL: 'postgres://app:p%40ssw0rd-x@db:5432/app',
			POSTGRES_USER: 'app',
			POSTGRES_PASSWORD_FILE: '/run/secrets/password',
		});
		expect(secrets).toEqual([secret, 'p%40ssw0rd-x', 'p@ssw0rd-x']);
	});

	it('does not take a name that stands in the clear for a secret', () => {
		const environment = {
			POSTGRES_USER: 'shop',
			POSTGRES_PASSWORD: 'shop',
			DATABASE_URL: 'postgres://shop:shop@db/shop',
		};
		expect(collectSecrets(environment)).toEqual([]);
		expect(redactValue('DATABASE_URL', environment.DATABASE_URL)).toBe('postgres://shop:***@db/shop');
	});

	it('keeps the structure that diagnosis reads', () => {
		expect(redactValue('DATABASE_URL', `postgres://app:${secret}@db:5432/app`)).toBe(
			`postgres://app:${mask}@db:5432/app`,
		);
		expect(redactValue('AUTH_SECRET', secret)).toBe(mask);
		expect(redactValue('AUTH_SECRET', '')).toBe('');
		expect(redactValue('POSTGRES_USER', 'app')).toBe('app');
		expect(redactValue('OPTIONS', `--name ${secret}`, [secret])).toBe(`--name ${mask}`);
	});
});
