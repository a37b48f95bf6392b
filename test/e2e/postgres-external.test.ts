import {randomBytes} from 'node:crypto';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {startDump} from '../../source/postgres/dump.js';
import {openExternalClient} from '../../source/postgres/external-client.js';
import {query} from '../../source/postgres/sql.js';
import {describeLab} from '../lab/describe-lab.js';
import {attempt, run} from '../lab/run.js';
import {docker, processes, startServer, type TestServer} from './postgres-server.js';

const network = `pgtest-${randomBytes(4).toString('hex')}`;
const password = 'p@ss:w/rd #1';

describeLab('a server outside of the stack', () => {
	let server: TestServer;

	beforeAll(async () => {
		await run(['docker', 'network', 'create', '--internal', network]);
		server = await startServer('postgres:18', {network, password});
		await server.sql('CREATE DATABASE "my app"');
		await server.sql('CREATE TABLE t AS SELECT generate_series(1, 20) AS n', 'my app');
	});
	afterAll(async () => {
		await server.remove();
		await attempt(['docker', 'network', 'rm', network]);
	});

	const url = (word = password) =>
		`postgresql://postgres:${encodeURIComponent(word)}@${server.container}:5432/my%20app?sslmode=prefer&schema=public`;
	const open = (text: string) =>
		openExternalClient({
			processes,
			docker,
			url: text,
			environment: process.env,
			networkOf: server.container,
			operationId: `x${randomBytes(4).toString('hex')}`,
		});
	const helpers = () => run(['docker', 'ps', '--quiet', '--filter', 'label=com.lifeboat.client']);

	it('is dumped by a client of its own major version from the network of the stack, with the password in no process list', async () => {
		const before = await helpers();
		const {client, database} = await open(url());
		expect(client.facts).toMatchObject({serverMajor: 18, clientMajor: 18});
		expect(database).toBe('my app');
		const dump = startDump({client, database, format: 'custom'});
		const {stdout: processList} = await attempt(['ps', '-eo', 'args']);
		expect(processList).not.toContain(password);
		expect(processList).not.toContain(encodeURIComponent(password));
		dump.stream.resume();
		expect((await dump.done).toc?.database).toBe('my app');
		expect(await query(client, database, 'SELECT count(*) AS n FROM t')).toEqual([{n: 20}]);
		await client.dispose();
		expect(await helpers()).toBe(before);
		expect(await server.leftovers()).toBe('');
	});

	it('says that the password is wrong, and leaves no helper behind', async () => {
		const before = await helpers();
		await expect(open(url('wrong'))).rejects.toMatchObject({
			code: 'database-unreachable',
			message: expect.not.stringContaining('wrong'),
		});
		expect(await helpers()).toBe(before);
	});
});
