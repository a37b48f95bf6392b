import {describe, expect, test} from 'vitest';
import {makeVerifier} from '../../../source/flows/fix/remedies/align-role-password.js';
import {withMajor} from '../../../source/flows/fix/remedies/server-settings.js';
import {remedyOf} from '../../../source/flows/fix/remedies.js';
import {serverWith} from '../stack-fixture.js';
import {changedLines, contextWith, diffOf, type Given, kindsOf, textsOf} from './context-with.js';

const compose = `services:
  postgres:
    image: postgres:17
    environment:
      POSTGRES_PASSWORD: \${POSTGRES_PASSWORD}
  app:
    # the application
    environment:
      DATABASE_URL: postgres://clerq:\${POSTGRES_PASSWORD}@postgres:5432/clerq
      BETTER_AUTH_SECRET: \${BETTER_AUTH_SECRET}
      BETTER_AUTH_URL: \${BETTER_AUTH_URL:-http://localhost:3000}
`;
const dotenv = `# keep me
POSTGRES_PASSWORD='s3cret pass'  # quoted
BETTER_AUTH_SECRET=short
`;

function stack(environment: Readonly<Record<string, string>>, log: string, more: Partial<Given> = {}): Given {
	return {
		files: {'docker-compose.yml': compose, '.env': dotenv},
		evidence: {
			services: [
				{
					service: 'postgres',
					role: 'database',
					image: 'postgres:17',
					state: 'running',
					environment: {POSTGRES_USER: 'clerq'},
				},
				{service: 'app', role: 'app', state: 'restarting', exitCode: 1, environment, log: log.split('\n')},
			],
			serviceNames: ['postgres', 'app'],
		},
		...more,
	};
}

async function cure(fix: string, given: Given, facts?: unknown) {
	return remedyOf(fix).plan(await contextWith(fix, given), facts);
}

describe('connection strings', () => {
	const refused = "Error: connect ECONNREFUSED 127.0.0.1:5432\n    address: '127.0.0.1', port: 5432";

	test('localhost becomes the service name, references and comments stay', async () => {
		const given = stack({DATABASE_URL: 'postgres://clerq:s3cret@localhost:5432/clerq'}, refused, {
			files: {'docker-compose.yml': compose.replace('@postgres:', '@localhost:'), '.env': dotenv},
		});
		const done = await cure('use-service-host', given);
		expect(changedLines(given, done)).toEqual([
			'docker-compose.yml: DATABASE_URL: postgres://clerq:${POSTGRES_PASSWORD}@postgres:5432/clerq',
		]);
		expect(diffOf(done)).not.toContain('s3cret');
	});

	test('in the env file, with references of its own; and where the host is a variable', async () => {
		const url = 'DATABASE_URL="postgres://clerq:${PW}@localhost/clerq" # where it is';
		const own = stack({DATABASE_URL: 'postgres://clerq:s3cret@localhost/clerq'}, refused, {
			files: {
				'docker-compose.yml': 'services:\n  app:\n    env_file: .env\n  postgres:\n    image: postgres:17\n',
				'.env': `PW=s3cret\n${url}\n`,
			},
		});
		expect(changedLines(own, await cure('use-service-host', own))).toEqual([
			'.env: DATABASE_URL="postgres://clerq:${PW}@postgres/clerq" # where it is',
		]);
		const byName = stack({DATABASE_URL: 'postgres://clerq:s3cret@localhost/clerq'}, refused, {
			files: {
				'docker-compose.yml': compose.replace('@postgres:5432', '@${DB_HOST:-localhost}:5432'),
				'.env': dotenv,
			},
		});
		expect(changedLines(byName, await cure('use-service-host', byName))).toEqual(['.env: DB_HOST=postgres']);
	});

	test('a host in a variable of its own', async () => {
		const given = stack({DB_HOST: 'localhost', DB_PORT: '5432', DB_USER: 'clerq', DB_NAME: 'clerq'}, refused, {
			files: {
				'docker-compose.yml':
					'services:\n  app:\n    environment:\n      - DB_HOST=localhost\n  postgres:\n    image: postgres:17\n',
				'.env': '',
			},
		});
		expect(changedLines(given, await cure('use-service-host', given))).toEqual([
			'docker-compose.yml: - DB_HOST=postgres',
		]);
	});

	test('a password with reserved characters is encoded in the URL alone', async () => {
		const given = stack(
			{DATABASE_URL: 'postgres://clerq:p@ss/word@postgres:5432/clerq'},
			'TypeError: Invalid URL\n    at parse (pg-connection-string/index.js)',
		);
		const done = await cure('encode-password', given);
		expect(changedLines(given, done).toSorted().toReversed()).toEqual([
			'docker-compose.yml: DATABASE_URL: postgres://clerq:${POSTGRES_PASSWORD_ENCODED}@postgres:5432/clerq',
			'.env: POSTGRES_PASSWORD_ENCODED=p%40ss%2Fword',
		]);
		expect(diffOf(done)).not.toMatch(/p%40ss|p@ss/);
	});

	test('what comes from the shell is refused: it wins over every file', async () => {
		const given = stack({DATABASE_URL: 'postgres://clerq:s3cret@localhost/clerq'}, refused, {
			files: {
				'docker-compose.yml': compose.replace(/DATABASE_URL: .*/, 'DATABASE_URL: ${DATABASE_URL}'),
				'.env': dotenv,
			},
			shell: {DATABASE_URL: 'postgres://clerq:s3cret@localhost/clerq'},
		});
		await expect(cure('use-service-host', given)).rejects.toThrow(/no file|shell/);
	});

	test('a missing connection string is written from what the server has; the secret goes into the env file', async () => {
		const given = stack({DATABASE_URL: ''}, 'Error: DATABASE_URL is not set.', {
			files: {'docker-compose.yml': compose.replace(/ {6}DATABASE_URL: .*\n/, ''), '.env': dotenv},
		});
		const postgres = {POSTGRES_USER: 'clerq', POSTGRES_PASSWORD: 'p@ss', POSTGRES_DB: 'clerq'};
		const [server, app] = given.evidence.services ?? [];
		const evidence = {
			...given.evidence,
			services: [{...server, service: 'postgres', environment: postgres}, ...(app ? [app] : [])],
		};
		const done = await cure('set-database-url', {...given, evidence});
		expect(changedLines(given, done).toSorted()).toEqual([
			'.env: DATABASE_URL=postgresql://clerq:p%40ss@postgres:5432/clerq',
			'docker-compose.yml: DATABASE_URL: ${DATABASE_URL}',
		]);
		expect(diffOf(done)).not.toContain('p%40ss');
	});
});

