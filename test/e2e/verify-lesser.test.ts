import {copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {afterAll, describe, expect, test} from 'vitest';
import {sampleContent, sampleDatabase, writeSample} from '../bundle/sample.js';
import {runLifeboat} from './lifeboat.js';

const folder = mkdtempSync(join(tmpdir(), 'lifeboat-lesser-'));
afterAll(() => rmSync(folder, {recursive: true, force: true}));

const fixture = (name: string) => fileURLToPath(new URL(`../bundle/fixtures/${name}`, import.meta.url));

/** No engine, and no program on PATH but node: neither docker nor pg_restore. */
symlinkSync(process.execPath, join(folder, 'node'));
const alone = {
	PATH: folder,
	DOCKER_HOST: 'unix:///nonexistent/docker.sock',
	LIFEBOAT_CONFIG_DIR: join(folder, 'settings'),
};

async function verify(file: string, env: Readonly<Record<string, string>> = alone) {
	const {exitCode, stdout} = await runLifeboat(['verify', file, '--json'], {cwd: folder, env});
	return {exitCode, json: JSON.parse(stdout)};
}

/** A bundle around a fixture whose manifest promises so many rows. */
async function bundle(name: string, rows: number) {
	const dump = {path: 'databases/clerq.dump', format: 'custom', compression: 'zstd', withoutOwners: false} as const;
	const tables = [{schema: 'public', name: 'clients', kind: 'table', rows}] as const;
	const [server] = sampleContent().servers;
	if (server === undefined) throw new Error('the sample has a server');
	const {file} = await writeSample(mkdtempSync(join(folder, 'bundle-')), {
		parts: {[dump.path]: readFileSync(fixture(name)), 'globals.sql': ''},
		content: {servers: [{...server, databases: [sampleDatabase({dump, tables: [...tables]})]}]},
	});
	return file;
}

describe('verify without an engine', () => {
	test.each([
		'custom-zstd.dump',
		'custom-gzip.dump',
		'custom-none.dump',
		'tar.tar',
		'directory',
		'plain.sql',
		'plain.sql.zst',
	])(
		'%s is decoded to its end without any program of PostgreSQL, and it says that this is the lesser level',
		async name => {
			const {exitCode, json} = await verify(fixture(name));
			expect(json.findings).toEqual([]);
			expect({exitCode, json}).toMatchObject({exitCode: 0, json: {ok: true, level: 'checksums'}});
			expect(json.databases[0].rows).toBeGreaterThan(0);
			expect(json.notes.join('\n')).toMatch(/lesser level.*nothing was restored/s);
			expect(json.notes.join('\n')).toMatch(/no Docker engine here/);
		},
	);

	test('what cannot be decoded here is not verified, never a pass', async () => {
		expect(await verify(fixture('custom-lz4.dump'))).toMatchObject({
			exitCode: 4,
			json: {
				ok: false,
				level: 'checksums',
				findings: [{code: 'not-verified', message: expect.stringContaining('lz4')}],
			},
		});
	});

	test('a bundle: its rows are counted in the dump itself and compared with the manifest', async () => {
		const honest = await verify(await bundle('custom-zstd.dump', 0));
		expect(honest.json.level).toBe('checksums');
		const {message} = honest.json.findings.find((one: {code: string}) => one.code === 'rows-differ') ?? {};
		const rows = Number(/holds (\d+) rows of public\.clients/.exec(message)?.[1]);
		expect(rows).toBeGreaterThan(0);
		expect(honest.exitCode).toBe(4);
		expect(await verify(await bundle('custom-zstd.dump', rows))).toMatchObject({exitCode: 0, json: {ok: true}});
	});

	test('a dump that is damaged where only decoding shows it', async () => {
		const bytes = readFileSync(fixture('custom-gzip.dump'));
		const damaged = join(folder, 'damaged.dump');
		writeFileSync(damaged, Buffer.concat([bytes.subarray(0, -40), Buffer.alloc(40, 7)]));
		expect(await verify(damaged)).toMatchObject({exitCode: 4, json: {ok: false, findings: [{code: 'bundle-damaged'}]}});
	});

	test('with the programs of PostgreSQL on PATH it is the same', async () => {
		const copy = join(folder, 'copy.dump');
		copyFileSync(fixture('custom-zstd.dump'), copy);
		const withPrograms = {...alone, PATH: process.env['PATH'] ?? ''};
		expect(await verify(copy, withPrograms)).toMatchObject({exitCode: 0, json: {ok: true, level: 'checksums'}});
	});
});
