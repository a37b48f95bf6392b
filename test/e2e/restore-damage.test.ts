import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {deflateRawSync} from 'node:zlib';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {runLifeboat} from './lifeboat.js';

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-damage-'));
const env = {LIFEBOAT_CONFIG_DIR: join(folder, 'settings')};
/** LIFEBOAT_DAMAGED=200 for the whole table. */
const damagedBundles = Number(process.env['LIFEBOAT_DAMAGED'] ?? 24);

/** A zip whose directory claims `claimed` bytes for one entry. */
function bomb(claimed: bigint): Buffer {
	const data = deflateRawSync(Buffer.alloc(20_000_000));
	const name = Buffer.from('databases/clerq.dump');
	const extra = Buffer.alloc(20);
	extra.writeUInt16LE(1, 0);
	extra.writeUInt16LE(16, 2);
	extra.writeBigUInt64LE(claimed, 4);
	extra.writeBigUInt64LE(BigInt(data.length), 12);
	const local = Buffer.alloc(30);
	local.writeUInt32LE(0x0403_4b50, 0);
	local.writeUInt16LE(45, 4);
	local.writeUInt16LE(8, 8);
	local.writeUInt32LE(0xffff_ffff, 18);
	local.writeUInt32LE(0xffff_ffff, 22);
	local.writeUInt16LE(name.length, 26);
	local.writeUInt16LE(extra.length, 28);
	const head = Buffer.concat([local, name, extra]);
	const central = Buffer.alloc(46);
	central.writeUInt32LE(0x0201_4b50, 0);
	central.writeUInt16LE(45, 6);
	central.writeUInt16LE(8, 10);
	central.writeUInt32LE(0xffff_ffff, 20);
	central.writeUInt32LE(0xffff_ffff, 24);
	central.writeUInt16LE(name.length, 28);
	central.writeUInt16LE(extra.length, 30);
	const directory = Buffer.concat([central, name, extra]);
	const end = Buffer.alloc(22);
	end.writeUInt32LE(0x0605_4b50, 0);
	end.writeUInt16LE(1, 8);
	end.writeUInt16LE(1, 10);
	end.writeUInt32LE(directory.length, 12);
	end.writeUInt32LE(head.length + data.length, 16);
	return Buffer.concat([head, data, directory, end]);
}

/** Always the same numbers, so that a failure can be looked at again. */
function pseudoRandom(seed: number): () => number {
	let state = seed;
	return () => {
		state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
		return state / 2 ** 31;
	};
}

function damage(whole: Buffer, kind: number, random: () => number): Buffer {
	const at = Math.floor(random() * whole.length);
	switch (kind % 4) {
		case 0:
			return whole.subarray(0, at);
		case 1: {
			const copy = Buffer.from(whole);
			copy[at] = (copy[at] ?? 0) ^ (1 << Math.floor(random() * 8));
			return copy;
		}

		case 2: {
			const copy = Buffer.from(whole);
			const length = 1 + Math.floor(random() * 4096);
			copy.copyWithin(at, Math.floor(random() * whole.length), Math.min(whole.length, at + length));
			return copy.equals(whole) ? whole.subarray(0, at) : copy;
		}

		default:
			return Buffer.concat([
				whole.subarray(0, at),
				Buffer.alloc(1 + Math.floor(random() * 4096), 0x55),
				whole.subarray(at),
			]);
	}
}

