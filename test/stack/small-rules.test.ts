import {describe, expect, test} from 'vitest';
import {findPartsConnections} from '../../source/stack/connection-parts.js';
import {parseDockerfile} from '../../source/stack/dockerfile.js';
import {isUnpinned, parseImageReference} from '../../source/stack/image-reference.js';
import {findProvider, isProviderPooler} from '../../source/stack/providers.js';
import {draftOf, postgres, type Sketch} from './fixture.js';

describe('image references', () => {
	test.each([
		['postgres', {repository: 'postgres', namespace: '', tag: null}],
		['docker.io/library/postgres:16', {repository: 'postgres', namespace: '', tag: '16'}],
		['localhost:5000/team/app', {repository: 'app', namespace: 'team', tag: null}],
		['ghcr.io/a/b/c:1.2@sha256:ab', {repository: 'c', namespace: 'a/b', tag: '1.2', digest: 'sha256:ab'}],
	])('%s', (reference, parts) => {
		expect(parseImageReference(reference)).toMatchObject(parts);
	});

	test('unpinned', () => {
		expect(['x', 'x:latest', 'postgres:alpine', 'x:main'].map(isUnpinned)).toEqual([true, true, true, true]);
		expect(['x:1', 'x:latest@sha256:ab', 'x:2025-01-01'].map(isUnpinned)).toEqual([false, false, false]);
	});
});

describe('connections in parts', () => {
	test.each<readonly [Readonly<Record<string, string>>, object]>([
		[
			{PGHOST: 'db', PGUSER: 'ana', PGDATABASE: 'shop', PGPORT: '5433'},
			{engine: 'postgresql', host: 'db', user: 'ana', database: 'shop', port: 5433},
		],
		[
			{DB_HOST: 'db', DB_USERNAME: 'ana', DB_DATABASE: 'shop', DB_PORT: '5432'},
			{engine: 'postgresql', host: 'db', user: 'ana', database: 'shop'},
		],
		[
			{DATABASE_HOST: 'db:5432', DATABASE_NAME: 'shop'},
			{engine: 'postgresql', host: 'db', port: 5432, database: 'shop'},
		],
		[
			{SHOP_POSTGRESQL__HOST: 'db', SHOP_POSTGRESQL__NAME: 'shop'},
			{engine: 'postgresql', host: 'db', database: 'shop'},
		],
		[
			{SHOP_DBHOST: 'db', SHOP_DBNAME: 'shop', SHOP_DBENGINE: 'postgresql'},
			{engine: 'postgresql', host: 'db', database: 'shop'},
		],
		[
			{POSTGRES_SEEDS: 'db', POSTGRES_USER: 'ana', DBNAME: 'shop'},
			{engine: 'postgresql', host: 'db', user: 'ana', database: 'shop'},
		],
		[
			{dbHost: 'db', dbName: 'shop', dbPort: '5432'},
			{engine: 'postgresql', host: 'db', database: 'shop'},
		],
		[{POSTGRES_ADDRESS: 'tcp://db:5432'}, {engine: 'postgresql', host: 'db', port: 5432}],
		[{POSTGRES_HOST: '/var/run/postgresql'}, {engine: 'postgresql', host: null, socket: '/var/run/postgresql'}],
		[{DB_HOST: 'db', DB_PORT: '3306'}, {engine: 'mysql'}],
		[{DB_HOST: 'db', DB_CONNECTION: 'mysql'}, {engine: 'mysql'}],
		[{REDIS_HOST: 'cache', REDIS_PORT: '6379'}, {engine: 'other'}],
		[{SMTP_HOST: 'mail.example.com'}, {engine: 'other'}],
	])('%j', (environment, expected) => {
		expect(findPartsConnections(environment)[0]?.connection).toMatchObject(expected);
	});

	test('what is no host is none', () => {
		expect(findPartsConnections({HOST_NAME_PATTERN: 'a b', DB_HOST: '', LIMIT_HOST: '*'})).toEqual([]);
	});
});

describe('providers', () => {
	test.each([
		['ep-cool-name-123456.eu-central-1.aws.neon.tech', 'neon'],
		['db.abcdefgh.supabase.co', 'supabase'],
		['aws-0-eu-central-1.pooler.supabase.com', 'supabase'],
		['shop.abc123.eu-central-1.rds.amazonaws.com', 'rds'],
		['shop.postgres.database.azure.com', 'azure'],
		['db-postgresql-fra1-1-do-user-1-0.b.db.ondigitalocean.com', 'digitalocean'],
		['pg-1-shop.aivencloud.com', 'aiven'],
		['containers-us-west-1.railway.app', 'railway'],
		['monorail.proxy.rlwy.net', 'railway'],
		['postgres.railway.internal', 'railway'],
		['dpg-abc-a.frankfurt-postgres.render.com', 'render'],
		['abc.xyz.us-central1.sql.goog', 'cloud-sql'],
		['host.docker.internal', 'host'],
	])('%s: %s', (host, id) => {
		expect(findProvider(host)?.id).toBe(id);
	});

	test('nobody known', () => {
		expect(findProvider('db.example.com')).toBeUndefined();
		expect(findProvider('neon.tech.example.com')).toBeUndefined();
	});

	test('pooled addresses', () => {
		expect(isProviderPooler('ep-cool-name-123456-pooler.eu-central-1.aws.neon.tech')).toBe(true);
		expect(isProviderPooler('ep-cool-name-123456.eu-central-1.aws.neon.tech')).toBe(false);
	});
});

