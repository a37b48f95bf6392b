import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import type {AppError} from '../../../source/errors.js';
import {openSource} from '../../../source/flows/restore/open-source.js';
import {drive} from '../../../source/operation.js';

const fixture = (name: string) => fileURLToPath(new URL(`../../bundle/fixtures/${name}`, import.meta.url));

async function summarise(name: string) {
	const source = await openSource(fixture(name), {});
	try {
		return await source.summarise(new AbortController().signal);
	} finally {
		await source.close();
	}
}

test.each(['plain.sql', 'plain.sql.zst', 'create.sql', 'custom-gzip.dump', 'custom-zstd.dump', 'tar.tar', 'directory'])(
	'%s says what a restore must bring back',
	async name => {
		const {databases} = await summarise(name);
		expect(databases).toHaveLength(1);
		expect(databases[0]).toMatchObject({serverMajor: 17, rows: 77, tableCount: 6, extensions: [{name: 'tablefunc'}]});
		expect([...(databases[0]?.roles ?? [])].sort()).toEqual(['app', 'postgres', 'read only']);
		expect(databases[0]?.tables).toContainEqual({schema: 'public', name: 'Odd Table', kind: 'table', rows: 3});
	},
);

test('a pg_dumpall gives its databases with their rows, and its roles', async () => {
	const {databases, globals} = await summarise('cluster.sql');
	// Also those that the script itself creates: they must be there before its databases are loaded.
	expect(databases[1]?.roles).toContain('app');
	expect(databases.map(({name, rows}) => [name, rows])).toEqual([
		['odd "name"', 2],
		['shop', 77],
	]);
	expect(globals).toHaveLength(1);
});

test('a dump of INSERTs says nothing about rows', async () => {
	const {databases} = await summarise('inserts.sql');
	expect(databases[0]).toMatchObject({rows: null, tables: null});
});

async function check(lines: readonly string[], trustCommands = false): Promise<unknown> {
	const file = join(mkdtempSync(join(tmpdir(), 'lifeboat-code-')), 'script.sql');
	writeFileSync(file, `${lines.join('\n')}\n`);
	const source = await openSource(file, {});
	try {
		await drive(source.check(new AbortController().signal, trustCommands), () => {});
		return undefined;
	} catch (error) {
		return error;
	} finally {
		await source.close();
	}
}

test.each([
	['COPY … FROM PROGRAM', ['CREATE TABLE t (a text);', "COPY t FROM PROGRAM 'id';"], 'line 2'],
	['COPY … TO PROGRAM', ["COPY (SELECT 1) TO PROGRAM 'curl http://x';"], 'line 1'],
	['Python', ['CREATE FUNCTION f() RETURNS int', '  LANGUAGE plpython3u', '  AS $$import os$$;'], 'line 1'],
	['Perl, quoted', ["CREATE OR REPLACE PROCEDURE f() LANGUAGE 'plperlu' AS 'x';"], 'line 1'],
	['C', ["CREATE FUNCTION f() RETURNS int LANGUAGE c AS '/tmp/evil', 'f';"], 'line 1'],
	['DO in an untrusted language', ['SELECT 1;', 'DO LANGUAGE plpython3u $x$import os$x$;'], 'line 2'],
	['quotes that may be read in two ways', ["SET client_encoding = 'SJIS';"], 'line 1'],
])('code for the server is refused with its line unless the user insists: %s', async (_name, lines, where) => {
	const refusal = await check(lines);
	expect(refusal).toMatchObject({code: 'preflight-failed'});
	expect((refusal as AppError).message).toContain(where);
	expect((refusal as AppError).details[0]).toContain(where);
	expect((refusal as AppError).hint).toContain('--trust-commands');
	expect(await check(lines, true)).toBeUndefined();
});

test.each([
	[
		'a body that only names such a language',
		["CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $$SELECT 'language plperlu'$$;"],
	],
	['trusted languages', ['CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$BEGIN RETURN 1; END$$;']],
	['rows', ['CREATE TABLE t (a text);', 'COPY t FROM stdin;', "COPY t FROM PROGRAM 'id';", '\\.']],
	['a comment', ["-- COPY t FROM PROGRAM 'id';", 'SELECT 1;']],
])('what only looks like code for the server is not refused: %s', async (_name, lines) => {
	expect(await check(lines)).toBeUndefined();
});
