import {describe, expect, test} from 'vitest';
import {editEnvFile, envFileValues, expandVariables, readEnvFile, variableNames} from '../../source/stack/env-file.js';

const value = (text: string, name = 'A') => envFileValues(text)[name];

describe('readEnvFile', () => {
	test.each([
		['A=plain', 'plain'],
		['export A=plain', 'plain'],
		['A = spaced ', 'spaced'],
		['A: yaml', 'yaml'],
		['A=', ''],
		['A=word # comment', 'word'],
		['A=word#part', 'word#part'],
		['A= # no comment, as Compose 2.26 has it', '# no comment, as Compose 2.26 has it'],
		["A='it\\'s'", "it's"],
		['A="\\x"', '\\x'],
		['A="two words" # comment', 'two words'],
		["A='ab$cd'", 'ab$cd'],
		['A=ab$cd', 'ab'],
		['A="ab\\$cd"', 'ab$cd'],
		['A="say \\"hi\\""', 'say "hi"'],
		['A="line\\nbreak"', 'line\nbreak'],
		['A="first\nsecond"', 'first\nsecond'],
		["A='first\nsecond'\nB=2", 'first\nsecond'],
		['A=url://u:p@h/d?x=1&y=2', 'url://u:p@h/d?x=1&y=2'],
		['A=first\nA=last', 'last'],
		['\uFEFFA=after a mark', 'after a mark'],
		['A=windows\r\nB=2\r\n', 'windows'],
	])('%j', (text, expected) => {
		expect(value(text)).toBe(expected);
	});

	test('expands earlier names, defaults and nested defaults', () => {
		const text = 'USER=app\nURL=postgres://$USER:${PASS:-none}@${HOST:-${USER}-db}/x';
		expect(value(text, 'URL')).toBe('postgres://app:none@app-db/x');
	});

	test('prefers the given environment over the file, as Compose does for interpolation', () => {
		expect(envFileValues('B=$A', {A: 'shell'})['B']).toBe('shell');
	});

	test('keeps bare names apart and knows their lines', () => {
		expect(readEnvFile('# comment\n\nPASSED\nA="x\ny"\nB=1')).toMatchObject([
			{name: 'PASSED', value: null, line: 3},
			{name: 'A', value: 'x\ny', line: 4},
			{name: 'B', value: '1', line: 6},
		]);
	});

	test('leaves out what is no assignment', () => {
		expect(readEnvFile('just some words\n=x\n# A=1').map(entry => entry.name)).toEqual([]);
	});
});

describe('editEnvFile', () => {
	test('changes one value and keeps comments, order and quotes', () => {
		const text = '# database\nDB_USER=app\nDB_PASSWORD="old" # keep me\n\n# rest\nPORT=3000\n';
		expect(editEnvFile(text, {DB_PASSWORD: 'new one'})).toBe(text.replace('"old"', '"new one"'));
	});

	test('changes the last of several assignments, the one that counts', () => {
		expect(editEnvFile('A=1\nA=2\n', {A: '3'})).toBe('A=1\nA=3\n');
	});

	test('adds at the end, also when the last line has no end', () => {
		expect(editEnvFile('A=1', {B: '2'})).toBe('A=1\nB=2\n');
		expect(editEnvFile('', {B: '2'})).toBe('B=2\n');
	});

	test('removes every assignment of a name', () => {
		expect(editEnvFile('A=1\nB=2\nA=3\nC=4\n', {A: null})).toBe('B=2\nC=4\n');
	});

	test('keeps Windows line ends', () => {
		expect(editEnvFile('A=1\r\nB=2\r\n', {A: '9', C: '3'})).toBe('A=9\r\nB=2\r\nC=3\r\n');
	});

	test('replaces a value that spans lines as a whole', () => {
		expect(editEnvFile('A="x\ny"\nB=1\n', {A: 'z'})).toBe('A="z"\nB=1\n');
	});

	test('gives a bare name a value', () => {
		expect(editEnvFile('A\nB=1\n', {A: 'x'})).toBe('A=x\nB=1\n');
	});

	test.each([
		'pa$$word',
		'$HOME',
		'two words',
		'a#b',
		'a #b',
		'#first',
		"it's",
		`it's "both" $x \\ y`,
		'back\\slash',
		'ends with \\',
		'line\nbreak',
		'',
		'ünïcode',
		'"quoted"',
	])('writes %j so that it reads back unchanged', secret => {
		for (const text of ['A=old\n', 'A="old"\n', "A='old'\n", 'B=1\n']) {
			expect(value(editEnvFile(text, {A: secret}))).toBe(secret);
		}
	});
});

describe('variables', () => {
	test('names, also in defaults; $$ is none', () => {
		expect(variableNames('${A:-${B}}-$C $$D ${E:?message}')).toEqual(['A', 'B', 'C', 'E']);
	});

	test.each([
		['${A:-x}', '', 'x'],
		['${A-x}', '', ''],
		['${A:+y}', 'set', 'y'],
		['${A:+y}', '', ''],
		['cost $$5', '', 'cost $5'],
	])('%s with A=%j', (text, a, expected) => {
		expect(expandVariables(text, name => (name === 'A' ? a : undefined))).toBe(expected);
	});
});
