import {readFileSync} from 'node:fs';
import {describe, expect, it} from 'vitest';
import {isArchive, readArchiveToc} from '../../source/postgres/archive.js';
import {createArchiveCheck} from '../../source/postgres/archive-check.js';

const read = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url));
const dumps = ['tiny-17-zstd.dump', 'tiny-15-gzip.dump'];

function check(bytes: Buffer, step = bytes.length) {
	const running = createArchiveCheck();
	for (let at = 0; at < bytes.length; at += step) running.push(bytes.subarray(at, at + step));
	return running.finish();
}

describe('readArchiveToc', () => {
	it('reads an archive of PostgreSQL 17', () => {
		const toc = readArchiveToc(read('tiny-17-zstd.dump'));
		expect(toc).toMatchObject({version: '1.16', format: 'custom', compression: 'zstd', database: 'tiny'});
		expect(toc?.serverVersion).toMatch(/^17\./);
		expect(toc?.entries.filter(entry => entry.hasData).map(entry => entry.name)).toEqual(['notes', 'users', '7..8']);
		expect(toc?.entries.find(entry => entry.kind === 'EXTENSION')?.definition).toContain('CREATE EXTENSION');
		expect(toc?.entries.find(entry => entry.kind === 'TABLE' && entry.name === 'users')).toMatchObject({
			schema: 'public',
			owner: 'clerq',
			isPostData: false,
		});
		const key = toc?.entries.find(entry => entry.isPostData);
		const table = toc?.entries.find(entry => entry.kind === 'TABLE' && key?.name.startsWith(entry.name));
		expect(key).toMatchObject({kind: 'CONSTRAINT', dependencies: [table?.id]});
	});

	it('reads an archive of PostgreSQL 15 that was written to a file', () => {
		const toc = readArchiveToc(read('tiny-15-gzip.dump'));
		expect(toc).toMatchObject({version: '1.14', compression: 'gzip'});
		expect(toc?.entries.filter(entry => entry.hasData)).toHaveLength(3);
	});

	it('wants more while the table of contents is not complete', () => {
		const bytes = read('tiny-17-zstd.dump');
		expect(readArchiveToc(bytes.subarray(0, 300))).toBeUndefined();
	});

	it('refuses what is no archive', () => {
		expect(isArchive(Buffer.from('SELECT 1;'))).toBe(false);
		expect(() => readArchiveToc(Buffer.from('SELECT 1; -- and more'))).toThrow(/not an archive/);
	});
});

describe('createArchiveCheck', () => {
	it.each(dumps)('accepts %s in pieces of any size', name => {
		const bytes = read(name);
		for (const step of [1, 7, 64, 1000, bytes.length]) expect(check(bytes, step).database).toBe('tiny');
	});

	it.each(dumps)('refuses %s cut at any byte', name => {
		const bytes = read(name);
		for (let length = 0; length < bytes.length; length += 1) {
			expect(() => check(bytes.subarray(0, length)), `cut at ${length}`).toThrow(/cut off|damaged|not an archive/);
		}
	});

	it('refuses an archive with something behind it', () => {
		expect(() => check(Buffer.concat([read('tiny-17-zstd.dump'), Buffer.from('x')]))).toThrow(/damaged/);
	});
});
