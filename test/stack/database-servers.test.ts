import {describe, expect, test} from 'vitest';
import {findMajor} from '../../source/stack/database-servers.js';
import {draftOf, postgres, type Sketch} from './fixture.js';

async function serverOf(services: Readonly<Record<string, Sketch>>, name = 'db', raw = {}) {
	const {stack} = await draftOf(services, {raw});
	return stack.databases.find(({service}) => service === name);
}

describe('findMajor', () => {
	test.each([
		['postgres:16.3-alpine', 16],
		['postgres:9.5', 9],
		['postgis/postgis:17-3.5', 17],
		['timescale/timescaledb:2.11.2-pg15', 15],
		['pgvector/pgvector:0.8.0-pg17', 17],
		['timescale/timescaledb-ha:pg16.4-ts2.17', 16],
		['example/postgresql-16:6.1.2889', 16],
		['example/postgres:14-vectorchord0.4.3', 14],
		['bitnami/postgresql:15.4.0-debian-11-r1', 15],
		['example/app-db:3-postgres12', 12],
	])('%s is %i', (image, major) => {
		expect(findMajor({image, environment: {}})?.major).toBe(major);
	});

	test.each([
		'postgres',
		'postgres:latest',
		'postgres:alpine',
		'citusdata/citus:14.1.0',
		'pgvector/pgvector:v0.5.1',
		'timescale/timescaledb:2.11.2',
		null,
	])('%s says nothing', image => {
		expect(findMajor({image, environment: {}})).toBeUndefined();
	});

	test('PG_MAJOR of the image helps', () => {
		expect(findMajor({image: 'example/store', environment: {PG_MAJOR: '15'}})?.major).toBe(15);
	});
});

describe('user and database', () => {
	test('as the server is told', async () => {
		expect(await serverOf({db: postgres})).toMatchObject({user: 'shop', database: 'shop', databases: ['shop']});
	});

	test('the defaults of the image', async () => {
		const db = {image: 'postgres:17', environment: {POSTGRES_PASSWORD: 'x'}};
		expect(await serverOf({db})).toMatchObject({user: 'postgres', database: 'postgres'});
		const named = {image: 'postgres:17', environment: {POSTGRES_PASSWORD: 'x', POSTGRES_USER: 'ana'}};
		expect(await serverOf({db: named})).toMatchObject({user: 'ana', database: 'ana'});
	});

	test('the names that Bitnami uses', async () => {
		const db = {
			image: 'bitnami/postgresql:16',
			environment: {POSTGRESQL_USERNAME: 'ana', POSTGRESQL_DATABASE: 'shop', ALLOW_EMPTY_PASSWORD: 'yes'},
		};
		expect(await serverOf({db})).toMatchObject({user: 'ana', database: 'shop', passwordSource: 'none'});
	});

	test('the database that the application uses wins over the default, and the reasons say so', async () => {
		const {stack} = await draftOf({
			db: {image: 'postgres:17', environment: {POSTGRES_PASSWORD: 'x'}},
			app: {image: 'example/app', environment: {DATABASE_URL: 'postgres://postgres:x@db/real'}},
			worker: {image: 'example/app', environment: {DATABASE_URL: 'postgres://postgres:x@db/real'}},
			reports: {image: 'example/reports', environment: {DATABASE_URL: 'postgres://postgres:x@db/reports'}},
		});
		expect(stack.databases[0]).toMatchObject({database: 'real', databases: ['real', 'reports']});
		expect(stack.reasons.map(({rule}) => rule)).toContain('database-differs');
	});

	test('POSTGRES_DB stays when one of several connection strings names it', async () => {
		const urls = (name: string) => ({
			image: `example/${name}`,
			environment: {DATABASE_URL: `postgres://shop:x@db/${name}`},
		});
		expect(await serverOf({db: postgres, one: urls('shop'), two: urls('plugin'), three: urls('plugin')})).toMatchObject(
			{database: 'shop'},
		);
	});

	test('a server that is told nothing has the user with which others connect', async () => {
		const db = {image: 'example/postgres-16:3', volumes: ['data:/data']};
		const app = {image: 'example/app', environment: {PGHOST: 'db', PGUSER: 'sg', PGDATABASE: 'sg'}};
		expect(await serverOf({db, app})).toMatchObject({
			user: 'sg',
			database: 'sg',
			dataMount: {type: 'volume', name: 'data'},
		});
	});

	test("a replica has its primary's database", async () => {
		const environment = (mode: string) => ({POSTGRESQL_REPLICATION_MODE: mode});
		const services = {
			primary: {
				image: 'bitnami/postgresql:16',
				environment: {...environment('master'), POSTGRESQL_DATABASE: 'shop', POSTGRESQL_PASSWORD: 'x'},
			},
			replica: {
				image: 'bitnami/postgresql:16',
				environment: {...environment('slave'), POSTGRESQL_MASTER_HOST: 'primary', POSTGRESQL_PASSWORD: 'x'},
			},
		};
		expect(await serverOf(services, 'replica')).toMatchObject({database: 'shop', replica: true});
		expect(await serverOf(services, 'primary')).toMatchObject({replica: false});
	});
});