describeLab('files that must not be restored', () => {
	let stack: LabStack;
	let whole = Buffer.alloc(0);
	let before: Readonly<Record<string, string>> = {};
	let container = '';

	beforeAll(async () => {
		stack = await startStack('clerq', {project: `restore-damage-${process.pid}`, rows: 300});
		const backup = await runLifeboat(['backup', '--json'], {cwd: stack.directory, env});
		whole = readFileSync(JSON.parse(backup.stdout).file);
		before = await stack.checksums();
		container = (await stack.compose('ps', '-q', 'postgres')).trim();
	});
	afterAll(async () => {
		await stack?.remove();
		rmSync(folder, {recursive: true, force: true});
	});

	async function refuse(content: Buffer | string, name = 'damaged.zip', ...flags: readonly string[]) {
		const file = join(folder, name);
		writeFileSync(file, content);
		const count = () => stack.sql("SELECT count(*) FROM pg_database WHERE datname LIKE 'clerq%'");
		const databases = await count();
		const finished = await runLifeboat(['restore', file, '--yes', '--json', ...flags], {cwd: stack.directory, env});
		expect(finished.exitCode, `${name} was not refused: ${finished.stdout}`).not.toBe(0);
		expect(await count()).toBe(databases);
		return JSON.parse(finished.stdout).error;
	}

	test(`${damagedBundles} damaged bundles are refused before anything changed`, async () => {
		const random = pseudoRandom(7);
		for (let number = 0; number < damagedBundles; number++) await refuse(damage(whole, number, random));
		expect(await stack.checksums()).toEqual(before);
	});

	test('a zip of 20 KB that claims a terabyte, and a foreign zip', async () => {
		expect((await refuse(bomb(1n << 40n))).code).toMatch(/^bundle-/);
		writeFileSync(join(folder, 'x.txt'), 'hello');
		execFileSync('python3', [
			'-c',
			`import zipfile; zipfile.ZipFile(${JSON.stringify(join(folder, 'f.zip'))}, 'w').write(${JSON.stringify(join(folder, 'x.txt'))})`,
		]);
		expect((await refuse(readFileSync(join(folder, 'f.zip')))).code).toMatch(/^bundle-/);
	});

	const dump = (...flags: readonly string[]) =>
		execFileSync('docker', ['exec', container, 'pg_dump', '-U', 'clerq', ...flags, 'clerq'], {maxBuffer: 1e9});

	test('6c: a plain dump that is cut inside COPY is refused', async () => {
		const plain = dump();
		const inside = plain.indexOf('COPY public.invoice_lines') + 400;
		for (const cut of [inside, plain.indexOf('\t', inside), plain.length - 200])
			expect((await refuse(plain.subarray(0, cut), 'cut.sql')).code).toBe('bundle-damaged');
	});

	test('6c: a gzip of plain SQL that is cut is refused at four points', async () => {
		const file = join(folder, 'whole.sql');
		writeFileSync(file, dump());
		const packed = execFileSync('gzip', ['-c', file], {maxBuffer: 1e9});
		for (const part of [0.2, 0.5, 0.8, 0.99])
			expect((await refuse(packed.subarray(0, Math.floor(packed.length * part)), 'cut.sql.gz')).code).toBe(
				'bundle-damaged',
			);
	});

	test('6c: a custom dump that is cut is refused, though pg_restore -l lists it', async () => {
		const custom = dump('-Fc');
		expect((await refuse(custom.subarray(0, custom.length - 5000), 'cut.dump')).code).toBe('bundle-damaged');
	});

	test('6c: an error at the end leaves nothing behind', async () => {
		const plain = dump().toString('utf8');
		const error = await refuse(
			plain.replace(
				'-- PostgreSQL database dump complete',
				'SELECT no_such_function();\n\n-- PostgreSQL database dump complete',
			),
			'error.sql',
		);
		expect(error.message).toContain('no_such_function');
	});

	test('6c: a dump of a role that is missing is refused, and --no-owner restores it', async () => {
		const custom = dump('-Fc');
		await stack.sql('CREATE ROLE gone; CREATE TABLE of_gone (n int); ALTER TABLE of_gone OWNER TO gone');
		const withRole = dump('-Fc');
		await stack.sql('DROP TABLE of_gone; DROP ROLE gone');
		const error = await refuse(withRole, 'role.dump');
		expect(error).toMatchObject({code: 'role-missing'});
		expect(error.message).toContain('gone');
		const file = join(folder, 'role.dump');
		const mapped = await runLifeboat(['restore', file, '--no-owner', '--to-database', 'mapped', '--yes', '--json'], {
			cwd: stack.directory,
			env,
		});
		expect(mapped.exitCode, mapped.stderr).toBe(0);
		expect(await stack.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'of_gone'", {database: 'mapped'})).toBe(
			'clerq',
		);
		await stack.sql('DROP DATABASE mapped');
		expect(custom.length).toBeGreaterThan(0);
	});

	test('6c: a plain dump over an existing schema does not double the rows of a table without a key', async () => {
		await stack.sql('CREATE TABLE keyless AS SELECT generate_series(1, 1000) AS n');
		const file = join(folder, 'keyless.sql');
		writeFileSync(file, dump());
		const restored = await runLifeboat(['restore', file, '--yes', '--json'], {cwd: stack.directory, env});
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(await stack.sql('SELECT count(*) FROM keyless')).toBe('1000');
	});

	test('6c: tables that are not in the dump do not stay behind', async () => {
		const file = join(folder, 'older.dump');
		writeFileSync(file, dump('-Fc'));
		await stack.sql('CREATE TABLE newer (n int)');
		const restored = await runLifeboat(['restore', file, '--yes', '--json'], {cwd: stack.directory, env});
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(await stack.sql("SELECT count(*) FROM pg_tables WHERE tablename = 'newer'")).toBe('0');
		await stack.sql(`SELECT 1`);
	});

	test('SQL that would run programs is refused with its line, unless the user insists', async () => {
		const plain = `SELECT 1;\n\\! touch /tmp/owned\n${dump().toString('utf8')}`;
		const error = await refuse(plain, 'commands.sql');
		expect(`${error.message} ${JSON.stringify(error)}`).toContain('touch /tmp/owned');
	});
});
