import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.js';
import {evidenceOf, service} from './evidence-of.js';

const down = {state: 'restarting', exitCode: 1};
const failed = {state: 'exited', exitCode: 1};

describe('the first failing layer is named, the rest is shown under it', () => {
	it('a wrong password stops the migration and with it the application: one cause, two consequences', () => {
		const findings = diagnose(
			evidenceOf({
				services: [
					service(
						'migrate',
						'migrate',
						'error: password authentication failed for user "shop"\nMigration failed',
						failed,
					),
					service('web', 'app', 'error: relation "orders" does not exist', down),
				],
			}),
		);
		expect(findings[0]?.cause).toBe('db-auth-failed');
		expect(findings[0]?.consequences.map(({cause}) => cause)).toEqual(
			expect.arrayContaining(['migration-failed', 'migration-not-applied']),
		);
		expect(findings.map(({cause}) => cause)).not.toContain('migration-not-applied');
	});

	it('a database that cannot start explains a name that does not resolve', () => {
		const [first, ...others] = diagnose(
			evidenceOf({
				services: [
					service('web', 'app', 'Error: getaddrinfo ENOTFOUND db', down),
					service('db', 'database', 'FATAL:  database files are incompatible with server', down),
				],
				compose: ['dependency failed to start: container shop-db-1 is unhealthy'],
			}),
		);
		expect(first).toMatchObject({cause: 'db-version-incompatible', service: 'db', confidence: 'high'});
		expect(first?.consequences.map(({cause}) => cause)).toEqual(
			expect.arrayContaining(['db-host-unresolvable', 'healthcheck-broken']),
		);
		expect(others).toEqual([]);
	});

	it('a service that is down without a word of its own is named among the consequences', () => {
		const [first] = diagnose(
			evidenceOf({
				services: [
					service('db', 'database', 'FATAL:  lock file "postmaster.pid" already exists', down),
					service('worker', 'worker', 'starting', failed),
				],
			}),
		);
		expect(first?.consequences).toContainEqual(expect.objectContaining({service: 'worker', cause: null}));
	});

	it('a harmless warning comes after what is broken', () => {
		const causes = diagnose(
			evidenceOf({
				services: [
					service('db', 'database', 'WARNING:  database "shop" has a collation version mismatch', {state: 'running'}),
					service('web', 'app', 'Error: SESSION_SECRET is not set', down),
				],
			}),
		).map(({cause}) => cause);
		expect(causes).toEqual(['secret-missing', 'collation-mismatch']);
	});
});

describe('one line, several causes', () => {
	const refusal = (more: object = {}) => [
		service('web', 'app', 'error: password authentication failed for user "shop"', {...down, ...more}),
	];

	it('stays open while only the log speaks', () => {
		const findings = diagnose(evidenceOf({services: refusal()}));
		expect(findings.map(({cause}) => cause)).toEqual(
			expect.arrayContaining(['db-auth-failed', 'db-auth-stale-volume']),
		);
	});

	it('is decided by the age of the volume', () => {
		const findings = diagnose(
			evidenceOf({
				services: [
					...refusal(),
					service('db', 'database', 'LOG:  database system is ready to accept connections', {
						state: 'running',
						createdAt: '2026-06-02T10:00:00Z',
						mounts: [{type: 'volume', target: '/var/lib/postgresql/data', createdAt: '2026-01-01T10:00:00Z'}],
					}),
				],
			}),
		);
		expect(findings[0]).toMatchObject({cause: 'db-auth-stale-volume', confidence: 'high'});
		expect(findings[0]?.fixes[0]?.id).toBe('align-role-password');
	});

	it('is dropped when a probe signs in with the same credentials', () => {
		const probes = [{service: 'web', variable: 'DATABASE_URL', step: 'auth', ok: true, detail: null}];
		expect(diagnose(evidenceOf({services: refusal(), probes}))).toEqual([]);
	});

	it('is raised by a probe that fails, even without a log', () => {
		const probes = [
			{
				service: 'web',
				variable: 'DATABASE_URL',
				step: 'dns',
				ok: false,
				detail: 'could not translate host name "database" to address: Name or service not known',
			},
		];
		const [first] = diagnose(
			evidenceOf({services: [service('web', 'app', 'crashed', down)], serviceNames: ['web', 'db'], probes}),
		);
		expect(first).toMatchObject({cause: 'db-host-unresolvable', confidence: 'high', service: 'web'});
		expect(first?.evidence[0]?.source).toBe('web: dns probe of DATABASE_URL');
	});

	it('networks without a common one say why a right name does not resolve', () => {
		const findings = diagnose(
			evidenceOf({
				services: [
					service('web', 'app', 'Error: getaddrinfo EAI_AGAIN db', {
						...down,
						networks: ['proxy'],
						environment: {DATABASE_URL: 'postgres://shop:***@db:5432/shop'},
					}),
					service('db', 'database', 'LOG:  database system is ready to accept connections', {
						state: 'running',
						networks: ['shop_default'],
					}),
				],
			}),
		);
		expect(findings).toMatchObject([{cause: 'db-network-mismatch', confidence: 'high'}]);
	});
});
