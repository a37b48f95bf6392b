import {createReadStream, createWriteStream} from 'node:fs';
import {mkdtemp, readFile, rm, stat, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import {afterAll, beforeAll, expect, it} from 'vitest';
import {analyzeDatabase} from '../../source/postgres/analyze.js';
import {readArchiveToc} from '../../source/postgres/archive.js';
import {readServer} from '../../source/postgres/catalogue.js';
import type {PostgresClient} from '../../source/postgres/client.js';
import {applyProperties, createDatabase, dropDatabase} from '../../source/postgres/database.js';
import {startDump} from '../../source/postgres/dump.js';
import {dumpGlobals} from '../../source/postgres/globals.js';
import {createPlainScan, type PlainFacts} from '../../source/postgres/plain-scan.js';
import {restoreArchive} from '../../source/postgres/restore-archive.js';
import {restorePlain} from '../../source/postgres/restore-plain.js';
import {createMissingRoles, findMissingRoles, readGlobals} from '../../source/postgres/roles.js';
import {query} from '../../source/postgres/sql.js';
import {describeLab} from '../lab/describe-lab.js';
import {oddDatabase, startServer, type TestServer} from './postgres-server.js';

const rows = 20_000;
const target = `new 'data"base; -- ü`;

/** Without what differs between major versions of itself: privileges that came later, attributes of roles, and the mark of what 18 names anew. */
function comparable(checksums: Readonly<Record<string, string>>, from: string, to: string) {
	return from === to
		? checksums
		: Object.fromEntries(Object.entries(checksums).filter(([object]) => !/^(?:grants |roles)/.test(object)));
}

async function scanFile(path: string): Promise<PlainFacts> {
	const scan = createPlainScan();
	for await (const chunk of createReadStream(path)) scan.push(chunk as Buffer);
	return scan.finish();
}

async function tocOf(path: string) {
	const toc = readArchiveToc(await readFile(path));
	if (toc === undefined) throw new Error(`${path} has no table of contents`);
	return toc;
}

describeLab('restoring into PostgreSQL', () => {
	let folder: string;
	const servers = new Map<string, TestServer>();
	const dumps = new Map<
		string,
		{archive: string; plain: string; globals: string; checksums: Readonly<Record<string, string>>}
	>();

	const serverOf = async (major: '15' | '17' | '18') => {
		const known = servers.get(major);
		if (known !== undefined) return known;
		const server = await startServer(`postgres:${major}`);
		servers.set(major, server);
		return server;
	};

	const dumpOf = async (major: '15' | '17') => {
		const known = dumps.get(major);
		if (known !== undefined) return known;
		const server = await serverOf(major);
		await server.sql('CREATE DATABASE source');
		await server.sql(`${oddDatabase(rows)} DROP MATERIALIZED VIEW never;`, 'source');
		const client = await server.open();
		const files = {archive: join(folder, `${major}.dump`), plain: join(folder, `${major}.sql`)};
		for (const [format, file] of [
			['custom', files.archive],
			['plain', files.plain],
		] as const) {
			const dump = startDump({client, database: 'source', format});
			await pipeline(dump.stream, createWriteStream(file));
			await dump.done;
		}

		const globals = (await dumpGlobals(client)).sql;
		await client.dispose();
		const result = {...files, globals, checksums: await server.checksums('source')};
		dumps.set(major, result);
		return result;
	};

	/** A client of that server with an empty database to restore into, and the roles of the dump. */
	const prepare = async (major: '15' | '17' | '18', from: '15' | '17') => {
		const {globals} = await dumpOf(from);
		const server = await serverOf(major);
		const client = await server.open();
		const missing = await findMissingRoles(client, ['Odd Owner', 'reader', 'postgres']);
		await createMissingRoles(client, readGlobals(globals), missing);
		const like = (await readServer(client)).databases.find(one => one.name === 'postgres');
		if (like === undefined) throw new Error('no database postgres');
		await dropDatabase(client, target);
		await createDatabase(client, target, like);
		return {server, client, like};
	};

	const tables = (client: PostgresClient) =>
		query(
			client,
			target,
			"SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname !~ '^(pg_|information_schema)'",
		);

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'lifeboat-restore-'));
	});
	afterAll(async () => {
		for (const server of servers.values()) await server.remove();
		await rm(folder, {recursive: true, force: true});
	});

	it.each([
		['15', '15'],
		['15', '17'],
		['17', '17'],
		['17', '18'],
		['15', '18'],
	] as const)('brings everything back from %s to %s: streamed, by two jobs, and from plain SQL', async (from, to) => {
		const dump = await dumpOf(from);
		const bytes = (await stat(dump.archive)).size;
		const toc = await tocOf(dump.archive);
		for (const way of ['streamed', 'jobs', 'plain'] as const) {
			const {server, client} = await prepare(to, from);
			const source = createReadStream(way === 'plain' ? dump.plain : dump.archive);
			const current: string[] = [];
			const onNotice = (notice: {type: string; object?: string}) => {
				if (notice.type === 'current') current.push(notice.object ?? '');
			};

			const result =
				way === 'plain'
					? await restorePlain({
							client,
							database: target,
							source,
							facts: await scanFile(dump.plain),
							section: null,
							onNotice,
						})
					: await restoreArchive({
							client,
							database: target,
							source,
							toc,
							bytes,
							jobs: way === 'jobs' ? 2 : 1,
							onNotice,
						});
			expect(result.messages, way).toEqual([]);
			if (way !== 'plain') expect(current).toContain('public.big');
			await analyzeDatabase(client, target, {jobs: 2});
			expect(comparable(await server.checksums(target), from, to), way).toEqual(comparable(dump.checksums, from, to));
			await client.dispose();
			expect(await server.leftovers()).toBe('');
		}
	});

	it('keeps settings, grants, owner and comment of the database', async () => {
		const {server, client, like} = await prepare('17', '17');
		await dropDatabase(client, target);
		await createDatabase(client, target, {...like, owner: 'Odd Owner'});
		await applyProperties(client, target, {
			...like,
			owner: 'Odd Owner',
			comment: "it's back",
			connectionLimit: 9,
			settings: [
				{role: null, name: 'search_path', value: '"$user", public, "Odd; Schema"'},
				{role: 'reader', name: 'work_mem', value: '5MB'},
			],
			grants: [
				{role: 'Odd Owner', privilege: 'CONNECT', grantable: false},
				{role: 'reader', privilege: 'TEMPORARY', grantable: true},
			],
		});
		const after = (await readServer(client)).databases.find(one => one.name === target);
		expect(after).toMatchObject({
			owner: 'Odd Owner',
			comment: "it's back",
			connectionLimit: 9,
			collate: like.collate,
			encoding: like.encoding,
			localeProvider: like.localeProvider,
			settings: [
				{role: null, name: 'search_path', value: '"$user", public, "Odd; Schema"'},
				{role: 'reader', name: 'work_mem', value: '5MB'},
			],
		});
		expect(after?.grants).toContainEqual({role: 'reader', privilege: 'TEMPORARY', grantable: true});
		expect(after?.grants).not.toContainEqual(expect.objectContaining({role: null}));
		await client.dispose();
		expect(await server.leftovers()).toBe('');
	});

	it('a truncated archive is refused as damaged', async () => {
		const dump = await dumpOf('17');
		const cut = join(folder, 'cut.dump');
		await writeFile(cut, await readFile(dump.archive));
		const bytes = (await stat(cut)).size;
		await truncate(cut, Math.floor(bytes * 0.6));
		const {client} = await prepare('17', '17');
		const restore = (jobs: number, length: number | undefined) =>
			tocOf(dump.archive).then(toc =>
				restoreArchive({client, database: target, source: createReadStream(cut), toc, jobs, bytes: length}),
			);
		await expect(restore(1, undefined)).rejects.toMatchObject({code: 'bundle-damaged'});
		await expect(restore(2, bytes)).rejects.toMatchObject({
			code: 'restore-failed',
			message: expect.stringMatching(/copied/),
		});
		await client.dispose();
	});

	it('plain SQL cut within COPY commits nothing, whatever cut it', async () => {
		const dump = await dumpOf('17');
		const text = await readFile(dump.plain);
		const facts = await scanFile(dump.plain);
		const {server, client} = await prepare('17', '17');
		const half = text.subarray(0, Math.floor(text.length * 0.5));
		await expect(
			restorePlain({client, database: target, source: Readable.from([half]), facts, section: null}),
		).rejects.toMatchObject({code: 'bundle-damaged'});
		expect(await tables(client)).toEqual([]);
		const broken = Readable.from(
			(async function* () {
				yield half;
				throw new Error('checksum differs');
			})(),
		);
		await expect(restorePlain({client, database: target, source: broken, facts, section: null})).rejects.toThrow(
			'checksum differs',
		);
		expect(await tables(client)).toEqual([]);
		await client.dispose();
		expect(await server.leftovers()).toBe('');
	});

	it('a cancelled restore leaves nothing running: streamed, by jobs, plain', async () => {
		const dump = await dumpOf('17');
		const toc = await tocOf(dump.archive);
		const facts = await scanFile(dump.plain);
		for (const way of ['streamed', 'jobs', 'plain'] as const) {
			const {server, client} = await prepare('17', '17');
			const controller = new AbortController();
			const options = {client, database: target, signal: controller.signal};
			const onNotice = () => controller.abort();
			const running =
				way === 'plain'
					? restorePlain({
							...options,
							source: createReadStream(dump.plain),
							facts,
							section: null,
							onBytes: bytes => bytes > 1e6 && controller.abort(),
						})
					: restoreArchive({
							...options,
							source: createReadStream(dump.archive),
							toc,
							jobs: way === 'jobs' ? 2 : 1,
							bytes: (await stat(dump.archive)).size,
							onNotice,
						});
			await expect(running, way).rejects.toMatchObject({code: 'cancelled'});
			expect(await server.leftovers(), way).toBe('');
			await dropDatabase(client, target);
			await client.dispose();
		}
	});

	it('names the role that is missing, and restores without owners', async () => {
		const dump = await dumpOf('17');
		const toc = await tocOf(dump.archive);
		const {server, client} = await prepare('18', '17');
		await server.sql(`DROP DATABASE "${target.replaceAll('"', '""')}"; DROP ROLE "Odd Owner"`);
		const like = (await readServer(client)).databases.find(one => one.name === 'postgres');
		if (like === undefined) throw new Error('no database postgres');
		await createDatabase(client, target, like);
		const restore = (noOwner: boolean) =>
			restoreArchive({client, database: target, source: createReadStream(dump.archive), toc, noOwner, noAcl: noOwner});
		await expect(restore(false)).rejects.toMatchObject({
			code: 'role-missing',
			message: expect.stringMatching(/Odd Owner/),
		});
		await dropDatabase(client, target);
		await createDatabase(client, target, like);
		await restore(true);
		expect(await query(client, target, 'SELECT count(*) AS n FROM big')).toEqual([{n: rows}]);
		await client.dispose();
	});

	it('says before anything changes that the client is too old for the archive', async () => {
		const dump = await dumpOf('17');
		const {client} = await prepare('15', '15');
		await expect(
			restoreArchive({
				client,
				database: target,
				source: createReadStream(dump.archive),
				toc: await tocOf(dump.archive),
			}),
		).rejects.toMatchObject({code: 'client-missing', message: expect.stringMatching(/17/)});
		await restorePlain({
			client,
			database: target,
			source: createReadStream(dump.plain),
			facts: await scanFile(dump.plain),
			section: null,
		});
		expect(await query(client, target, 'SELECT count(*) AS n FROM big')).toEqual([{n: rows}]);
		await client.dispose();
	});

	it('creates missing roles with their verifiers and leaves the others alone', async () => {
		const {globals} = await dumpOf('17');
		const {server, client} = await prepare('15', '17');
		await server.sql("ALTER ROLE reader PASSWORD 'mine'; DROP DATABASE IF EXISTS gone");
		const before = await server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'reader'");
		await dropDatabase(client, target);
		await server.sql('DROP DATABASE IF EXISTS source; DROP ROLE "Odd Owner"');
		const result = await createMissingRoles(
			client,
			readGlobals(globals),
			await findMissingRoles(client, ['Odd Owner', 'reader']),
		);
		expect(result).toEqual({created: ['Odd Owner'], withoutPassword: [], refused: []});
		expect(await server.sql("SELECT rolpassword FROM pg_authid WHERE rolname = 'reader'")).toBe(before);
		expect(
			await server.sql("SELECT rolpassword LIKE 'SCRAM%', rolcanlogin FROM pg_authid WHERE rolname = 'Odd Owner'"),
		).toBe('t|t');
		await client.dispose();
	});
});
