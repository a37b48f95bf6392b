import {expect, test} from 'vitest';
import type {ContainerDetails, Processes} from '../../source/engine/types.js';
import {clientVersionScript, readClientVersion} from '../../source/postgres/client-version.js';
import {openContainerClient} from '../../source/postgres/open-client.js';
import {attempt} from '../lab/run.js';

const facts = {
	clientVersion: '17.6',
	clientMajor: 17,
	supportsZstd: true,
	serverVersion: '17.6',
	serverVersionNumber: 170_006,
	serverMajor: 17,
	superuser: true,
	maintenanceDatabase: 'postgres',
};

/** A container whose server says that it has been upgraded meanwhile; counts what is run in it. */
function container(state: Partial<ContainerDetails['state']> = {}) {
	const ran: string[] = [];
	const processes = {
		async run(_file: string, args: readonly string[]) {
			const isScript = args.some(arg => arg.includes('lifeboat_client='));
			ran.push(isScript ? 'client' : 'server');
			const stdout = isScript ? 'client pg_dump (PostgreSQL) 18.1\n' : '180001 false 18.1\n';
			return {exitCode: 0, stdout, stderr: '', timedOut: false};
		},
	} as unknown as Processes;
	const details = {
		id: 'db-1',
		name: 'shop-db-1',
		state: {running: true, status: 'running', startedAt: '2026-06-14T02:00:00Z', ...state},
	} as unknown as ContainerDetails;
	return {processes, docker: {inspectContainer: async () => details}, ran};
}

const open = (where: ReturnType<typeof container>) =>
	openContainerClient({
		...where,
		operationId: 'test',
		containerId: 'db-1',
		user: 'shop',
		known: {startedAt: '2026-06-14T02:00:00Z', facts},
	});

test('what is known of a container is not asked again', async () => {
	const where = container();
	expect((await open(where)).facts).toEqual(facts);
	expect(where.ran).toEqual([]);
});

test('a container that was started anew since then is asked', async () => {
	const where = container({startedAt: '2026-06-14T03:00:00Z'});
	expect((await open(where)).facts).toMatchObject({
		serverVersionNumber: 180_001,
		superuser: false,
		clientMajor: 18,
		supportsZstd: false,
	});
	expect(where.ran.toSorted()).toEqual(['client', 'server']);
});

test.each([[{running: false, status: 'exited'}], [{status: 'paused'}]] as const)(
	'%j is refused, whatever is known',
	async state => {
		await expect(open(container(state))).rejects.toMatchObject({code: 'database-not-running'});
	},
);

test.each([
	['knows zstd', 'connection to server on socket "/nonexistent/lifeboat/.s.PGSQL.5432" failed', true],
	[
		'does not',
		'pg_dump: error: invalid compression specification: this build does not support compression with zstd',
		false,
	],
	['is older', 'pg_dump: error: invalid value "zstd" for option -Z/--compress', false],
])('a pg_dump that %s', async (_what, complaint, supportsZstd) => {
	const pgDump = `pg_dump() { if [ "$1" = --version ]; then echo 'pg_dump (PostgreSQL) 16.4 (Debian 16.4-1)'; else echo '${complaint}' >&2; return 1; fi; }`;
	const {stdout} = await attempt(['sh', '-c', `${pgDump}\n${clientVersionScript}`]);
	expect(readClientVersion(stdout.split('\n'))).toEqual({clientVersion: '16.4', clientMajor: 16, supportsZstd});
});

test('no pg_dump at all', async () => {
	const {stdout} = await attempt(['sh', '-c', `pg_dump() { return 127; }\n${clientVersionScript}`]);
	expect(readClientVersion(stdout.split('\n'))).toBeUndefined();
});
