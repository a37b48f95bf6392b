import {createWriteStream} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Writable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {isAppError} from '../../source/errors.js';
import type {PostgresClient} from '../../source/postgres/client.js';
import {countRows, readContents, sumCounts} from '../../source/postgres/contents.js';
import {type DumpOptions, startDump} from '../../source/postgres/dump.js';
import {dumpGlobals} from '../../source/postgres/globals.js';
import {readMigrations} from '../../source/postgres/migrations.js';
import {readGlobals} from '../../source/postgres/roles.js';
import {takeSnapshot} from '../../source/postgres/snapshot.js';
import {query} from '../../source/postgres/sql.js';
import {describeLab} from '../lab/describe-lab.js';
import {attempt, run} from '../lab/run.js';
import {oddDatabase, startServer, type TestServer, until} from './postgres-server.js';

const name = `odd 'data"base; -- ü`;
const quoted = `"${name.replaceAll('"', '""')}"`;

/** Takes the first bytes and then nothing more until it is let go: what a full disk or a slow network does to a dump. */
function slowSink() {
	let release = () => {};
	let begun = () => {};
	const first = new Promise<void>(resolve => {
		begun = resolve;
	});
	const gate = new Promise<void>(resolve => {
		release = resolve;
	});
	const sink = new Writable({
		highWaterMark: 1,
		write(_chunk, _encoding, callback) {
			begun();
			gate.then(
				() => callback(),
				() => callback(),
			);
		},
	});
	return {sink, first, release};
}