describe('compose files', () => {
	const crash = (service: string, log: string, more: object = {}) => ({
		serviceNames: ['postgres', 'app'],
		services: [
			{
				service: 'postgres',
				role: 'database',
				image: 'postgres:17',
				state: 'running',
				environment: {POSTGRES_USER: 'clerq', POSTGRES_PASSWORD: 's3cret'},
				...(service === 'postgres' ? {log: log.split('\n'), ...more} : {}),
			},
			{
				service: 'app',
				role: 'app',
				state: 'restarting',
				exitCode: 1,
				environment: {DATABASE_URL: 'postgres://clerq:other@postgres:5432/clerq'},
				...(service === 'app' ? {log: log.split('\n'), ...more} : {}),
			},
		],
	});

	test('max_connections on the command line, whatever stands there already', async () => {
		const given: Given = {
			files: {'docker-compose.yml': compose, '.env': dotenv},
			evidence: crash('app', 'FATAL: sorry, too many clients already'),
		};
		const plain = await cure('raise-max-connections', given, {command: ['postgres']});
		expect(changedLines(given, plain).join(' ')).toMatch(/command:.* - postgres .* - -c .* - max_connections=200$/);
		const set = await cure('raise-max-connections', given, {
			command: ['postgres', '-cmax_connections=150', '-c', 'fsync=on'],
		});
		expect(textsOf(set)['docker-compose.yml']).toMatch(/- postgres\s+- -cmax_connections=300\s+- -c\s+- fsync=on/);
		expect(kindsOf(set)).toEqual(['edit-file', 'compose', 'start-server']);
	});

	test('a larger shared memory, in the override file where that is wanted', async () => {
		const log =
			'ERROR: could not resize shared memory segment "/PostgreSQL.1" to 8388608 bytes: No space left on device';
		const given: Given = {
			files: {'docker-compose.yml': compose, '.env': dotenv},
			evidence: crash('postgres', log, {shmSizeBytes: 67_108_864}),
			answers: {override: true},
		};
		const done = await cure('set-shm-size', given);
		expect(textsOf(done)).toEqual({
			'docker-compose.override.yml': 'services:\n  postgres:\n    shm_size: 256mb\n',
		});
		expect(done.target?.files.at(-1)).toBe('/srv/clerq/docker-compose.override.yml');
	});

	test('application and database get the same password by the same reference', async () => {
		const given: Given = {
			files: {'docker-compose.yml': compose.replace('clerq:${POSTGRES_PASSWORD}@', 'clerq:other@'), '.env': dotenv},
			evidence: crash('app', 'error: password authentication failed for user "clerq"'),
		};
		const done = await cure('align-credentials', given);
		expect(changedLines(given, done)).toEqual([
			'docker-compose.yml: DATABASE_URL: postgres://clerq:${POSTGRES_PASSWORD}@postgres:5432/clerq',
		]);
		expect(diffOf(done)).not.toContain('other');
	});
});

