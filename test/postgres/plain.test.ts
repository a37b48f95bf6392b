import {readFileSync} from 'node:fs';
import {Readable} from 'node:stream';
import {buffer} from 'node:stream/consumers';
import {describe, expect, it} from 'vitest';
import {createPlainFilter, type PlainFilterOptions} from '../../source/postgres/plain-filter.js';
import {assertRestorable, createPlainScan} from '../../source/postgres/plain-scan.js';

const tiny = readFileSync(new URL('fixtures/tiny-17.sql', import.meta.url));

function scan(text: string | Buffer, step = 1000) {
	const running = createPlainScan();
	const bytes = Buffer.from(text);
	for (let at = 0; at < bytes.length; at += step) running.push(bytes.subarray(at, at + step));
	return running.finish();
}

async function filter(text: string | Buffer, options: Partial<PlainFilterOptions> = {}, step = 1000) {
	const bytes = Buffer.from(text);
	const chunks: Buffer[] = [];
	for (let at = 0; at < bytes.length; at += step) chunks.push(bytes.subarray(at, at + step));
	const stream = Readable.from(chunks).pipe(
		createPlainFilter({section: null, serverMajor: 17, superuser: true, ...options}),
	);
	return (await buffer(stream)).toString();
}

describe('createPlainScan', () => {
	it.each([1, 3, 100, 10_000])('reads what pg_dump writes, in pieces of %i bytes', step => {
		expect(scan(tiny, step)).toMatchObject({
			writer: 'pg_dump',
			complete: true,
			metaCommands: [],
			sections: [
				{
					database: null,
					tables: [
						{name: 'public.notes', rows: 100},
						{name: 'public.users', rows: 2},
					],
					extensions: ['pg_trgm'],
					roles: ['clerq'],
					owners: ['clerq'],
				},
			],
		});
	});

	it('calls a dump cut anywhere incomplete', () => {
		const end = tiny.toString().lastIndexOf('-- PostgreSQL database dump complete');
		for (let length = 200; length <= end; length += 13) {
			const facts = scan(tiny.subarray(0, length));
			expect(facts.complete, `cut at ${length}`).toBe(false);
			expect(() => assertRestorable(facts)).toThrow(/cut off/);
		}
	});

	it('shows commands of psql and lets them pass only when trusted', () => {
		const facts = scan("CREATE TABLE t (x int);\n\\! rm -rf /\n\\copy t from program 'ls'\nSELECT 1 \\o |sh\n");
		expect(facts.metaCommands).toEqual([
			{line: 2, text: '\\! rm -rf /'},
			{line: 3, text: "\\copy t from program 'ls'"},
			{line: 4, text: 'SELECT 1 \\o |sh'},
		]);
		expect(() => assertRestorable(facts)).toThrow(/line 2/);
		expect(() => assertRestorable({...facts, complete: true}, {trustCommands: true})).not.toThrow();
	});

	it('does not take rows for commands', () => {
		const facts = scan('COPY public.t (a) FROM stdin;\n\\! ls\n\\N\nx;\\.\n\\.\nSELECT 1;\n');
		expect(facts.metaCommands).toEqual([]);
		expect(facts.sections[0]?.tables).toEqual([{name: 'public.t', rows: 3}]);
	});

	it('tells the databases of a cluster apart', () => {
		const facts = scan(
			[
				'--\n-- PostgreSQL database cluster dump\n--\n\\restrict abc',
				'CREATE ROLE app;',
				"ALTER ROLE app WITH LOGIN PASSWORD 'SCRAM-SHA-256$x';",
				'\\unrestrict abc',
				'\\connect template1',
				'CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;',
				'\\connect -reuse-previous=on "dbname=\'my app\'"',
				'CREATE TABLE public.t (x int);',
				'ALTER TABLE public.t OWNER TO "Big Owner";',
				'COPY public.t (x) FROM stdin;\n1\n\\.',
				'--\n-- PostgreSQL database cluster dump complete\n--\n',
			].join('\n'),
		);
		expect(facts).toMatchObject({writer: 'pg_dumpall', complete: true, createdRoles: ['app'], metaCommands: []});
		expect(facts.sections).toEqual([
			{database: 'template1', tables: [], extensions: ['pg_trgm'], roles: [], owners: []},
			{
				database: 'my app',
				tables: [{name: 'public.t', rows: 1}],
				extensions: [],
				roles: ['Big Owner'],
				owners: ['Big Owner'],
			},
		]);
	});
});

