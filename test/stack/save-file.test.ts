import {
	chmodSync,
	lstatSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {saveFile} from '../../source/stack/save-file.js';

const folder = () => mkdtempSync(join(tmpdir(), 'lifeboat-save-'));

test('keeps the mode, and leaves nothing else behind', async () => {
	const place = folder();
	writeFileSync(join(place, '.env'), 'A=1\n');
	chmodSync(join(place, '.env'), 0o640);
	await saveFile(join(place, '.env'), 'A=2\n');
	expect(readFileSync(join(place, '.env'), 'utf8')).toBe('A=2\n');
	expect(statSync(join(place, '.env')).mode & 0o777).toBe(0o640);
	expect(readdirSync(place)).toEqual(['.env']);
});

test('follows a symbolic link', async () => {
	const place = folder();
	writeFileSync(join(place, 'real.env'), 'A=1\n');
	symlinkSync('real.env', join(place, '.env'));
	await saveFile(join(place, '.env'), 'A=2\n');
	expect(lstatSync(join(place, '.env')).isSymbolicLink()).toBe(true);
	expect(readFileSync(join(place, 'real.env'), 'utf8')).toBe('A=2\n');
});

test('a new file is for its owner alone', async () => {
	const path = join(folder(), 'new.env');
	await saveFile(path, 'A=1\n');
	expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('says what cannot be written', async () => {
	await expect(saveFile('/nonexistent/folder/.env', '')).rejects.toMatchObject({
		code: 'output-unwritable',
		hint: expect.stringMatching(/permissions/),
	});
});