describe('password source', () => {
	const definition = (
		environment: Readonly<Record<string, string | null>>,
		envFileValues?: Readonly<Record<string, string>>,
	) => ({
		services: new Map([
			[
				'db',
				[
					{
						file: '/srv/shop/compose.yaml',
						environment,
						envFiles: envFileValues ? [{path: '/srv/shop/db.env', values: envFileValues}] : [],
						mounts: [],
						image: null,
					},
				],
			],
		]),
	});

	test.each([
		['environment', definition({POSTGRES_PASSWORD: 'literal'})],
		['environment', definition({POSTGRES_PASSWORD: 'cost$$5'})],
		['dotenv', definition({POSTGRES_PASSWORD: '${DB_PASSWORD:?}'})],
		['dotenv', definition({POSTGRES_PASSWORD: null})],
		['env_file', definition({}, {POSTGRES_PASSWORD: 'x'})],
		['dotenv', definition({POSTGRES_PASSWORD: '$PW'}, {POSTGRES_PASSWORD: 'x'})],
	] as const)('%s', async (source, raw) => {
		expect((await serverOf({db: postgres}, 'db', raw))?.passwordSource).toBe(source);
	});

	test('secret_file and none', async () => {
		expect(
			(await serverOf({db: {image: 'postgres:17', environment: {POSTGRES_PASSWORD_FILE: '/run/secrets/pw'}}}))
				?.passwordSource,
		).toBe('secret_file');
		expect(
			(await serverOf({db: {image: 'postgres:17', environment: {POSTGRES_HOST_AUTH_METHOD: 'trust'}}}))?.passwordSource,
		).toBe('none');
	});
});

describe('data mount', () => {
	const mountOf = async (sketch: Sketch) =>
		(await serverOf({db: {...sketch, image: sketch.image ?? 'postgres:17'}}))?.dataMount;

	test.each<readonly [string, Sketch, unknown]>([
		['a volume', {volumes: ['pgdata:/var/lib/postgresql/data']}, {type: 'volume', name: 'pgdata'}],
		[
			'the folder above it, of 18',
			{image: 'postgres:18', volumes: ['pgdata:/var/lib/postgresql']},
			{type: 'volume', name: 'pgdata'},
		],
		['a bind', {volumes: ['./pg:/var/lib/postgresql/data']}, {type: 'bind'}],
		['an anonymous volume', {volumes: ['/var/lib/postgresql/data']}, {type: 'anonymous', name: null}],
		['nothing', {}, {type: 'none', name: null, target: null}],
		[
			'not the init scripts',
			{volumes: ['./init:/docker-entrypoint-initdb.d', 'pgdata:/var/lib/postgresql/data']},
			{name: 'pgdata'},
		],
		[
			'where PGDATA says',
			{environment: {PGDATA: '/store/pg'}, volumes: ['other:/other', 'pgdata:/store']},
			{name: 'pgdata'},
		],
		[
			'the inner one of two',
			{volumes: ['outer:/var/lib/postgresql', 'inner:/var/lib/postgresql/data']},
			{name: 'inner'},
		],
		['Bitnami', {image: 'bitnami/postgresql:16', volumes: ['pgdata:/bitnami/postgresql']}, {name: 'pgdata'}],
	])('%s', async (_title, sketch, expected) => {
		expect(await mountOf(sketch)).toMatchObject(expected as object);
	});
});
