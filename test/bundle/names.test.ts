import {expect, test} from 'vitest';
import {encodeSegment, nameBundle, nameDumpPart, nameGlobalsPart, parseBundleName} from '../../source/bundle/names.js';

const time = Date.UTC(2026, 5, 14, 2, 3, 4);

test('a bundle is named for its project and the time in UTC', () => {
	expect(nameBundle('clerq', time)).toBe('clerq-20260614T020304Z.zip');
	expect(nameBundle('clerq', time + 999, {encrypted: true, attempt: 2})).toBe('clerq-20260614T020304Z-3.zip.age');
});

test.each([
	['clerq-20260614T020304Z.zip', {project: 'clerq', time, encrypted: false}],
	['my-app-2-20260614T020304Z-7.zip.age', {project: 'my-app-2', time, encrypted: true}],
	['clerq.zip', undefined],
	['clerq-20260614.sql.gz', undefined],
	['clerq-20269914T020304Z.zip', undefined],
	['.clerq-20260614T020304Z.zip.0123abcd-0123abcd-1-1.ab.partial', undefined],
])('%s is read back', (name, expected) => {
	expect(parseBundleName(name)).toEqual(expected);
});

test.each([
	['clerq', 'clerq'],
	['../../etc/passwd', '%2E.%2F..%2Fetc%2Fpasswd'],
	['..', '%2E%2E'],
	['-rf', '%2Drf'],
	['a b;c"d\'e', 'a b%3Bc%22d%27e'],
	['Größe-日本', 'Größe-日本'],
	['con\u0000\n', 'con%00%0A'],
	['', '_'],
	['trailing.', 'trailing%2E'],
])('%j becomes a segment that any file system takes', (name, expected) => {
	expect(encodeSegment(name)).toBe(expected);
});

test('long names stay short, and different', () => {
	const [one, other] = [encodeSegment('日'.repeat(100)), encodeSegment(`${'日'.repeat(99)}本`)];
	expect(Buffer.byteLength(one)).toBeLessThanOrEqual(120);
	expect(one).not.toBe(other);
});

test('parts of two servers, or names that differ in case, do not clash', () => {
	const custom = {format: 'custom', compression: 'zstd'} as const;
	const first = nameDumpPart({name: 'app', service: 'db'}, custom);
	const second = nameDumpPart({name: 'app', service: 'db2'}, custom, [first]);
	const third = nameDumpPart({name: 'APP', service: 'db2'}, custom, [first, second]);
	expect([first, second, third]).toEqual(['databases/app.dump', 'databases/app@db2.dump', 'databases/APP~2.dump']);
	expect(nameDumpPart({name: 'app', service: 'db'}, {format: 'plain', compression: 'gzip'})).toBe(
		'databases/app.sql.gz',
	);
	expect(nameDumpPart({name: 'app', service: 'db'}, {format: 'directory', compression: 'zstd'})).toBe('databases/app');
	expect(nameGlobalsPart('db')).toBe('globals.sql');
	expect(nameGlobalsPart('db2', ['globals.sql'])).toBe('globals@db2.sql');
});
