import {describe, expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import type {RawFiles} from '../../source/stack/raw-files.js';
import type {Runtime} from '../../source/stack/runtime.js';
import type {DatabaseServer} from '../../source/stack/stack.js';
import {findWarnings, type WarningContext, warningRules} from '../../source/stack/warnings.js';
import {draftOf, postgres, type Sketch} from './fixture.js';

type Services = Readonly<Record<string, Sketch>>;
type More = {
	readonly context?: WarningContext;
	readonly raw?: Partial<RawFiles>;
	readonly engineReached?: boolean;
	readonly database?: Partial<DatabaseServer>;
};

async function warningsOf(services: Services, more: More = {}) {
	const {stack, facts} = await draftOf(services, {raw: more.raw ?? {}});
	const databases = stack.databases.map(database => ({...database, ...more.database}));
	return findWarnings({...stack, databases, engineReached: more.engineReached ?? false}, facts, more.context);
}

const codesOf = async (services: Services, more?: More) => (await warningsOf(services, more)).map(({code}) => code);
const server = {
	dataDirectory: '/var/lib/postgresql/data',
	databases: [],
	roles: [],
	replicationSlots: [],
	publications: [],
	clients: [],
};
const runtimeWithHash = (hash: string) =>
	new Map([['db', [{labels: {'com.docker.compose.config-hash': hash}}]]]) as unknown as Runtime;
const settings = (environment: Readonly<Record<string, string>>): Services => ({
	db: postgres,
	web: {image: 'example/web:1', environment},
});
const pg18 = (volume: string, environment = {}): Services => ({
	db: {image: 'postgres:18', environment: {POSTGRES_PASSWORD: 'zq8Zr7pX1vBn4kQ2', ...environment}, volumes: [volume]},
});

const cases: readonly (readonly [string, Services, More?])[] = [
	[
		'compose-file-invalid',
		{db: postgres},
		{context: {refusal: new AppError('compose-file-invalid', 'Docker Compose refuses the files: x')}},
	],
	['same-project-name', {db: postgres}, {context: {strangerDirectory: '/srv/other'}}],
	[
		'edited-since-up',
		{db: postgres},
		{context: {expectedHashes: new Map([['db', 'new']]), runtime: runtimeWithHash('old')}},
	],
	['dollar-swallowed', {db: postgres}, {raw: {swallowed: [{file: '/srv/shop/.env', name: 'PW', variable: 'cd'}]}}],
	['env-file-missing', {db: postgres}, {raw: {missing: ['/srv/shop/web.env']}}],
	[
		'variables-unset',
		{db: postgres},
		{context: {composeWarnings: ['The "TAG" variable is not set. Defaulting to a blank string.']}},
	],
	['connection-string', settings({DATABASE_URL: 'postgres://shop:a@b@db/shop'})],
	['image-unpinned', {db: postgres, web: {image: 'example/web', dependsOn: ['db']}}],
	[
		'engine-unreachable',
		{db: postgres},
		{context: {engineError: new AppError('engine-unreachable', 'The Docker engine does not answer')}},
	],
	['no-backup', {db: postgres}, {context: {backups: 0}}],
	['postgres-18-mount', pg18('pgdata:/var/lib/postgresql/data')],
	['postgres-18-mount', {db: {...postgres, image: 'postgres:latest'}}],
	['anonymous-volume', {db: {...postgres, volumes: ['/var/lib/postgresql/data']}}],
	['no-volume', {db: {...postgres, volumes: []}}],
	['port-open', {db: {...postgres, ports: ['5432:5432']}}],
	['pooler', {db: postgres, bouncer: {image: 'edoburu/pgbouncer:1', environment: {DB_HOST: 'db'}}}],
	['disk-low', {db: postgres}, {database: {freeBytes: 3e9, sizeBytes: 2e9}}],
	[
		'database-silent',
		{db: postgres},
		{database: {state: 'running'}, context: {answers: new Map([['db', {reason: 'psql is not in the container'}]])}},
	],
	['database-not-running', {db: postgres}, {engineReached: true, database: {state: 'exited'}}],
	['replica', {db: postgres}, {database: {replica: true}}],
	['citus', {db: {...postgres, image: 'citusdata/citus:13.0'}}],
	['logical-replication', {db: postgres}, {database: {server: {...server, publications: ['sync']}}}],
	['database-differs', settings({DATABASE_URL: 'postgres://shop:x@db/other'})],
	['external-database', settings({DATABASE_URL: 'postgres://shop:x@db.example.com/shop'})],
	['other-database', {db: postgres, events: {image: 'mariadb:11'}}],
	['embedded-postgres', {all: {image: 'example/all-in-one:1', volumes: ['store:/data/postgres']}}],
	['no-postgres', {web: {image: 'example/web:1'}}],
	['secret-default', settings({SESSION_SECRET: 'changeme'})],
	['secret-weak', settings({SESSION_SECRET: 'zq8Zr7'})],
	['secret-shared', settings({SESSION_SECRET: 'zq8Zr7pX1vBn4kQ2', ENCRYPTION_KEY: 'zq8Zr7pX1vBn4kQ2'})],
];

describe('each warning has its cause and says what to do', () => {
	test.each(cases.map(([code, services, more]) => ({code, services, more})))(
		'$code',
		async ({code, services, more}) => {
			const found = (await warningsOf(services, more)).find(warning => warning.code === code);
			expect(found?.message).toMatch(/\w{3}/);
			expect(found?.hint).toMatch(/\w{3}/);
		},
	);

	test('all are tested here', () => {
		const tested = new Set(cases.map(([code]) => (code.startsWith('engine-') ? 'engine' : code)));
		expect(warningRules.map(({code}) => code).filter(code => !tested.has(code))).toEqual([]);
	});

	test('none holds a secret', async () => {
		for (const [, services, more] of cases) {
			expect(JSON.stringify(await warningsOf(services, more))).not.toMatch(/pA55-of-the-shop|zq8Zr7|changeme|a@b/);
		}
	});
});

describe('no false alarm', () => {
	test('a sound stack gives none', async () => {
		const services: Services = {
			db: postgres,
			web: {
				image: 'example/web:1',
				environment: {DATABASE_URL: 'postgres://shop:pA55-of-the-shop@db/shop', SESSION_SECRET: 'zq8Zr7pX1vBn4kQ2'},
			},
		};
		expect(await codesOf(services, {context: {backups: 1, composeWarnings: [], answers: new Map()}})).toEqual([]);
	});

	test('postgres:18 with the mount above, or with PGDATA where the mount is', async () => {
		expect(await codesOf(pg18('pgdata:/var/lib/postgresql'))).not.toContain('postgres-18-mount');
		expect(await codesOf(pg18('pgdata:/var/lib/postgresql/data', {PGDATA: '/var/lib/postgresql/data'}))).not.toContain(
			'postgres-18-mount',
		);
	});

	test('a port on the loopback, and the port of a pooler', async () => {
		expect(await codesOf({db: {...postgres, ports: ['127.0.0.1:5432:5432']}})).not.toContain('port-open');
	});

	test('a database password that is rightly the same on both sides', async () => {
		expect(await codesOf(settings({DB_PASSWORD: 'pA55-of-the-shop', PGPASSWORD: 'pA55-of-the-shop'}))).not.toContain(
			'secret-shared',
		);
	});

	test('the hash of a one-shot, which runs anew anyway, and equal hashes', async () => {
		const same = {expectedHashes: new Map([['db', 'same']]), runtime: runtimeWithHash('same')};
		expect(await codesOf({db: postgres}, {context: same})).not.toContain('edited-since-up');
	});
});
