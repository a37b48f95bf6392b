import {describe, expect, test} from 'vitest';
import {formatAge, formatBytes, formatCommand, formatDuration, formatElapsed} from '../../source/ui/format.js';
import {
	chunkText,
	displayWidth,
	padEnd,
	sanitizeData,
	sanitizeLine,
	sanitizeText,
	truncate,
	truncateMiddle,
	wrapText,
} from '../../source/ui/text.js';

describe('text from outside', () => {
	test.each([
		['colours', '\u001B[31mred\u001B[0m', 'red'],
		['a window title', '\u001B]0;owned\u0007app', 'app'],
		['a title ended by ST', '\u001B]2;owned\u001B\\app', 'app'],
		['a link', '\u001B]8;;http://evil\u0007click\u001B]8;;\u0007', 'click'],
		['8-bit CSI', '\u009B2Japp', 'app'],
		['DCS', '\u001BPq#0;2\u001B\\app', 'app'],
		['an unfinished sequence', 'app\u001B[', 'app'],
		['cursor moves', 'a\u001B[2Jb\u001B[1;1Hc', 'abc'],
		['bell, NUL, backspace', 'a\u0007b\u0000c\u0008d', 'abcd'],
		['what a carriage return overwrote', '10%\r50%\r100%', '100%'],
		['Windows line ends', 'one\r\ntwo', 'one\ntwo'],
		['tabs', 'a\tb', 'a    b'],
		['marks that turn text around', 'safe\u202Egnp.exe', 'safegnp.exe'],
		['plain text of any language', 'Größe 大きさ 😀', 'Größe 大きさ 😀'],
	])('%s', (_name, text, clean) => {
		expect(sanitizeText(text)).toBe(clean);
	});

	test('in one line, and deeply in data', () => {
		expect(sanitizeLine('one\ntwo\r\n')).toBe('one two');
		const date = new Date(0);
		expect(sanitizeData({a: ['\u0007x', 1, null], b: {c: '\u001B[1my'}, date})).toEqual({
			a: ['x', 1, null],
			b: {c: 'y'},
			date,
		});
	});
});

describe('width', () => {
	test.each([
		['abc', 3],
		['大きさ', 6],
		['e\u0301', 1],
		['😀', 2],
		['✓ ok', 4],
	])('%s takes %i columns', (text, width) => expect(displayWidth(text)).toBe(width));

	test('cutting and filling keep to columns', () => {
		expect(truncate('大きさ', 5)).toBe('大き…');
		expect(truncate('abc', 3)).toBe('abc');
		expect(truncateMiddle('/srv/backups/clerq-20260614.zip', 20)).toBe('/srv/b…-20260614.zip');
		expect(padEnd('大', 4)).toBe('大  ');
	});

	test('wrapping breaks at spaces, and words where it must', () => {
		expect(wrapText('the quick brown fox', 10)).toEqual(['the quick', 'brown fox']);
		expect(wrapText('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
		expect(wrapText('  kept', 10)).toEqual(['  kept']);
		expect(wrapText('', 10)).toEqual(['']);
		expect(chunkText('a b大c', 3)).toEqual(['a b', '大c']);
	});
});

test('figures for people', () => {
	expect([0, 886_145, 128_000_000, 1_234_567_890].map(formatBytes)).toEqual(['0 B', '886 kB', '128 MB', '1.23 GB']);
	expect([412, 12_400, 185_000, 3_720_000].map(formatDuration)).toEqual(['0.4 s', '12 s', '3 min 05 s', '1 h 02 min']);
	expect([999, 9999, 61_000].map(formatElapsed)).toEqual(['0 s', '9 s', '1 min 01 s']);
	expect([20_000, 3_600_000 * 3, 86_400_000].map(formatAge)).toEqual(['just now', '3 hours ago', '1 day ago']);
	expect(formatCommand(['lifeboat', 'restore', "it's here.zip"])).toBe(`lifeboat restore 'it'\\''s here.zip'`);
});
