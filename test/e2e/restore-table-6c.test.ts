import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {attempt} from '../lab/run.js';
import {type LedgerStack, startLedger} from './ledger-stack.js';

/**
 * Every row of the table of what goes wrong when dumps are restored by hand (6c of the project's facts), by its words: the trap is shown to be
 * there with PostgreSQL's own tools, then Lifeboat is led into it.
 */
describeLab('table 6c: traps of a restore', () => {
	let stack: LedgerStack;
	let folder = '';
	beforeAll(async () => {
		stack = await startLedger('traps');
		folder = dirname(stack.directory);
	});
	afterAll(() => stack?.remove());

	const inside = (argv: readonly string[], input?: string | Buffer) =>
		attempt(['docker', 'exec', '-i', '-e', 'PGUSER=keeper', `${stack.project}-postgres-1`, ...argv], {
			input: input ?? '',
		});
	/** A dump of the database as it is now, written to a file by pg_dump itself, as bytes. */
	async function dump(...flags: readonly string[]): Promise<Buffer> {
		const script = 'file=$(mktemp) && "$@" >"$file" && base64 "$file" && rm "$file"';
		const {exitCode, stdout, stderr} = await inside(['sh', '-c', script, 'sh', 'pg_dump', ...flags, 'ledger']);
		expect(exitCode, stderr).toBe(0);
		return Buffer.from(stdout, 'base64');
	}

	const place = (name: string, content: Buffer | string) => {
		const file = join(folder, name);
		writeFileSync(file, content);
		return file;
	};
	const endingWith = (plain: Buffer, statement: string) =>
		plain
			.toString('utf8')
			.replace('-- PostgreSQL database dump complete', `${statement}\n\n-- PostgreSQL database dump complete`);

	/** An empty database to show a trap in, dropped afterwards. */
	async function inScratch<Result>(work: () => Promise<Result>): Promise<Result> {
		await stack.sql('CREATE DATABASE scratch', 'postgres');
		try {
			return await work();
		} finally {
			await stack.sql('DROP DATABASE scratch WITH (FORCE)', 'postgres');
		}
	}

	const countIn = async (table: string, database = 'ledger') =>
		Number(await stack.sql(`SELECT count(*) FROM ${table}`, database));

	/** Refused or failed, with everything as it was before. */
	async function refuse(file: string, ...flags: readonly string[]) {
		const [rows, databases] = [await stack.checksums(), await stack.databases()];
		const {exitCode, json, stderr} = await stack.lifeboat('restore', file, '--yes', ...flags);
		expect([1, 3], stderr).toContain(exitCode);
		expect(json.ok).toBe(false);
		expect(await stack.checksums()).toEqual(rows);
		expect(await stack.databases()).toEqual(databases);
		return json.error;
	}

	/** Restores and takes the way back away. */
	async function restore(file: string, ...flags: readonly string[]) {
		const restored = await stack.lifeboat('restore', file, '--yes', ...flags);
		expect(restored.exitCode, restored.stderr).toBe(0);
		await stack.waitHealthy();
		await stack.lifeboat('rollback', '--drop', '--yes');
		return restored.json;
	}

	test('plain dump into an existing schema, plain psql: exit 0 and a table without a key has its rows twice', async () => {
		const plain = await dump();
		await inScratch(async () => {
			await inside(['psql', '-q', '-d', 'scratch'], plain);
			const again = await inside(['psql', '-q', '-d', 'scratch'], plain);
			expect([again.exitCode, await countIn('keyless', 'scratch')]).toEqual([0, 1000]);
		});
		const before = await stack.checksums();
		await restore(place('again.sql', plain));
		expect(await countIn('keyless')).toBe(500);
		expect(await stack.checksums()).toEqual(before);
	});

	test('ON_ERROR_STOP=1 with -1 -f -, error at the end: nothing applied', async () => {
		const file = place('error.sql', endingWith(await dump(), 'SELECT no_such_function();'));
		const error = await refuse(file);
		expect(error).toMatchObject({code: 'restore-failed', message: expect.stringContaining('no_such_function')});
	});

	test('-1 -f - without ON_ERROR_STOP, error at the end: exit 0 and nothing applied', async () => {
		const script = endingWith(await dump(), 'SELECT no_such_function();');
		await inScratch(async () => {
			const {exitCode} = await inside(['psql', '-q', '-1', '-f', '-', '-d', 'scratch'], script);
			expect([exitCode, await stack.sql("SELECT to_regclass('entries') IS NULL", 'scratch')]).toEqual([0, 't']);
		});
		// A script can turn ON_ERROR_STOP off by itself: that is a command for psql, and is refused with its line.
		const off = await refuse(place('off.sql', `\\set ON_ERROR_STOP off\n${script}`));
		expect(JSON.stringify(off)).toContain('ON_ERROR_STOP off');
		// Who insists is told of the error all the same.
		const inserts = endingWith(await dump('--inserts'), 'SELECT no_such_function();');
		const insisted = await refuse(place('off.sql', `\\set ON_ERROR_STOP off\n${inserts}`), '--trust-commands');
		expect(insisted).toMatchObject({code: 'restore-failed', message: expect.stringContaining('no_such_function')});
	});

	test('plain dump cut inside COPY, ON_ERROR_STOP=1, also with -1: exit 0 and a part of the rows', async () => {
		const plain = await dump();
		const inRows = plain.indexOf('\n', plain.indexOf('COPY public.entries') + 20_000) + 1;
		await inScratch(async () => {
			const {exitCode} = await inside(
				['psql', '-q', '-1', '-v', 'ON_ERROR_STOP=1', '-f', '-', '-d', 'scratch'],
				plain.subarray(0, inRows),
			);
			expect(exitCode).toBe(0);
			expect(await countIn('entries', 'scratch')).toBeGreaterThan(0);
		});
		for (const cut of [
			inRows,
			inRows + 3,
			plain.indexOf('\t', inRows),
			plain.lastIndexOf('-- PostgreSQL database dump'),
		])
			expect(await refuse(place('cut.sql', plain.subarray(0, cut)))).toMatchObject({code: 'bundle-damaged'});
	});

	test('gunzip -c truncated.gz | psql -1 -v ON_ERROR_STOP=1 -f -: a part of the rows at some cut points', async () => {
		const packed = gzipSync(await dump());
		for (const part of [0.2, 0.5, 0.8, 0.99]) {
			const cut = packed.subarray(0, Math.floor(packed.length * part));
			expect(await refuse(place('cut.sql.gz', cut))).toMatchObject({code: 'bundle-damaged'});
		}
	});

	test('truncated custom dump, pg_restore -l: exit 0, listing is no verification', async () => {
		const custom = await dump('-Fc');
		const cut = custom.subarray(0, custom.length - 5000);
		expect((await inside(['pg_restore', '-l'], cut)).exitCode).toBe(0);
		expect(await refuse(place('cut.dump', cut))).toMatchObject({code: 'bundle-damaged'});
	});

	test('truncated custom dump, pg_restore -d or -f /dev/null: exit 1 when the first tables are there already', async () => {
		const custom = await dump('-Fc');
		const cut = custom.subarray(0, custom.length - 5000);
		await inScratch(async () => {
			expect((await inside(['pg_restore', '-d', 'scratch'], cut)).exitCode).toBe(1);
			expect(await stack.sql("SELECT to_regclass('accounts') IS NOT NULL", 'scratch')).toBe('t');
		});
		const verified = await stack.lifeboat('verify', place('cut.dump', cut));
		expect([verified.exitCode, verified.json.ok]).toEqual([4, false]);
		for (const flags of [[], ['--in-place']])
			expect(await refuse(place('cut.dump', cut), ...flags)).toMatchObject({code: 'bundle-damaged'});
	});

	test('dump owned by a role, role missing: psql exits 0 with errors; refused, and --no-owner restores it', async () => {
		await stack.sql('CREATE ROLE gone; CREATE TABLE of_gone AS SELECT 1 AS n; ALTER TABLE of_gone OWNER TO gone');
		const [custom, plain] = [await dump('-Fc'), await dump()];
		await stack.sql('DROP TABLE of_gone; DROP ROLE gone');
		await inScratch(async () => {
			const {exitCode, stderr} = await inside(['psql', '-q', '-d', 'scratch'], plain);
			expect([exitCode, stderr]).toEqual([0, expect.stringContaining('role "gone" does not exist')]);
		});
		for (const file of [place('role.dump', custom), place('role.sql', plain)]) {
			const error = await refuse(file);
			expect(error).toMatchObject({code: 'role-missing', message: expect.stringContaining('gone')});
			await restore(file, '--no-owner');
			expect(await stack.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'of_gone'")).toBe('keeper');
			await stack.sql('DROP TABLE of_gone');
		}
	});

	test('pg_restore --clean --if-exists over a newer schema: tables that are not in the dump stay behind', async () => {
		const custom = await dump('-Fc');
		await stack.sql('CREATE TABLE from_the_future (n int)');
		await inScratch(async () => {
			await stack.sql('CREATE TABLE from_the_future (n int)', 'scratch');
			const {exitCode} = await inside(['pg_restore', '--clean', '--if-exists', '-d', 'scratch'], custom);
			expect(exitCode).toBe(0);
			expect(await stack.sql("SELECT to_regclass('from_the_future') IS NOT NULL", 'scratch')).toBe('t');
		});
		for (const flags of [[], ['--in-place']]) {
			await stack.sql('CREATE TABLE IF NOT EXISTS from_the_future (n int)');
			await restore(place('older.dump', custom), ...flags);
			expect(await stack.sql("SELECT to_regclass('from_the_future') IS NULL")).toBe('t');
		}
	});

	test('pg_restore -1 -C is refused: the options cannot be combined', async () => {
		const custom = await dump('-Fc', '--create', '--clean');
		expect((await inside(['pg_restore', '-1', '-C', '-d', 'postgres'], custom)).stderr).toContain('--create');
		// What -1 is for (all or nothing) and what -C is for (a database of its own) come together: beside the live one, which the dump would drop.
		const before = await stack.checksums();
		const oid = await stack.sql("SELECT oid FROM pg_database WHERE datname = 'ledger'");
		const restored = await stack.lifeboat('restore', place('create.dump', custom), '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		const {previous} = restored.json.databases[0];
		expect(await stack.sql(`SELECT oid FROM pg_database WHERE datname = '${previous}'`)).toBe(oid);
		expect(await stack.checksums()).toEqual(before);
		await stack.lifeboat('rollback', '--drop', '--yes');
		// The same as plain SQL, with an error at its end: DROP DATABASE and CREATE DATABASE in it reach nothing.
		const plain = endingWith(await dump('--create', '--clean'), 'SELECT no_such_function();');
		expect(plain).toContain('DROP DATABASE ledger');
		expect(await refuse(place('create.sql', plain))).toMatchObject({code: 'restore-failed'});
	});

	test("psql -U user -c 'DROP DATABASE …' with POSTGRES_DB other than the user: that database does not exist", async () => {
		const {exitCode, stderr} = await inside(['psql', '-c', 'DROP DATABASE IF EXISTS ledger']);
		expect([exitCode, stderr]).toEqual([2, expect.stringContaining('database "keeper" does not exist')]);
		const restored = await stack.lifeboat('restore', stack.file, '--in-place', '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(await stack.checksums()).toEqual(stack.newRows);
		const rolledBack = await stack.lifeboat('rollback', '--yes');
		expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
	});

	test('docker volume rm after docker compose stop: volume is in use', async () => {
		const before = await stack.checksums();
		const cluster = () => stack.sql('SELECT system_identifier FROM pg_control_system()');
		const volume = await cluster();
		await stack.compose('stop', '--timeout', '2');
		const {exitCode, stderr} = await attempt(['docker', 'volume', 'rm', `${stack.project}_data`]);
		expect([exitCode, stderr]).toEqual([1, expect.stringContaining('volume is in use')]);
		// A restore needs no volume to go: the server is started, and what it holds is refused to be overwritten unseen.
		const unseen = await stack.lifeboat('restore', stack.file, '--yes');
		expect(unseen.json.error).toMatchObject({code: 'preflight-failed', message: expect.stringContaining('holds data')});
		const restored = await stack.lifeboat('restore', stack.file, '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(await stack.checksums()).toEqual(stack.newRows);
		expect(await cluster()).toBe(volume);
		await stack.compose('up', '--detach', '--wait');
		expect((await stack.lifeboat('rollback', '--yes')).exitCode).toBe(0);
		expect(await stack.checksums()).toEqual(before);
		await stack.lifeboat('rollback', '--drop', '--yes');
	});

	test('SQL that would run programs or read files is refused with its line, unless the user insists', async () => {
		const plain = (await dump()).toString('utf8');
		const marks = join(folder, 'owned');
		for (const line of [
			`\\! touch ${marks}`,
			`\\i ${marks}`,
			`\\copy accounts from program 'touch ${marks}'`,
			`\\o |touch ${marks}`,
			`SELECT 1 \\g |touch ${marks}`,
		]) {
			const error = await refuse(place('commands.sql', `SELECT 1;\n${line}\n${plain}`));
			expect(JSON.stringify(error)).toContain(JSON.stringify(line.slice(0, 20)).slice(1, -1));
			expect(JSON.stringify(error)).toContain('line 2');
		}

		expect(existsSync(marks)).toBe(false);
		expect(readFileSync(join(folder, 'commands.sql'), 'utf8')).toContain('touch');
	});
});