describe('createPlainFilter', () => {
	it.each([1, 5, 4096])('lets rows pass untouched, in pieces of %i bytes', async step => {
		const rows = `COPY t (a) FROM stdin;\n${'long row \\n with escapes\t\\N'.repeat(2000)}\nOWNER TO x;\n\\.\n`;
		expect(await filter(rows, {noOwner: true}, step)).toBe(rows);
	});

	it('leaves out what a new database does not need', async () => {
		const kept = await filter(
			[
				'\\restrict abc',
				'SET statement_timeout = 0;',
				'SET transaction_timeout = 0;',
				'DROP TABLE public.users;',
				'CREATE SCHEMA public;',
				'BEGIN;',
				'CREATE TABLE public.users (id int);',
				'DROP INDEX later_on;',
				'COMMIT;',
				'ALTER TABLE public.users OWNER TO app;',
				'GRANT ALL ON TABLE public.users TO app;',
				'\\unrestrict abc\n',
			].join('\n'),
			{serverMajor: 16},
		);
		expect(kept.split('\n')).toEqual([
			'SET statement_timeout = 0;',
			'CREATE TABLE public.users (id int);',
			'DROP INDEX later_on;',
			'ALTER TABLE public.users OWNER TO app;',
			'GRANT ALL ON TABLE public.users TO app;',
			'',
		]);
	});

	it('maps ownership and privileges on request', async () => {
		const sql = [
			'CREATE TABLE t (x text);',
			'ALTER TABLE public."Odd Table" OWNER TO "Odd Owner";',
			'GRANT SELECT ON t TO reader;',
			"INSERT INTO t VALUES ('ALTER TABLE t OWNER TO x');",
			'',
		];
		expect((await filter(sql.join('\n'), {noOwner: true, noAcl: true})).split('\n')).toEqual([sql[0], sql[3], '']);
	});

	it('lets through the section of one database', async () => {
		const sql = 'SELECT 1;\n\\connect a\nSELECT 2;\n\\connect b\nCOPY t FROM stdin;\nrow\n\\.\nSELECT 3;\n';
		expect(await filter(sql, {section: 'a'})).toBe('SELECT 2;\n');
		expect(await filter(sql, {section: 'b'}, 3)).toBe('COPY t FROM stdin;\nrow\n\\.\nSELECT 3;\n');
	});

	it('judges a statement over several lines, and one that shares its line with another', async () => {
		const sql =
			'CREATE TABLE t (x int);\nALTER TABLE t\n\tOWNER TO app; SELECT 1;\nSELECT 2; GRANT SELECT ON t\nTO reader;\n';
		const kept = 'CREATE TABLE t (x int);\n SELECT 1;\nSELECT 2; ';
		for (const step of [1, 7, 1000]) expect(await filter(sql, {noOwner: true, noAcl: true}, step)).toBe(kept);
	});

	it('holds back no more than a piece of a statement of 5 MB, and lets all of it pass', async () => {
		const sql = `INSERT INTO t VALUES ('${'x'.repeat(5_000_000)}');\n`;
		expect(await filter(sql, {noOwner: true}, 65_536)).toBe(sql);
	});

	it('stops at a command of psql and at the end of a script that was cut', async () => {
		await expect(filter('SELECT 1;\n\\! ls\n')).rejects.toThrow(/Line 2/);
		await expect(filter('COPY t FROM stdin;\nrow\n')).rejects.toThrow(/cut off/);
		await expect(filter("INSERT INTO t VALUES ('half")).rejects.toThrow(/cut off/);
	});
});
