import {describe, expect, it} from 'vitest';
import {
	fitIdentifier,
	quoteConninfo,
	quoteIdentifier,
	quoteLiteral,
	quotePattern,
	quoteShell,
} from '../../source/postgres/quote.js';

describe('quoting', () => {
	it.each([
		['users', '"users"'],
		['My Table', '"My Table"'],
		['a"b', '"a""b"'],
		['x; DROP TABLE y', '"x; DROP TABLE y"'],
		['-weird-', '"-weird-"'],
		['naïve 表', '"naïve 表"'],
	])('quotes the identifier %s', (name, quoted) => {
		expect(quoteIdentifier(name)).toBe(quoted);
	});

	it.each([
		["O'Brien", "'O''Brien'"],
		['back\\slash', "E'back\\\\slash'"],
		["\\'", "E'\\\\'''"],
		['', "''"],
	])('quotes the literal %s', (text, quoted) => {
		expect(quoteLiteral(text)).toBe(quoted);
	});

	it('quotes a value of a connection string', () => {
		expect(quoteConninfo("it's a \\ name")).toBe("'it\\'s a \\\\ name'");
	});

	it('makes a pattern that matches one table alone', () => {
		expect(quotePattern('a*b', 'my schema')).toBe('"my schema"."a*b"');
		expect(quotePattern('plain')).toBe('"plain"');
	});

	it('cuts a name to 63 bytes at a character', () => {
		expect(fitIdentifier('x'.repeat(70))).toHaveLength(63);
		expect(Buffer.byteLength(fitIdentifier('ä'.repeat(40)))).toBe(62);
		expect(fitIdentifier('short')).toBe('short');
	});

	it('quotes words of the shell', () => {
		expect(quoteShell('a-b_c.d/e')).toBe('a-b_c.d/e');
		expect(quoteShell("it's $HOME")).toBe(`'it'\\''s $HOME'`);
		expect(quoteShell('')).toBe("''");
	});
});
