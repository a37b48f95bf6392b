import {describe, expect, test} from 'vitest';
import {findOneShots, oneShotRules} from '../../source/stack/one-shots.js';
import {findWriters} from '../../source/stack/writers.js';
import {draftOf, factsOf, postgres, type Sketch} from './fixture.js';

type Services = Readonly<Record<string, Sketch>>;

function writersOf(services: Services) {
	const facts = factsOf(services);
	return findWriters(facts, new Set(findOneShots(facts).keys()));
}

const ruleOf = (services: Services, name: string) => writersOf(services).get(name)?.rule;
const app = {image: 'example/app:1'};
const url = {DATABASE_URL: 'postgres://shop:x@db:5432/shop'};

describe('who writes to the database', () => {
	test.each<readonly [string, Services]>([
		['connection', {db: postgres, it: {...app, environment: url}}],
		['connection', {db: postgres, it: {...app, environment: {DB_HOST: 'db', DB_NAME: 'shop'}}}],
		[
			'connection',
			{db: postgres, it: {...app, environment: {APP_CONFIG: 'db:\n  host: db\n  dbname: shop\n  user: shop'}}},
		],
		['connection', {db: postgres, it: {...app, command: ['serve', '--db', 'postgres://shop:x@db/shop']}}],
		['connection', {db: postgres, it: {...app, command: 'serve --store.db.host db --store.db.name shop'}}],
		[
			'connection',
			{db: {...postgres, containerName: 'shop-database'}, it: {...app, environment: {PGHOST: 'shop-database'}}},
		],
		[
			'connection',
			{db: {...postgres, aliases: ['pg']}, it: {...app, environment: {DATABASE_URL: 'postgres://u@pg/shop'}}},
		],
		['connection', {db: postgres, it: {...app, environment: {DATABASE_URL: 'postgres://u@shop_db_1/shop'}}}],
		['outside-connection', {it: {...app, environment: {DATABASE_URL: 'postgres://u:p@db.example.com/shop'}}}],
		['mention', {db: postgres, it: {...app, environment: {STORE_UPSTREAM: 'db'}}}],
		['mention', {db: postgres, it: {...app, environment: {BACKENDS: 'db:5432'}}}],
		['depends-on', {db: postgres, it: {...app, dependsOn: ['db']}}],
		['shared-secret', {db: {...postgres, secrets: ['db-password']}, it: {...app, secrets: ['db-password']}}],
		['shared-setting', {db: postgres, it: {...app, environment: {POSTGRES_PASSWORD: 'pA55-of-the-shop'}}}],
		['only-candidate', {db: postgres, it: app}],
	])('%s', (rule, services) => {
		expect(ruleOf(services, 'it')).toBe(rule);
	});

	test('same-image: a worker that names no host has the image of one that does', () => {
		expect(
			ruleOf(
				{
					db: postgres,
					web: {...app, environment: url},
					worker: {...app, dependsOn: ['redis']},
					redis: {image: 'redis:7'},
				},
				'worker',
			),
		).toBe('same-image');
	});

	test('through a pooler, which is none itself', () => {
		const writers = writersOf({
			db: postgres,
			bouncer: {image: 'edoburu/pgbouncer', environment: {DB_HOST: 'db'}},
			web: {...app, environment: {DATABASE_URL: 'postgres://u@bouncer:6432/shop'}},
		});
		expect([...writers.keys()]).toEqual(['web']);
	});

	test('after-migrator: what waits for the migrator of its own image', () => {
		const services: Services = {
			db: postgres,
			migrate: {...app, environment: url, restart: 'no'},
			web: {image: 'example/app:1', dependsOn: {migrate: 'service_completed_successfully'}},
			docs: {image: 'example/docs:1', dependsOn: {migrate: 'service_completed_successfully'}},
		};
		expect(ruleOf(services, 'web')).toBe('after-migrator');
		expect(ruleOf(services, 'docs')).toBeUndefined();
	});

	test('not those who only stand beside', () => {
		const writers = writersOf({
			db: postgres,
			web: {...app, environment: url},
			proxy: {image: 'nginx:1', dependsOn: ['web', 'db']},
			cache: {image: 'redis:7', dependsOn: ['db']},
			exporter: {
				image: 'prometheuscommunity/postgres-exporter',
				environment: {DATA_SOURCE_NAME: 'postgres://u@db/shop'},
			},
			backup: {image: 'example/postgres-backup', environment: {POSTGRES_HOST: 'db'}},
			console: {image: 'dpage/pgadmin4', dependsOn: ['db']},
			front: {image: 'example/front', dependsOn: ['web'], environment: {API_URL: 'http://web:3000'}},
		});
		expect([...writers.keys()]).toEqual(['web']);
	});

	test('a dashboard that keeps its own tables in the database is one', () => {
		expect(
			ruleOf(
				{db: postgres, dashboard: {image: 'grafana/grafana', environment: {GF_DATABASE_HOST: 'db:5432'}}},
				'dashboard',
			),
		).toBe('connection');
	});

	test('a kind of database is no host, even when the server is called like it', () => {
		const services: Services = {
			postgres,
			web: {...app, environment: {DATABASE_URL: 'postgres://u@postgres/shop'}},
			front: {image: 'example/front', environment: {DB_TYPE: 'postgres', DB_USER: 'postgres'}},
		};
		expect([...writersOf(services).keys()]).toEqual(['web']);
	});
});

