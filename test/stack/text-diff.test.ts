import {expect, test} from 'vitest';
import {diffTexts} from '../../source/stack/text-diff.js';

test('shows the changed lines with one line around them', () => {
	expect(diffTexts('.env', 'A=1\nB=2\nC=3\nD=4\nE=5\n', 'A=1\nB=2\nC=9\nD=4\nE=5\nF=6\n')).toEqual([
		'--- .env',
		'+++ .env',
		'@@ line 2 @@',
		' B=2',
		'-C=3',
		'+C=9',
		' D=4',
		' E=5',
		'+F=6',
	]);
});

test('a new file, an equal file, and lines that must not be seen', () => {
	expect(diffTexts('x.yml', null, 'a\n')).toEqual(['--- no file yet', '+++ x.yml', '@@ line 1 @@', '+a']);
	expect(diffTexts('x.yml', 'a\n', 'a\n')).toEqual([]);
	const masked = diffTexts('.env', 'K=old\n', 'K=new\n', line => line.replace(/=.*/, '=***'));
	expect(masked.slice(2)).toEqual(['@@ line 1 @@', '-K=***', '+K=***']);
});