test('a Dockerfile tells its last base image and its health check', () => {
	const text =
		'ARG VERSION=16\nFROM node:20 AS build\nHEALTHCHECK CMD old\nFROM postgres:${VERSION}-alpine AS base\nFROM base\nHEALTHCHECK --interval=5s \\\n  CMD curl -f http://localhost:3000/health\n';
	expect(parseDockerfile(text)).toEqual({
		base: 'postgres:16-alpine',
		healthcheck: 'curl -f http://localhost:3000/health',
	});
	expect(parseDockerfile(text, {VERSION: '15'}).base).toBe('postgres:15-alpine');
});

describe('health URLs', () => {
	const urlOf = async (sketch: Sketch) =>
		(await draftOf({db: postgres, it: {image: 'example/app:1', ...sketch}})).stack.services.find(
			({name}) => name === 'it',
		)?.healthUrl;

	test.each<readonly [string, Sketch, string | null]>([
		[
			'mapped to the host port',
			{healthcheck: 'curl -f http://localhost:3000/health || exit 1', ports: ['8080:3000']},
			'http://localhost:8080/health',
		],
		[
			'of a script',
			{
				healthcheck: `node -e "fetch('http://127.0.0.1:3000/api/health').then(r => process.exit(r.ok ? 0 : 1))"`,
				ports: ['3000:3000'],
			},
			'http://localhost:3000/api/health',
		],
		[
			'with a query',
			{healthcheck: "wget -q 'http://localhost:3000/health?ready=1'", ports: ['3000:3000']},
			'http://localhost:3000/health?ready=1',
		],
		[
			'with the port in a variable',
			{healthcheck: 'curl http://localhost:${PORT}/up', environment: {PORT: '4000'}, ports: ['80:4000']},
			'http://localhost/up',
		],
		[
			'on an address of its own',
			{healthcheck: 'curl http://localhost:3000/', ports: ['192.168.1.5:8080:3000']},
			'http://192.168.1.5:8080/',
		],
		[
			'without a scheme, as curl takes it',
			{healthcheck: 'curl -s localhost:3000/health | grep OK', ports: ['3000:3000']},
			'http://localhost:3000/health',
		],
		['not without a published port', {healthcheck: 'curl http://localhost:3000/health'}, null],
		['not of another service', {healthcheck: 'curl http://other:3000/health', ports: ['3000:3000']}, null],
	])('%s', async (_title, sketch, expected) => {
		expect(await urlOf(sketch)).toBe(expected);
	});
});

describe('upgrade mode', () => {
	const modeOf = async (services: Readonly<Record<string, Sketch>>) =>
		(await draftOf({db: postgres, ...services})).stack.upgradeMode;
	const depends = {dependsOn: ['db']};

	test.each<readonly [string, Readonly<Record<string, Sketch>>, string]>([
		['images', {web: {image: 'example/web', ...depends}, redis: {image: 'redis'}}, 'pull'],
		['builds, beside images of infrastructure', {web: {build: '.', ...depends}, proxy: {image: 'nginx'}}, 'build'],
		['some of each', {web: {build: '.', ...depends}, worker: {image: 'example/worker', ...depends}}, 'mixed'],
		['both given', {web: {build: '.', image: 'example/web:1', ...depends}}, 'mixed'],
		['an image that only names the result', {web: {build: '.', image: 'web:local', ...depends}}, 'build'],
	])('%s', async (_title, services, mode) => {
		expect(await modeOf(services)).toBe(mode);
	});
});

describe('external databases', () => {
	test('are what no service answers for', async () => {
		const {stack} = await draftOf({
			web: {image: 'example/web', environment: {DATABASE_URL: 'postgres://shop:pw@ep-x.eu.aws.neon.tech/shop'}},
		});
		expect(stack.external).toEqual([
			{
				service: 'web',
				variable: 'DATABASE_URL',
				host: 'ep-x.eu.aws.neon.tech',
				port: 5432,
				user: 'shop',
				database: 'shop',
				provider: 'neon',
			},
		]);
		expect(stack.services[0]).toMatchObject({stopForRestore: true, connectionVariables: ['DATABASE_URL']});
	});

	test.each([
		'postgres://u@localhost/x',
		'postgres://u@127.0.0.1:5432/x',
		'postgres:///x?host=/var/run/postgresql',
		'mysql://u@db.example.com/x',
		'',
	])('%j is none', async url => {
		const {stack} = await draftOf({web: {image: 'example/web', environment: {DATABASE_URL: url}}});
		expect(stack.external).toEqual([]);
	});
});
