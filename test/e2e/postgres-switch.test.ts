import {createWriteStream} from 'node:fs';
import {mkdtemp, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {readArchiveToc} from '../../source/postgres/archive.js';
import {readServer} from '../../source/postgres/catalogue.js';
import {countRows, readContents, sumCounts} from '../../source/postgres/contents.js';
import {createDatabase, dropDatabase} from '../../source/postgres/database.js';
import {startDump} from '../../source/postgres/dump.js';
import {explainWarnings} from '../../source/postgres/notices.js';
import {restoreArchive} from '../../source/postgres/restore-archive.js';
import {takeSnapshot} from '../../source/postgres/snapshot.js';
import {execute, query} from '../../source/postgres/sql.js';
import {
	describeExchange,
	exchangeDatabases,
	findRenameObstacles,
	nameFormer,
	nameIncoming,
	openDatabases,
	undoExchange,
} from '../../source/postgres/switch.js';
import {describeLab} from '../lab/describe-lab.js';
import {run} from '../lab/run.js';
import {startServer, type TestServer, until} from './postgres-server.js';

const live = `app "x'; é`;
const quoted = `"${live.replaceAll('"', '""')}"`;
const exchange = {live, incoming: nameIncoming(live, new Date()), former: nameFormer(live, new Date())};
const names = async (server: TestServer) => server.sql('SELECT count(*) FROM pg_database WHERE NOT datistemplate');

describeLab('exchanging databases by rename', () => {
	let server: TestServer;

	beforeAll(async () => {
		server = await startServer('postgres:17', {command: ['-c', 'max_prepared_transactions=2']});
	});
	afterAll(async () => {
		await server.remove();
	});

	const prepare = async () => {
		const client = await server.open();
		for (const name of [exchange.live, exchange.incoming, exchange.former]) await dropDatabase(client, name);
		await server.sql(`CREATE DATABASE ${quoted}; CREATE DATABASE "${exchange.incoming.replaceAll('"', '""')}"`);
		await server.sql("CREATE TABLE which AS SELECT 'old' AS it; CREATE TABLE hits (at timestamptz)", exchange.live);
		await server.sql("CREATE TABLE which AS SELECT 'new' AS it; CREATE TABLE hits (at timestamptz)", exchange.incoming);
		return client;
	};

	it('exchanges under a load that reconnects at once, takes it back, and is safe to describe at any time', async () => {
		const client = await prepare();
		expect(await describeExchange(client, exchange)).toEqual({state: 'not-started', closed: []});
		const script = `while [ ! -e /tmp/stop ]; do psql -XAtq -U postgres -d "$0" -c "INSERT INTO hits VALUES (now()) RETURNING (SELECT it FROM which)" 2>&1; done`;
		const load = [1, 2, 3].map(() =>
			run(['docker', 'exec', server.container, 'sh', '-c', script, `dbname='${live.replaceAll("'", "\\'")}'`]),
		);
		const sleeper = run([
			'docker',
			'exec',
			server.container,
			'sh',
			'-c',
			'psql -XAtq -U postgres -d "$0" -c "SELECT pg_sleep(60)" 2>&1 || true',
			`dbname='${live.replaceAll("'", "\\'")}'`,
		]);
		await until(() => server.sql('SELECT count(*) FROM hits', live), /^\d{2}/);
		const started = performance.now();
		await exchangeDatabases(client, [exchange]);
		const elapsed = performance.now() - started;
		console.error(`exchange under load: ${Math.round(elapsed)} ms`);
		expect(await describeExchange(client, exchange)).toEqual({state: 'done', closed: []});
		await until(() => server.sql('SELECT count(*) FROM hits', live), /^\d{2}/);
		await undoExchange(client, [exchange]);
		expect(await describeExchange(client, exchange)).toEqual({state: 'not-started', closed: []});
		await run(['docker', 'exec', server.container, 'touch', '/tmp/stop']);
		const answers = (await Promise.all(load)).join('\n').split('\n').filter(Boolean);
		expect(await sleeper).toMatch(/terminating connection/);
		expect(new Set(answers.filter(line => line === 'old' || line === 'new'))).toEqual(new Set(['old', 'new']));
		// Every insert that was answered is in the database that answered it.
		const old = Number(await server.sql('SELECT count(*) FROM hits', live));
		expect(old).toBeGreaterThanOrEqual(answers.filter(line => line === 'old').length);
		await client.dispose();
		expect(await server.leftovers()).toBe('');
	});

	it('leaves everything as it was when a rename is refused', async () => {
		const client = await prepare();
		await server.sql("BEGIN; CREATE TABLE held (x int); PREPARE TRANSACTION 'stuck'", live);
		expect(await findRenameObstacles(client, [live])).toEqual([
			{database: live, obstacle: 'prepared transaction stuck'},
		]);
		await expect(exchangeDatabases(client, [exchange])).rejects.toMatchObject({code: 'operation-failed'});
		expect(await describeExchange(client, exchange)).toEqual({state: 'not-started', closed: []});
		expect(await server.sql('SELECT it FROM which', live)).toBe('old');
		await server.sql("ROLLBACK PREPARED 'stuck'", live);
		await client.dispose();
	}, 60_000);

	it('opens what a killed exchange left closed', async () => {
		const client = await prepare();
		await server.sql(`ALTER DATABASE ${quoted} ALLOW_CONNECTIONS false`);
		const status = await describeExchange(client, exchange);
		expect(status).toEqual({state: 'not-started', closed: [live]});
		await openDatabases(client, status.closed);
		expect(await server.sql('SELECT it FROM which', live)).toBe('old');
		await client.dispose();
	});

	it('exchanges several databases or none', async () => {
		const client = await prepare();
		const second = {live: 'second', incoming: 'second_in', former: 'taken'};
		await server.sql('CREATE DATABASE second; CREATE DATABASE second_in; CREATE DATABASE taken');
		await expect(exchangeDatabases(client, [exchange, second])).rejects.toThrow();
		expect(await describeExchange(client, exchange)).toEqual({state: 'not-started', closed: []});
		await dropDatabase(client, 'taken');
		await exchangeDatabases(client, [exchange, second]);
		expect(await describeExchange(client, exchange)).toMatchObject({state: 'done'});
		expect(await describeExchange(client, second)).toMatchObject({state: 'done'});
		expect(await server.sql('SELECT it FROM which', live)).toBe('new');
		await client.dispose();
	});

	it('exchanges the database named postgres, and one that does not exist yet', async () => {
		const client = await server.open();
		await server.sql('CREATE DATABASE incoming_postgres');
		const own = {live: 'postgres', incoming: 'incoming_postgres', former: 'postgres_before'};
		await exchangeDatabases(client, [own]);
		expect(await describeExchange(client, own)).toEqual({state: 'done', closed: []});
		await server.sql('CREATE DATABASE fresh_in');
		const fresh = {live: 'fresh', incoming: 'fresh_in', former: null};
		expect(await describeExchange(client, fresh)).toMatchObject({state: 'not-started'});
		await exchangeDatabases(client, [fresh]);
		expect(await describeExchange(client, fresh)).toMatchObject({state: 'done'});
		await undoExchange(client, [fresh]);
		expect(await describeExchange(client, fresh)).toMatchObject({state: 'not-started'});
		await client.dispose();
		expect(Number(await names(server))).toBeGreaterThan(2);
	});
});

describeLab('TimescaleDB', () => {
	let server: TestServer;
	let folder: string;

	beforeAll(async () => {
		server = await startServer('timescale/timescaledb:latest-pg17');
		folder = await mkdtemp(join(tmpdir(), 'lifeboat-timescale-'));
		await server.sql('CREATE DATABASE metrics');
		await server.sql(
			`CREATE EXTENSION IF NOT EXISTS timescaledb;
			CREATE TABLE points (at timestamptz NOT NULL, device int, value float8);
			SELECT create_hypertable('points', 'at', chunk_time_interval => interval '1 day');
			INSERT INTO points SELECT '2026-01-01'::timestamptz + i * interval '5 minutes', i % 7, i FROM generate_series(1, 5000) i;
			CREATE TABLE plain AS SELECT 1 AS x;`,
			'metrics',
		);
	});
	afterAll(async () => {
		await server.remove();
		await rm(folder, {recursive: true, force: true});
	});

	it('dumps hypertables without fear, restores them between pre and post, and exchanges the database', async () => {
		const client = await server.open();
		const snapshot = await takeSnapshot(client, 'metrics');
		const contents = await readContents(snapshot.session);
		const counts = await countRows(snapshot.session, contents.tables);
		expect(counts.map(count => [count.name, count.kind, count.rows])).toEqual([
			['plain', 'table', 1],
			['points', 'hypertable', 5000],
		]);
		expect(sumCounts(counts)).toEqual({tables: 2, rows: 5001});
		const file = join(folder, 'metrics.dump');
		const dump = startDump({client, database: 'metrics', format: 'custom', snapshot: snapshot.id});
		await pipeline(dump.stream, createWriteStream(file));
		const {messages} = await dump.done;
		await snapshot.close();
		expect(messages.join('\n')).toMatch(/circular foreign-key/);
		expect(explainWarnings(messages).every(warning => warning.expected)).toBe(true);
		const bytes = await readFile(file);
		const toc = readArchiveToc(bytes);
		const like = (await readServer(client)).databases.find(one => one.name === 'metrics');
		if (toc === undefined || like === undefined) throw new Error('nothing to restore');
		const version = contents.extensions.find(extension => extension.name === 'timescaledb')?.version;
		await createDatabase(client, 'metrics_in', like);
		await restoreArchive({
			client,
			database: 'metrics_in',
			source: Readable.from([bytes]),
			toc,
			jobs: 2,
			timescaleVersion: version,
		});
		const sql = `SELECT count(*) AS rows, sum(value)::bigint AS total, (SELECT count(*) FROM timescaledb_information.chunks) AS chunks,
			current_setting('timescaledb.restoring', true) AS restoring FROM points`;
		const [before] = await query<{restoring: string}>(client, 'metrics', sql);
		const [after] = await query<{restoring: string}>(client, 'metrics_in', sql);
		expect(after).toEqual(before);
		const swap = {live: 'metrics', incoming: 'metrics_in', former: 'metrics_before'};
		await exchangeDatabases(client, [swap]);
		expect(await describeExchange(client, swap)).toEqual({state: 'done', closed: []});
		await execute(client, 'metrics', "INSERT INTO points VALUES ('2026-03-01', 1, 1);");
		await client.dispose();
		expect(await server.leftovers()).toBe('');
	});

	it('calls post_restore even when the restore fails', async () => {
		const client = await server.open();
		const like = (await readServer(client)).databases.find(one => one.name === 'metrics');
		const bytes = await readFile(join(folder, 'metrics.dump'));
		const toc = readArchiveToc(bytes);
		if (toc === undefined || like === undefined) throw new Error('nothing to restore');
		await createDatabase(client, 'half', like);
		await expect(
			restoreArchive({client, database: 'half', source: Readable.from([bytes.subarray(0, bytes.length - 2000)]), toc}),
		).rejects.toMatchObject({code: 'bundle-damaged'});
		const [row] = await query<{restoring: string | null}>(
			client,
			'half',
			"SELECT current_setting('timescaledb.restoring', true) AS restoring",
		);
		expect(row?.restoring).toBe('off');
		await client.dispose();
	});
});