describe('what runs to its end', () => {
	const ruleFor = (sketch: Sketch, others: Services = {}) =>
		findOneShots(factsOf({db: postgres, it: sketch, ...others})).get('it')?.rule;
	const named = (name: string, sketch: Sketch) => findOneShots(factsOf({db: postgres, [name]: sketch})).get(name)?.rule;

	test('waited-for', () => {
		expect(ruleFor(app, {web: {...app, dependsOn: {it: 'service_completed_successfully'}}})).toBe('waited-for');
	});

	test('task-name', () => {
		for (const name of ['migrator', 'db-migrate', 'shop-migration', 'init', 'app-init', 'seeder'])
			expect(named(name, app)).toBe('task-name');
	});

	test('not by name alone: workers, what is always restarted, what publishes a port', () => {
		expect(named('worker-migrations', app)).toBeUndefined();
		expect(named('migrator', {...app, restart: 'unless-stopped'})).toBeUndefined();
		expect(named('setup', {...app, ports: ['8080:8080']})).toBeUndefined();
	});

	test.each([
		'npx prisma migrate deploy',
		'alembic upgrade head',
		'python manage.py migrate --noinput',
		'bundle exec rails db:migrate',
		'npx drizzle-kit migrate',
		'./scripts/migrate.sh',
		'migrate sql -e --yes',
	])('migrate-command: %s', command => {
		expect(ruleFor({...app, command: ['sh', '-c', command]})).toBe('migrate-command');
	});

	test('a command that migrates and then serves keeps running', () => {
		expect(ruleFor({...app, command: ['sh', '-c', 'npx prisma migrate deploy && npm start']})).toBeUndefined();
	});

	test('client-task', () => {
		expect(
			ruleFor({
				image: 'postgres:17',
				command: ['sh', '-c', 'until pg_isready -h db; do sleep 1; done; psql -h db -f /x.sql'],
			}),
		).toBe('client-task');
		expect(
			ruleFor({image: 'postgres:17', command: ['sh', '-c', 'while true; do psql -h db -c x; sleep 60; done']}),
		).toBeUndefined();
	});

	test('utility-task', () => {
		expect(ruleFor({image: 'busybox', command: ['chown', '-R', '1000', '/data']})).toBe('utility-task');
		expect(ruleFor({image: 'minio/mc', entrypoint: ['sh', '-c', 'mc mb store/x']})).toBe('utility-task');
	});

	test('all rules are tested here', () => {
		expect(oneShotRules.map(({rule}) => rule)).toEqual([
			'waited-for',
			'task-name',
			'migrate-command',
			'client-task',
			'utility-task',
		]);
	});
});

describe('roles', () => {
	test('of a whole stack', async () => {
		const {stack} = await draftOf({
			db: postgres,
			web: {...app, environment: url, ports: ['3000:3000']},
			'queue-worker': {...app, environment: url},
			migrate: {...app, environment: url, restart: 'no'},
			permissions: {image: 'busybox', command: 'chown 1000 /data'},
			redis: {image: 'valkey/valkey:8'},
			bouncer: {image: 'bitnami/pgbouncer', environment: {POSTGRESQL_HOST: 'db', POSTGRES_PASSWORD: 'x'}},
			store: {image: 'quay.io/minio/minio'},
			front: {image: 'traefik:3', ports: ['80:80']},
			mails: {image: 'axllent/mailpit'},
			dumps: {image: 'example/postgres-backup-s3', environment: {POSTGRES_HOST: 'db'}},
			events: {image: 'clickhouse/clickhouse-server'},
			nightly: {image: 'postgres:17', entrypoint: ['sh', '-c', 'while true; do pg_dump -h db shop; sleep 86400; done']},
		});
		expect(Object.fromEntries(stack.services.map(({name, role}) => [name, role]))).toEqual({
			db: 'database',
			web: 'app',
			'queue-worker': 'worker',
			migrate: 'migrate',
			permissions: 'other',
			redis: 'cache',
			bouncer: 'pooler',
			store: 'object-store',
			front: 'proxy',
			mails: 'other',
			dumps: 'backup',
			events: 'database',
			nightly: 'backup',
		});
		expect(stack.services.filter(({stopForRestore}) => stopForRestore).map(({name}) => name)).toEqual([
			'web',
			'queue-worker',
		]);
		expect(stack.databases.map(({service}) => service)).toEqual(['db']);
	});

	test('every role and every writer has a reason', async () => {
		const {stack} = await draftOf({db: postgres, web: {...app, environment: url}});
		expect(stack.reasons.map(({rule}) => rule)).toEqual(
			expect.arrayContaining([
				'postgres-server',
				'role-postgres',
				'role-application',
				'writer-connection',
				'user',
				'database',
				'password-source',
			]),
		);
		expect(JSON.stringify(stack)).not.toContain('pA55-of-the-shop');
	});
});
