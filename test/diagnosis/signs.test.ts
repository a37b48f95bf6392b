import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.js';
import {measureSecret} from '../../source/diagnosis/secret-facts.js';
import {evidenceOf, service} from './evidence-of.js';

const down = {state: 'restarting', exitCode: 1};
const running = {state: 'running', exitCode: 0};

describe('what no log says', () => {
	it('an address with a port that is not published, as sign-in loops', () => {
		const stack = (url: string) =>
			evidenceOf({
				services: [
					service('web', 'app', 'listening', {
						...running,
						environment: {BETTER_AUTH_URL: url},
						ports: [{container: 3000, host: 8080, hostIp: '0.0.0.0'}],
					}),
				],
			});
		expect(diagnose(stack('http://localhost:3000'))[0]).toMatchObject({cause: 'public-url-mismatch', service: 'web'});
		expect(diagnose(stack('http://localhost:8080'))).toEqual([]);
		expect(diagnose(stack('https://shop.example.org'))).toEqual([]);
	});

	it('an address other than the one that the user types', () => {
		const [first] = diagnose(
			evidenceOf({
				services: [service('web', 'app', 'listening', {...running, environment: {NEXTAUTH_URL: 'http://shop.lan'}})],
				publicUrl: 'https://shop.lan/',
			}),
		);
		expect(first).toMatchObject({cause: 'public-url-mismatch', confidence: 'high'});
	});

	it('a short or monotonous secret, by its measures alone', () => {
		const stack = (value: string) =>
			evidenceOf({
				services: [service('web', 'app', 'listening', running)],
				secrets: [{service: 'web', variable: 'BETTER_AUTH_SECRET', ...measureSecret(value)}],
			});
		expect(diagnose(stack('short'))[0]?.cause).toBe('secret-weak');
		expect(diagnose(stack('ababababababababababababababababab'))[0]?.cause).toBe('secret-weak');
		expect(diagnose(stack('k3Jq9vX1mB7tR5yZ0pL8wN2sD6fG4hCa'))).toEqual([]);
	});

	it('a host that is no service, and the state of the database', () => {
		const [first] = diagnose(
			evidenceOf({
				services: [
					service('web', 'app', 'exiting', {...down, environment: {DATABASE_URL: 'postgres://a:***@postgres:5432/a'}}),
					service('db', 'database', '', {state: 'exited', exitCode: 0}),
				],
				serviceNames: ['web', 'db'],
			}),
		);
		expect(first?.cause).toBe('db-host-unresolvable');
		expect(first?.summary).toContain('db is exited (exit code 0)');
	});

	it('an empty database', () => {
		const [first] = diagnose(
			evidenceOf({
				services: [service('web', 'app', 'exiting', down), service('db', 'database', '', running)],
				servers: [{service: 'db', ready: true, tables: 0}],
			}),
		);
		expect(first?.cause).toBe('migration-not-applied');
	});

	it.each([
		['roles', {roles: ['postgres']}, 'db-role-missing'],
		['databases', {roles: ['shop'], databases: ['postgres']}, 'db-name-missing'],
		['connections', {connections: 99, maxConnections: 100}, 'db-too-many-clients'],
		['collations', {collationMismatches: ['shop']}, 'collation-mismatch'],
		['migrations', {migrations: [{tool: 'prisma', applied: 4, failed: 1}]}, 'migration-failed-state'],
		['the major version of the data', {dataMajor: 15}, 'db-version-incompatible'],
	])('the view of the server: %s', (_name, server, cause) => {
		const [first] = diagnose(
			evidenceOf({
				services: [
					service('web', 'app', '', {...running, environment: {DATABASE_URL: 'postgres://shop:***@db:5432/shop'}}),
					service('db', 'database', '', {...running, image: 'postgres:17'}),
				],
				servers: [{service: 'db', ready: true, ...server}],
			}),
		);
		expect(first?.cause).toBe(cause);
	});

	const ports = {environment: {DATABASE_URL: 'postgres://a:***@db:5433/a'}};
	const folder = {
		mounts: [{type: 'bind', source: '/srv/app.conf', target: '/etc/app.conf', kind: 'directory'}],
	};
	it.each([
		['the port of the server', ports, 'db-port-wrong'],
		['a mount that became a folder', folder, 'mount-path-type'],
		['line ends of the entry point', {entrypointLineEnds: 'crlf'}, 'crlf-entrypoint'],
		['localhost', {environment: {DB_HOST: '127.0.0.1'}}, 'db-host-localhost'],
		['quotes around a connection string', {environment: {DATABASE_URL: "'postgres://a:***@db/a'"}}, 'db-url-malformed'],
		['an illegal instruction', {exitCode: 132}, 'cpu-unsupported'],
	])('the service itself: %s', (_name, own, cause) => {
		const services = [service('web', 'app', '', {...down, ...own}), service('db', 'database', '', running)];
		expect(diagnose(evidenceOf({services}))[0]?.cause).toBe(cause);
	});

	it('a disk without room', () => {
		const services = [service('db', 'database', '', running)];
		const disk = [{path: '/var/lib/docker', freeBytes: 1000}];
		expect(diagnose(evidenceOf({services, disk}))[0]?.cause).toBe('disk-full');
	});

	it('an image for another CPU', () => {
		const [first] = diagnose(
			evidenceOf({
				services: [service('web', 'app', '', {...down, architecture: 'arm64'})],
				engineInfo: {architecture: 'x86_64'},
			}),
		);
		expect(first?.cause).toBe('arch-mismatch');
	});
});