describeLab('dumping PostgreSQL 17', () => {
	let server: TestServer;
	let folder: string;

	beforeAll(async () => {
		server = await startServer('postgres:17', {user: 'clerq'});
		folder = await mkdtemp(join(tmpdir(), 'lifeboat-dump-'));
		await server.sql(`CREATE DATABASE ${quoted}`);
		await server.sql(oddDatabase(60_000), name);
	});
	afterAll(async () => {
		await server.remove();
		await rm(folder, {recursive: true, force: true});
	});

	const dumpTo = async (client: PostgresClient, options: Partial<DumpOptions> = {}) => {
		const file = join(folder, `${client.applicationName}.dump`);
		const dump = startDump({client, database: name, format: 'custom', ...options});
		await pipeline(dump.stream, createWriteStream(file));
		return {file, result: await dump.done};
	};

	/** Runs a dump whose reader has stopped after the first bytes; lets the fault happen; returns what the dump rejects with. */
	const dumpThrough = async (
		client: PostgresClient,
		fault: () => Promise<unknown>,
		options: Partial<DumpOptions> = {},
	): Promise<unknown> => {
		const {sink, first, release} = slowSink();
		const dump = startDump({client, database: name, format: 'custom', compression: 'none', ...options});
		const copied = pipeline(dump.stream, sink).then(
			() => undefined,
			(error: unknown) => error,
		);
		await first;
		await fault();
		release();
		const error = await dump.done.then(
			() => undefined,
			(failure: unknown) => failure,
		);
		expect(await copied, 'the stream must not look finished').toBeDefined();
		return error;
	};

	it('dumps a database with an odd name, and pg_restore of the server reads it to its end', async () => {
		const client = await server.open();
		const {file, result} = await dumpTo(client);
		expect(client.facts).toMatchObject({serverMajor: 17, clientMajor: 17, superuser: true, supportsZstd: true});
		expect(result.toc).toMatchObject({database: name, compression: 'zstd', format: 'custom'});
		expect(result.messages).toEqual([]);
		const decoded = await run(['docker', 'exec', '-i', server.container, 'sh', '-c', 'pg_restore -f - | tail -n 5'], {
			input: await readFile(file),
		});
		expect(decoded).toContain('PostgreSQL database dump complete');
		await client.dispose();
	});

	it('counts rows in the very snapshot of the dump, while others write', async () => {
		const client = await server.open();
		const writer = run(
			[
				'docker',
				'exec',
				'-i',
				server.container,
				'psql',
				'-XqU',
				'clerq',
				'-d',
				`dbname='${name.replaceAll("'", "\\'")}'`,
			],
			{input: Array.from({length: 300}, (_, at) => `INSERT INTO big (body) VALUES ('during ${at}');`).join('\n')},
		);
		const snapshot = await takeSnapshot(client, name);
		const contents = await readContents(snapshot.session);
		const dump = startDump({client, database: name, format: 'plain', snapshot: snapshot.id});
		const text: string[] = [];
		const [counts] = await Promise.all([
			countRows(snapshot.session, contents.tables),
			(async () => {
				for await (const chunk of dump.stream) text.push(String(chunk));
			})(),
		]);
		await dump.done;
		await writer;
		const migrations = await readMigrations(snapshot.session);
		await snapshot.close();
		const rows = /^COPY public\.big .*;\n([\s\S]*?)^\\\.$/m.exec(text.join(''))?.[1]?.split('\n').length ?? 0;
		expect(counts.find(count => count.name === 'big')?.rows).toBe(rows - 1);
		expect(counts.find(count => count.name === 'we"ird -- näme 表')?.rows).toBe(500);
		expect(counts.find(count => count.name === 'parts')).toMatchObject({kind: 'partitioned', rows: null});
		expect(counts.find(count => count.name === 'never')?.rows).toBeNull();
		expect(sumCounts(counts)).toEqual({tables: 7, rows: rows - 1 + 500 + 1000 + 2 + 10});
		expect(contents).toMatchObject({largeObjects: 1, schemas: ['Odd; Schema', 'drizzle', 'public']});
		expect([...contents.roles].sort()).toEqual(['Odd Owner', 'clerq', 'reader']);
		expect(migrations).toMatchObject([{tool: 'drizzle', applied: 2, latest: 'two'}]);
		await client.dispose();
		expect(await server.leftovers()).toBe('');
		await server.sql("DELETE FROM big WHERE body LIKE 'during%'", name);
	});

	it('dumps roles with their verifiers, or without', async () => {
		const client = await server.open();
		const globals = await dumpGlobals(client);
		expect(globals.withPasswords).toBe(true);
		expect(readGlobals(globals.sql).roles.map(role => role.name)).toContain('Odd Owner');
		expect((await dumpGlobals(client, {rolePasswords: false})).sql).not.toContain('SCRAM');
		await client.dispose();
	});

	it('a cancelled dump leaves nothing in the container and on the server', async () => {
		const client = await server.open();
		const controller = new AbortController();
		const error = await dumpThrough(client, async () => controller.abort(), {signal: controller.signal});
		expect(isAppError(error, 'cancelled')).toBe(true);
		expect(await server.leftovers()).toBe('');
		await client.dispose();
	});

	it('names the table lock and its holder when the wait is over', async () => {
		const client = await server.open();
		const blocked: string[] = [];
		const holder = attempt(
			[
				'docker',
				'exec',
				'-i',
				server.container,
				'psql',
				'-XqU',
				'clerq',
				'-d',
				`dbname='${name.replaceAll("'", "\\'")}' application_name=migrator`,
			],
			{input: 'BEGIN; LOCK TABLE big; SELECT pg_sleep(90);'},
		);
		await until(
			() =>
				server.sql(
					"SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation IS NOT NULL",
				),
			/^[1-9]/,
		);
		const dump = startDump({
			client,
			database: name,
			format: 'custom',
			lockWaitTimeoutMs: 5000,
			onBlocked: holders => blocked.push(holders.map(one => one.applicationName).join()),
		});
		dump.stream.on('error', () => {});
		dump.stream.resume();
		const error = await dump.done.catch((failure: unknown) => failure);
		expect(error).toMatchObject({code: 'lock-timeout', message: expect.stringContaining('migrator')});
		expect(error).toMatchObject({message: expect.stringContaining('has locked big')});
		expect(blocked).toContain('migrator');
		await server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'migrator'");
		await holder;
		await client.dispose();
		expect(await server.leftovers()).toBe('');
	}, 60_000);

	it('a backend ended by an administrator is a failure, though the bytes end at a row', async () => {
		for (const format of ['custom', 'plain'] as const) {
			const client = await server.open();
			const error = await dumpThrough(
				client,
				() =>
					server.sql("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%'"),
				{format},
			);
			expect(error).toMatchObject({
				code: 'dump-failed',
				message: expect.stringMatching(/ended by an administrator|connection/),
			});
			await client.dispose();
		}
	});

	it('docker exec ended by SIGTERM exits 0 with half a dump: still a failure, and nothing runs on', async () => {
		const client = await server.open();
		const error = await dumpThrough(client, async () => {
			const {stdout} = await attempt(['pgrep', '-f', `docker exec.*${client.applicationName}-.*pg_dump`]);
			for (const pid of stdout.trim().split('\n').filter(Boolean)) process.kill(Number(pid), 'SIGTERM');
			await sleep(500);
		});
		expect(isAppError(error)).toBe(true);
		expect(await server.leftovers()).toBe('');
		await client.dispose();
	});

	it('says that the container was restarted, stopped or removed half way', async () => {
		for (const [action, message] of [
			[['restart', '-t', '1'], /restarted/],
			[['stop', '-t', '1'], /stopped/],
		] as const) {
			const client = await server.open();
			const error = await dumpThrough(client, () => run(['docker', action[0], ...action.slice(1), server.container]));
			expect(error).toMatchObject({code: 'container-stopped', message: expect.stringMatching(message)});
			await client.dispose();
			await attempt(['docker', 'start', server.container]);
			await until(
				async () => (await attempt(['docker', 'exec', server.container, 'pg_isready', '-h', '127.0.0.1'])).stdout,
				/accepting/,
			);
		}

		const other = await startServer('postgres:17');
		await other.sql(oddDatabase(60_000));
		const client = await other.open();
		const error = await dumpThrough(client, () => other.remove(), {database: 'postgres'});
		expect(error).toMatchObject({code: 'container-stopped', message: expect.stringMatching(/removed/)});
		await client.dispose();
	}, 120_000);

	it('a crash of the server is told from an end by hand', async () => {
		const other = await startServer('postgres:17');
		await other.sql(oddDatabase(60_000));
		const client = await other.open();
		const crash = async () => {
			const pid = await other.sql("SELECT pid FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%' LIMIT 1");
			await attempt(['docker', 'exec', other.container, 'sh', '-c', `kill -9 ${Number(pid)}`]);
		};

		const error = await dumpThrough(client, crash, {database: 'postgres'});
		expect(error).toMatchObject({code: 'dump-failed', message: expect.stringMatching(/the server crashed/)});
		await client.dispose();
		await other.remove();
	}, 60_000);

	it('a reader that goes away ends pg_dump', async () => {
		const client = await server.open();
		const {sink, first} = slowSink();
		const dump = startDump({client, database: name, format: 'custom', compression: 'none'});
		const copied = pipeline(dump.stream, sink).catch(() => 'broken');
		await first;
		sink.destroy(new Error('disk full'));
		expect(await copied).toBe('broken');
		await dump.done.catch(() => {});
		expect(await server.leftovers()).toBe('');
		await client.dispose();
	});

	it('a role without rights to a table fails with the table in the message', async () => {
		const reader = await server.open();
		await server.sql("CREATE ROLE limited LOGIN; ALTER ROLE limited SET lc_messages = 'C'");
		await reader.dispose();
		const {openContainerClient} = await import('../../source/postgres/open-client.js');
		const {docker, processes} = await import('./postgres-server.js');
		const client = await openContainerClient({
			processes,
			docker,
			containerId: server.container,
			user: 'limited',
			operationId: 'limited',
		});
		expect(client.facts.superuser).toBe(false);
		const dump = startDump({client, database: name, format: 'custom'});
		dump.stream.on('error', () => {});
		dump.stream.resume();
		await expect(dump.done).rejects.toMatchObject({message: expect.stringMatching(/permission denied/)});
		expect((await query<{n: number}>(client, name, 'SELECT 1 AS n'))[0]?.n).toBe(1);
		await client.dispose();
	});
});
