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

	it('the files were edited after the container was made', () => {
		const services = [{...app, log: []}];
		const edited = [{service: 'web', file: 'docker-compose.override.yml'}];
		const [first] = diagnose(evidenceOf({services, edited}));
		expect(first).toMatchObject({cause: 'env-not-loaded', confidence: 'medium', fixes: [{id: 'apply-environment'}]});
		expect(first?.summary).toContain('web still has the earlier definition');
		expect(causesOf({services: [{...app, state: 'running', exitCode: 0, log: []}], edited})).toEqual([]);
	});

	describe('migrations in the files against the books of the database', () => {
		const missing = 'error: relation "vat_rates" does not exist';
		const compared = (...pending: readonly string[]) => [
			{service: 'db', tool: 'drizzle', folder: 'drizzle', files: 4, applied: 4 - pending.length, pending: [...pending]},
		];
		const broken = [
			{...app, log: [missing]},
			{...server, log: []},
		];

		it('some are not applied', () => {
			const [first] = diagnose(evidenceOf({services: broken, migrationFiles: compared('0003_vat')}));
			expect(first).toMatchObject({cause: 'migration-not-applied', confidence: 'high'});
			expect(first?.evidence[0]?.text).toBe('4 migrations in the files, 3 applied; not applied: 0003_vat');
		});

		it('all are applied: the release itself asks for what nobody makes', () => {
			expect(causesOf({services: broken, migrationFiles: compared()})[0]).toBe('app-bug-schema');
		});

		it('a release that was pulled and not yet deployed is no problem', () => {
			const well = [{...app, state: 'running', exitCode: 0, log: ['listening']}, server];
			expect(causesOf({services: well, migrationFiles: compared('0003_vat')})).toEqual([]);
		});
	});

	it('the server takes encrypted connections alone: with TLS we get in', () => {
		const refusal = 'error: no pg_hba.conf entry for host "172.18.0.4", user "shop", database "shop", no encryption';
		const services = [
			{...app, log: [refusal]},
			{...server, log: []},
		];
		const servers = [{service: 'db', ready: true, settings: {ssl: 'on'}}];
		const probe = {service: 'web', variable: 'DATABASE_URL', step: 'database', ok: true};
		const found = (tlsUnasked: boolean) => causesOf({services, servers, probes: [{...probe, tlsUnasked}]});
		expect(found(true)[0]).toBe('db-ssl-required');
		expect(found(false)).not.toContain('db-ssl-required');
	});

	describe('a cache that does not answer', () => {
		const client = {
			...app,
			environment: {...app.environment, REDIS_URL: 'redis://cache:6379'},
			log: ['Error: getaddrinfo ENOTFOUND cache'],
		};
		const cache = {service: 'cache', role: 'cache', state: 'exited', exitCode: 0, log: ['Redis is now ready to exit']};
		const probes = [{service: 'web', variable: 'DATABASE_URL', step: 'database', ok: true, host: 'db'}];

		it('was stopped', () => {
			const [first] = diagnose(evidenceOf({services: [client, server, cache], probes}));
			expect(first).toMatchObject({cause: 'db-host-unresolvable', confidence: 'high', fixes: [{id: 'start-cache'}]});
			expect(first?.summary).toContain('cache is exited (exit code 0): it was stopped');
		});

		it('ended by itself, for its file', () => {
			const ended = {...cache, exitCode: 1, log: ["Can't handle RDB format version 12"]};
			expect(causesOf({services: [client, server, ended], probes})[0]).toBe('cache-data-incompatible');
		});
	});

	describe('memory', () => {
		const killed = {...app, state: 'exited', exitCode: 137, oomKilled: false, log: []};
		const memory = (availableBytes: number) => ({totalBytes: 4e9, availableBytes});

		it('killed without a limit on a machine that has none left', () => {
			const [first] = diagnose(evidenceOf({services: [killed], memory: memory(40e6)}));
			expect(first?.cause).toBe('oom-killed');
			expect(first?.summary).toContain('The machine has 3815 MB, 38 MB of it free');
			expect(causesOf({services: [killed], memory: memory(2e9)})).toEqual(['killed-sigkill']);
		});

		it('a process beside the main one: a restore inside of the database', () => {
			const running = {...server, createdAt: '2026-06-01T09:00:00.000Z', memoryLimitBytes: 256 * 2 ** 20, log: []};
			const event = (time: string) => [{service: 'db', action: 'oom', time}];
			const [first] = diagnose(evidenceOf({services: [running], events: event('2026-06-01T10:00:00.000Z')}));
			expect(first).toMatchObject({cause: 'oom-killed', service: 'db', fixes: [{id: 'raise-memory'}]});
			expect(first?.summary).toContain('Its limit is 256 MB');
			expect(causesOf({services: [running], events: event('2026-06-01T08:00:00.000Z')})).toEqual([]);
		});
	});

	it('a property of a printed error is no evidence beside its message', () => {
		const services = [
			{...app, log: [refused, "  code: '28P01',", '}']},
			{...server, log: []},
		];
		const [first] = diagnose(evidenceOf({services, probes: [authProbe(false)]}));
		expect(first?.evidence.map(({text}) => text).join('\n')).not.toMatch(/^code:/m);
	});
});
