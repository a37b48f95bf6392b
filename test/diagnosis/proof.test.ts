import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.js';
import {evidenceOf} from './evidence-of.js';

const refused = 'error: password authentication failed for user "shop"';
const app = {
	service: 'web',
	role: 'app',
	state: 'restarting',
	exitCode: 1,
	startedAt: '2026-06-01T10:00:00.000Z',
	environment: {DATABASE_URL: 'postgres://shop:***@db:5432/shop'},
};
const server = {
	service: 'db',
	role: 'database',
	image: 'postgres:17',
	state: 'running',
	startedAt: '2026-06-01T09:00:00.000Z',
	environment: {POSTGRES_USER: 'shop', POSTGRES_PASSWORD: '***'},
};
const authProbe = (samePassword: boolean) => ({
	service: 'web',
	variable: 'DATABASE_URL',
	step: 'auth',
	ok: false,
	detail: 'FATAL:  password authentication failed for user "shop"',
	host: 'db',
	samePassword,
});
const causesOf = (input: Parameters<typeof evidenceOf>[0]) => diagnose(evidenceOf(input)).map(({cause}) => cause);

describe('a proven cause hides other readings of its lines', () => {
	const services = [
		{...app, log: [refused]},
		{...server, log: []},
	];

	it('both sides have the same password: the volume has another', () => {
		expect(causesOf({services, probes: [authProbe(true)]})).toEqual(['db-auth-stale-volume']);
	});

	it('the sides differ', () => {
		expect(causesOf({services, probes: [authProbe(false)]})).toEqual(['db-auth-failed']);
	});

	it('the server has no such role', () => {
		const servers = [{service: 'db', ready: true, roles: ['postgres', 'store'], databases: ['shop']}];
		expect(causesOf({services, servers, probes: [authProbe(true)]})[0]).toBe('db-role-missing');
	});
});

describe('what the server complained of before', () => {
	const old = '2026-06-01 09:30:00.000 UTC [77] FATAL:  password authentication failed for user "shop"';
	const recent = '2026-06-01 10:00:02.000 UTC [99] FATAL:  password authentication failed for user "shop"';

	it('is no finding once the application was started anew and runs', () => {
		const services = [
			{...app, state: 'running', exitCode: 0, log: ['listening']},
			{...server, log: [old]},
		];
		expect(causesOf({services})).toEqual([]);
	});

	it('does not speak about what failed later', () => {
		const services = [
			{...app, log: ['DATABASE_URL is not set.']},
			{...server, log: [old]},
		];
		expect(causesOf({services})).toEqual(['db-url-missing']);
	});

	it('counts when it goes on', () => {
		const services = [
			{...app, log: []},
			{...server, log: [old, recent]},
		];
		expect(causesOf({services})[0]).toMatch(/^db-auth/);
	});
});

describe('what no log says', () => {
	it('a port of a service that does not run is taken', () => {
		const services = [{...app, state: 'created', log: [], ports: [{container: 3000, host: 3000}]}];
		const [first] = diagnose(evidenceOf({services, portsInUse: [{port: 3000, owner: 'container other-web-1'}]}));
		expect(first).toMatchObject({cause: 'port-in-use', service: 'web', confidence: 'high'});
		expect(first?.summary).toContain('container other-web-1');
	});

	it('the files were edited and the container was only restarted', () => {
		const services = [{...app, log: []}];
		const drift = [{service: 'web', variable: 'DATABASE_URL', kind: 'changed'}];
		const [first] = diagnose(evidenceOf({services, environmentDrift: drift}));
		expect(first).toMatchObject({cause: 'env-not-loaded', confidence: 'medium', fixes: [{id: 'apply-environment'}]});
		expect(first?.summary).toContain('web still has the earlier value of DATABASE_URL');
		const healthy = [{...app, state: 'running', exitCode: 0, log: []}];
		expect(causesOf({services: healthy, environmentDrift: drift})).toEqual([]);
	});

	it('somebody sent SIGKILL', () => {
		const services = [{...app, state: 'exited', exitCode: 137, oomKilled: false, log: []}];
		const events = [{service: 'web', action: 'kill', signal: 9, time: '2026-06-01T10:00:05.000Z'}];
		expect(diagnose(evidenceOf({services, events}))[0]).toMatchObject({cause: 'killed-sigkill', confidence: 'high'});
	});

	it('a session holds the lock that the migrations gave up to wait for', () => {
		const services = [
			{...app, service: 'migrate', role: 'migrate', state: 'exited', log: ['canceling statement due to lock timeout']},
			{...server, log: []},
		];
		const locks = [{pid: 481, application: 'old-run', state: 'idle', seconds: 900, address: 'local', waiting: 0}];
		const [first] = diagnose(evidenceOf({services, servers: [{service: 'db', ready: true, locks}]}));
		expect(first).toMatchObject({cause: 'migration-lock-stale', service: 'migrate', confidence: 'high'});
		expect(first?.evidence[0]?.text).toContain('session 481 (old-run');
	});

	it('a database without a table', () => {
		const services = [
			{...app, log: ['error: relation "drizzle.__drizzle_migrations" does not exist']},
			{...server, log: []},
		];
		const servers = [{service: 'db', ready: true, databases: ['shop'], tablesByDatabase: {shop: 0}}];
		expect(causesOf({services, servers})).toEqual(['migration-not-applied']);
	});

	it('the health check fails and the service answers', () => {
		const services = [{...app, state: 'running', exitCode: 0, health: 'unhealthy', log: ['listening']}];
		const probes = [{service: 'web', variable: 'http://localhost:3000/', step: 'http-inside', ok: true, status: 200}];
		expect(causesOf({services, probes})).toEqual(['healthcheck-broken']);
	});
});
