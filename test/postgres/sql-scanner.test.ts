import {expect, test} from 'vitest';
import {SqlScanner} from '../../source/postgres/sql-scanner.js';

/** Scans a script in pieces of `size` bytes and returns what was told, in short. */
function scan(script: string, size = script.length, standardStrings = true) {
	const told: string[] = [];
	const scanner = new SqlScanner({
		statement: (text, line) => told.push(`${line}: ${text.replaceAll(/\s+/gu, ' ')}`),
		metaCommand: (text, line) => told.push(`${line}: ${text}`),
		comment: (text, line) => told.push(`${line}: --${text}`),
		copyEnded: (statement, rows) => told.push(`rows ${rows}: ${statement.slice(0, 20)}`),
		ambiguousString: line => told.push(`${line}: ambiguous`),
	});
	scanner.standardStrings = standardStrings;
	const bytes = Buffer.from(script);
	for (let start = 0; start < bytes.length; start += Math.max(size, 1))
		scanner.push(bytes.subarray(start, start + Math.max(size, 1)));
	return {told, end: scanner.end()};
}

test.each([
	["SELECT 'a \\! b';", ["1: SELECT 'a \\! b'"]],
	["SELECT 'it''s; \\! no';", ["1: SELECT 'it''s; \\! no'"]],
	["SELECT E'\\'; \\! no';", ["1: SELECT E'\\'; \\! no'"]],
	["SELECT E'a''\\'; \\! no';", ["1: SELECT E'a''\\'; \\! no'"]],
	["SELECT E'a'\n'\\'; \\! no';", ["1: SELECT E'a' '\\'; \\! no'"]],
	['SELECT "a\\! ; b";', ['1: SELECT "a\\! ; b"']],
	['SELECT $$a ; \\! b$$;', ['1: SELECT $$a ; \\! b$$']],
	[
		'CREATE FUNCTION f() AS $body$\n\\! no\n$body$ LANGUAGE sql;',
		['1: CREATE FUNCTION f() AS $body$ \\! no $body$ LANGUAGE sql'],
	],
	["SELECT 'a\n\\! no\nb';\n\\! yes", ["1: SELECT 'a \\! no b'", '4: \\! yes']],
	[
		"SET standard_conforming_strings = off;\nSELECT 'a\\' \\! no';",
		['1: SET standard_conforming_strings = off', "2: SELECT 'a\\' \\! no'"],
	],
	['SELECT $x$a $$ ; $y$ \\! $x$;', ['1: SELECT $x$a $$ ; $y$ \\! $x$']],
	['SELECT $1; SELECT a$b$c; \\! yes', ['1: SELECT $1', '1: SELECT a$b$c', '1: \\! yes']],
	['-- \\! no\nSELECT 1; -- \\! no\n', ['1: -- \\! no', '2: SELECT 1']],
	['/* \\! no /* nested */ still */ SELECT 1;', ['1: SELECT 1']],
	['/*/ \\! no */ SELECT 2 /**/ - /***/ -3;', ['1: SELECT 2 - -3']],
	['SELECT 1 \\g |cat\nSELECT 2;', ['1: \\g |cat', '1: SELECT 1', '2: SELECT 2']],
	['SELECT 1\n\\! yes\n;', ['2: \\! yes', '1: SELECT 1']],
	['\\connect other\r\n', ['1: \\connect other']],
	['é\\! yes', ['1: \\! yes']],
])('%j is read as psql reads it', (script, expected) => {
	expect(scan(script).told).toEqual(expected);
});

const copies = [
	'COPY public.a (x) FROM stdin;',
	'\\! no command, data',
	'\\\\.',
	"it's; data",
	'\\.',
	'',
	'COPY b FROM STDIN WITH (FORMAT csv); SELECT 1;',
	'x',
	'\\.',
	'SELECT 2;',
	'COPY c FROM STDIN; COPY d FROM STDIN; \\! yes',
	'of c',
	'\\.',
	'of d',
	'of d',
	'\\.',
	'COPY public.empty FROM stdin;',
	'\\.',
	'SELECT 3;',
].join('\n');

test.each([1, 2, 3, 7, 64, 100_000])('the data of COPY are data, read %i bytes at a time', size => {
	const {told, end} = scan(`${copies}\n`, size);
	expect(told).toEqual([
		'1: COPY public.a (x) FROM stdin',
		'rows 3: COPY public.a (x) FR',
		'7: COPY b FROM STDIN WITH (FORMAT csv)',
		'7: SELECT 1',
		'rows 1: COPY b FROM STDIN WI',
		'10: SELECT 2',
		'11: COPY c FROM STDIN',
		'11: COPY d FROM STDIN',
		'11: \\! yes',
		'rows 1: COPY c FROM STDIN',
		'rows 2: COPY d FROM STDIN',
		'17: COPY public.empty FROM stdin',
		'rows 0: COPY public.empty FR',
		'19: SELECT 3',
	]);
	expect(end).toEqual({inside: 'nothing', line: 20});
});

test('what a text is cut in the middle of is known', () => {
	expect(scan('COPY t FROM stdin;\n1\n2\n').end).toEqual({
		inside: 'copy',
		line: 4,
		statement: 'COPY t FROM stdin',
		rows: 2,
	});
	expect(scan('COPY t FROM stdin;').end).toMatchObject({inside: 'copy', rows: 0});
	expect(scan("SELECT 'abc").end).toMatchObject({inside: 'string'});
	expect(scan('SELECT $a$ abc $a').end).toMatchObject({inside: 'dollar string'});
	expect(scan('SELECT /* abc').end).toMatchObject({inside: 'comment'});
	expect(scan('SELECT 1').end).toMatchObject({inside: 'statement'});
});

test('a backslash before a closing quote is told, and escapes where standard strings are off', () => {
	expect(scan("SELECT 'C:\\'; SELECT 2;").told).toEqual(['1: ambiguous', "1: SELECT 'C:\\'", '1: SELECT 2']);
	expect(scan("SELECT 'C:\\'; SELECT 2;", 100, false).told).toEqual([]);
});

test('a COPY with a thousand columns is known by its end', () => {
	const columns = Array.from({length: 1600}, (_, index) => `"a rather long name of column ${index}"`).join(', ');
	expect(scan(`COPY t (${columns}) FROM stdin;\n1\n\\.\n`).told[1]).toMatch(/^rows 1/u);
});

test('one line of 50 MB takes little memory', () => {
	const scanner = new SqlScanner({
		statement() {},
		metaCommand() {},
		comment() {},
		copyEnded() {},
		ambiguousString() {},
	});
	const before = process.memoryUsage().heapUsed;
	scanner.push(Buffer.from("INSERT INTO t VALUES ('"));
	const piece = Buffer.alloc(1024 * 1024, 'x');
	for (let count = 0; count < 50; count++) scanner.push(piece);
	expect(process.memoryUsage().heapUsed - before).toBeLessThan(8 * 1024 * 1024);
	expect(scanner.end().inside).toBe('string');
});
