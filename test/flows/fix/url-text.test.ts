import {expect, test} from 'vitest';
import {encodeLogin, readUrlText, soleReference, writeUrlText} from '../../../source/flows/fix/url-text.js';

test('takes a URL with references apart and puts it together again', () => {
	const text = 'postgres://${U:-app}:${PW:-p@ss:w/rd}@${HOST}:${PORT:-5432}/${DB:-app}?sslmode=disable';
	const url = readUrlText(text);
	expect(url).toMatchObject({user: '${U:-app}', password: '${PW:-p@ss:w/rd}', host: '${HOST}', port: '${PORT:-5432}'});
	expect(url && writeUrlText(url)).toBe(text);
});

test('reads what was meant where characters are not encoded', () => {
	expect(readUrlText('postgres://app:p@ss/w:rd#1@db:5432/app')).toMatchObject({
		user: 'app',
		password: 'p@ss/w:rd#1',
		host: 'db',
		port: '5432',
		path: '/app',
	});
	expect(readUrlText('host=db dbname=app')).toBeUndefined();
});

test('knows a reference that stands alone', () => {
	expect(['${PW}', '$PW', '${PW:-x}', '${PW:?say it}', 'a${PW}', 'plain'].map(soleReference)).toEqual([
		'PW',
		'PW',
		'PW',
		'PW',
		undefined,
		undefined,
	]);
});

test('encodes all that a login may not hold', () => {
	expect(encodeLogin("p@ss/w:rd#1%?!'()*")).toBe('p%40ss%2Fw%3Ard%231%25%3F%21%27%28%29%2A');
});
