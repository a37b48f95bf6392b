import {describe, expect, test} from 'vitest';
import {judgePostgres, postgresSignals} from '../../source/stack/postgres-signals.js';
import {factsOf, modelOf, type Sketch} from './fixture.js';

function judge(sketch: Sketch) {
	const service = modelOf({it: sketch}).services[0];
	if (service === undefined) throw new Error('no service');
	return judgePostgres(service, []);
}

const rulesOf = (sketch: Sketch) => judge(sketch).found.map(({rule}) => rule);

describe('images that are servers', () => {
	test.each([
		'postgres',
		'postgres:17-alpine@sha256:0000000000000000000000000000000000000000000000000000000000000000',
		'docker.io/library/postgres:16',
		'registry.example.com:5000/mirror/postgres:16',
		'postgis/postgis:17-3.5',
		'imresamu/postgis:16-3.4',
		'timescale/timescaledb:latest-pg15',
		'timescale/timescaledb-ha:pg17',
		'pgvector/pgvector:pg16',
		'pgautoupgrade/pgautoupgrade:16-alpine',
		'citusdata/citus:13.0',
		'bitnami/postgresql:latest',
		'bitnami/postgresql-repmgr:16',
		'supabase/postgres:15.8.1.060',
		'tensorchord/pgvecto-rs:pg14-v0.2.0',
		'example/postgres-documentdb:17',
		'example/postgresql-16:6.1',
		'example/shop-postgres:3',
	])('%s', image => {
		expect(judge({image}).isServer).toBe(true);
	});
});

describe('images that only speak of it', () => {
	test.each([
		'example/app:postgresql-latest',
		'prometheuscommunity/postgres-exporter',
		'edoburu/pgbouncer',
		'postgrest/postgrest',
		'supabase/postgres-meta:v0.80',
		'dpage/pgadmin4',
		'prodrigestivill/postgres-backup-local',
		'cockroachdb/cockroach',
		'example/migrator-postgres-migrate',
		'example/app',
	])('%s', image => {
		expect(judge({image, environment: {POSTGRES_PASSWORD: 'x'}}).isServer).toBe(false);
	});
});

describe('each signal', () => {
	test.each<readonly [string, Sketch]>([
		['server-image', {image: 'postgres:17'}],
		['foreign-image', {image: 'mariadb:11'}],
		['data-mount', {image: 'x', volumes: ['data:/var/lib/postgresql/data']}],
		['data-mount', {image: 'x', volumes: ['data:/data'], environment: {PGDATA: '/data/pg'}}],
		['server-settings', {image: 'x', environment: {POSTGRES_PASSWORD_FILE: '/run/secrets/pw'}}],
		['initdb-settings', {image: 'x', environment: {POSTGRES_HOST_AUTH_METHOD: 'trust'}}],
		['init-scripts', {image: 'x', volumes: ['./init:/docker-entrypoint-initdb.d']}],
		['ready-check', {image: 'x', healthcheck: 'pg_isready -U shop'}],
		['server-command', {image: 'x', command: ['postgres', '-c', 'max_connections=200']}],
		['client-command', {image: 'postgres:17', command: ['sh', '-c', 'pg_dump -h db shop > /out/shop.sql']}],
	])('%s', (rule, sketch) => {
		expect(rulesOf(sketch)).toContain(rule);
	});

	test('named-as-host comes from the connection strings of others', () => {
		const {servers} = factsOf({
			store: {image: 'example/store', environment: {POSTGRES_PASSWORD: 'x'}},
			web: {image: 'example/web', environment: {DATABASE_URL: 'postgres://a:b@store:5432/shop'}},
		});
		expect([...servers]).toEqual(['store']);
	});

	test('a health check that asks another host is no sign', () => {
		expect(rulesOf({image: 'x', healthcheck: 'pg_isready -h db -U shop'})).not.toContain('ready-check');
	});

	test('all are tested here', () => {
		const tested = [
			'server-image',
			'foreign-image',
			'data-mount',
			'server-settings',
			'initdb-settings',
			'init-scripts',
			'ready-check',
			'server-command',
			'client-command',
			'named-as-host',
		];
		expect(postgresSignals.map(({rule}) => rule).sort()).toEqual(tested.sort());
	});
});

describe('verdicts', () => {
	test('a server of an own build needs no telling name', () => {
		expect(
			judge({build: './db', environment: {POSTGRES_PASSWORD: 'x'}, volumes: ['d:/var/lib/postgresql/data']}).isServer,
		).toBe(true);
	});

	test("an application that is given the server's variables is no server", () => {
		expect(
			judge({image: 'example/app', environment: {POSTGRES_PASSWORD: 'x', PGDATA: '/x', POSTGRES_DB: 'shop'}}).isServer,
		).toBe(false);
	});

	test('the image of a server that only dumps is no server', () => {
		expect(
			judge({image: 'postgres:17', entrypoint: ['sh', '-c'], command: ['while true; do pg_dump -h db shop; done']})
				.isServer,
		).toBe(false);
	});

	test('a URL with postgres:// does not make CockroachDB a server', () => {
		const {servers} = factsOf({
			cockroach: {image: 'cockroachdb/cockroach:v24'},
			web: {image: 'example/web', environment: {DB_URL: 'postgres://root@cockroach:26257/defaultdb'}},
		});
		expect([...servers]).toEqual([]);
	});

	test('the image that a Dockerfile starts from counts', () => {
		const {servers} = factsOf({db: {build: './db'}}, {dockerfiles: {db: {base: 'postgres:16', healthcheck: null}}});
		expect([...servers]).toEqual(['db']);
	});
});