describe('public address', () => {
	const mismatch = '[Better Auth]: Invalid origin: https://app.example.com';

	test('asks for it, and writes the origin alone', async () => {
		const given = stack({BETTER_AUTH_URL: 'http://localhost:3000'}, mismatch);
		const asked = remedyOf('set-public-url').questions?.(await contextWith('set-public-url', given));
		expect(asked).toMatchObject([{id: 'value', flag: '--value'}]);
		const done = await cure('set-public-url', {...given, answers: {value: 'https://app.example.com/'}});
		expect(changedLines(given, done)).toEqual(['.env: BETTER_AUTH_URL=https://app.example.com']);
		await expect(cure('set-public-url', {...given, answers: {value: 'app.example.com'}})).rejects.toThrow(/no address/);
	});
});

describe('secrets', () => {
	const weak = 'BETTER_AUTH_SECRET appears low-entropy. Use a randomly generated secret for production.';
	const log = `[better-auth] Warning: your ${weak}`;

	test('32 random bytes in base64, once for all services that share it; who is signed out is said', async () => {
		const given = stack({BETTER_AUTH_SECRET: 'short'}, log);
		const done = await cure('generate-secret', given);
		const [, secret = ''] = /^BETTER_AUTH_SECRET=(.+)$/m.exec(textsOf(done)['.env'] ?? '') ?? [];
		expect(Buffer.from(secret, 'base64')).toHaveLength(32);
		expect(textsOf(done)['.env']).toContain("# keep me\nPOSTGRES_PASSWORD='s3cret pass'  # quoted\n");
		expect(diffOf(done)).not.toContain(secret);
		expect(JSON.stringify(done)).not.toContain(secret);
		expect(done.effects?.join()).toMatch(/signed out/);
		expect(done.recreate).toEqual(['app']);
	});

	test('a key that encrypts rows is never replaced', async () => {
		const given = stack({N8N_ENCRYPTION_KEY: ''}, 'Error: N8N_ENCRYPTION_KEY is not set');
		await expect(cure('generate-secret', given)).rejects.toThrow(/would make it unreadable/);
	});
});

describe('roles and databases', () => {
	const facts = {
		dataDirectory: '/var/lib/postgresql/data',
		databases: [{name: 'clerq', owner: 'clerq', sizeBytes: 1, tables: 3, extensions: []}],
		roles: [{name: 'clerq', superuser: true, canLogin: true}],
		replicationSlots: [],
		publications: [],
		clients: [],
	};

	test('the password goes as a verifier, the former one is what the undo asks for, a dump comes first', async () => {
		const given = stack(
			{DATABASE_URL: 'postgres://clerq:s3cret-1@postgres:5432/clerq'},
			'error: password authentication failed for user "clerq"',
			{stack: {databases: [serverWith({server: facts})]}},
		);
		const done = await cure('align-role-password', given);
		const [action] = done.actions;
		expect(done.backup).toEqual({service: 'postgres', databases: ['clerq']});
		expect(action).toMatchObject({kind: 'sql', statement: `ALTER ROLE "clerq" PASSWORD '***'`});
		expect(action?.kind === 'sql' && action.script.reveal()).toMatch(
			/^ALTER ROLE "clerq" PASSWORD 'SCRAM-SHA-256\$4096:/,
		);
		expect(action?.kind === 'sql' && action.undo).toContain('rolpassword');
		expect(JSON.stringify(done)).not.toContain('s3cret-1');
	});

	test('the verifier is what PostgreSQL makes itself', () => {
		// The example of RFC 7677.
		const salt = Buffer.from('W22ZaJ0SNY7soEsUEjb6gQ==', 'base64');
		expect(makeVerifier('pencil', 17, 'user', salt)).toBe(
			'SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=',
		);
		expect(makeVerifier('secret', 13, 'app')).toBe('md56a422f785c9e20873908ce25d1736ae2');
	});

	test('a missing database is made with the migrations after it, and full ones are pointed out', async () => {
		const given = stack(
			{DATABASE_URL: 'postgres://clerq:x@postgres:5432/books'},
			'error: database "books" does not exist\n    code: \'3D000\'',
			{stack: {databases: [serverWith({server: facts})]}},
		);
		const done = await cure('create-database', given);
		expect(kindsOf(done)).toEqual(['sql', 'migrate']);
		expect(done.actions[0]).toMatchObject({statement: 'CREATE DATABASE "books" OWNER "clerq"'});
		expect(done.effects?.join()).toContain('clerq');
	});
});

describe('images', () => {
	test('the major version goes back, the rest of the tag stays', () => {
		expect(
			[
				'postgres:18',
				'postgres:18.1-alpine',
				'postgres',
				'postgres:latest',
				'pgvector/pgvector:0.8.0-pg18',
				'reg.example:5000/x/postgres:18-trixie',
				'timescale/timescaledb:latest-pg18',
			].map(image => withMajor(image, 17)),
		).toEqual([
			'postgres:17',
			'postgres:17-alpine',
			'postgres:17',
			'postgres:17',
			'pgvector/pgvector:0.8.0-pg17',
			'reg.example:5000/x/postgres:17-trixie',
			'timescale/timescaledb:latest-pg17',
		]);
	});
});
