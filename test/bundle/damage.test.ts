import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {generateX25519Identity, identityToRecipient} from 'age-encryption';
import {expect, test} from 'vitest';
import {openBundle} from '../../source/bundle/read.js';
import {verifyChecksums} from '../../source/bundle/verify-checksums.js';
import {isAppError} from '../../source/errors.js';
import {drive} from '../../source/operation.js';
import {craft, createRandom, pack, unpack} from './craft-zip.js';
import {createTestFolder, sampleParts, writeSample} from './sample.js';

const root = await createTestFolder();
const identity = await generateX25519Identity();
const goodFile = (await writeSample(join(root, 'good'))).file;
const good = readFileSync(goodFile);
const sealed = readFileSync(
	(await writeSample(join(root, 'sealed'), {encryption: {recipients: [await identityToRecipient(identity)]}})).file,
);

/** Checks a bundle as restore does before it changes anything; returns the error's code, or `accepted`. */
async function check(data: Buffer): Promise<{readonly code: string; readonly message: string}> {
	const path = join(root, 'candidate.zip');
	writeFileSync(path, data);
	try {
		const bundle = await openBundle(path, {identities: [identity]});
		try {
			await drive(verifyChecksums(bundle), () => undefined);
			return {code: bundle.repacked ? 'accepted as repacked' : 'accepted', message: ''};
		} finally {
			await bundle.close();
		}
	} catch (error) {
		if (isAppError(error)) return {code: error.code, message: error.message};
		throw error;
	}
}

const refusals = ['bundle-damaged', 'bundle-unreadable'];

test('the undamaged bundle is accepted', async () => {
	expect(await check(good)).toMatchObject({code: 'accepted'});
});

test.each(Array.from({length: 60}, (_, seed) => seed))('cut short, seed %i: refused', async seed => {
	const random = createRandom(seed);
	const {code} = await check(good.subarray(0, random(good.length)));
	expect(refusals).toContain(code);
});

test.each(Array.from({length: 80}, (_, seed) => seed))('one bit flipped, seed %i: refused', async seed => {
	const random = createRandom(1000 + seed);
	const copy = Buffer.from(good);
	// Half of them in the last 6 KB, where the texts, the manifest and the zip directory lie.
	const position = seed % 2 === 0 ? random(copy.length) : copy.length - 1 - random(6000);
	copy[position] = (copy[position] ?? 0) ^ (1 << random(8));
	const {code} = await check(copy);
	expect(refusals, `bit in byte ${position} of ${copy.length}`).toContain(code);
});

test('every single bit of the zip directory counts', async () => {
	const start = good.indexOf(Buffer.from([0x50, 0x4b, 1, 2]));
	const accepted: number[] = [];
	for (let position = start; position < good.length; position++) {
		const copy = Buffer.from(good);
		copy[position] = (copy[position] ?? 0) ^ (1 << (position % 8));
		if ((await check(copy)).code.startsWith('accepted')) accepted.push(position - start);
	}

	expect(accepted).toEqual([]);
});

test.each(Array.from({length: 20}, (_, seed) => seed))('a run of bytes overwritten, seed %i: refused', async seed => {
	const random = createRandom(2000 + seed);
	const copy = Buffer.from(good);
	const start = random(copy.length - 600);
	copy.fill(random(256), start, start + 1 + random(512));
	if (copy.equals(good)) return;
	expect(refusals).toContain((await check(copy)).code);
});

test.each(Array.from({length: 10}, (_, seed) => seed))('bytes inserted or taken out, seed %i: refused', async seed => {
	const random = createRandom(3000 + seed);
	const at = random(good.length);
	const count = 1 + random(100);
	const rest =
		seed % 2 === 0
			? good.subarray(Math.min(at + count, good.length))
			: Buffer.concat([Buffer.alloc(count, 7), good.subarray(at)]);
	expect(refusals).toContain((await check(Buffer.concat([good.subarray(0, at), rest]))).code);
});

test.each(Array.from({length: 20}, (_, seed) => seed))('encrypted and damaged, seed %i: refused', async seed => {
	const random = createRandom(4000 + seed);
	const copy = Buffer.from(sealed.subarray(0, seed % 2 === 0 ? sealed.length : random(sealed.length)));
	if (seed % 2 === 0) {
		const position = random(copy.length);
		copy[position] = (copy[position] ?? 0) ^ (1 << random(8));
	}

	expect([...refusals, 'bundle-encrypted']).toContain((await check(copy)).code);
});

test('parts swapped inside the zip are refused', async () => {
	const one = {'databases/a.dump': 'PGDMP a '.repeat(100), 'databases/b.dump': 'PGDMP b '.repeat(100)};
	const data = readFileSync((await writeSample(join(root, 'swap'), {parts: one})).file);
	const a = data.indexOf('PGDMP a ');
	const b = data.indexOf('PGDMP b ');
	const swapped = Buffer.from(data);
	data.copy(swapped, a, b, b + 800);
	data.copy(swapped, b, a, a + 800);
	expect(await check(swapped)).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('databases/a.dump'),
	});
});

test('a part of another bundle, packed in with its own CRC, is refused by its sha256', async () => {
	const parts = await unpack(goodFile);
	parts.get('databases/clerq.dump')?.write('other', 100);
	expect(await check(await pack(parts))).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('sha256'),
	});
});

test('a bundle that another program packed again is accepted when it has every part, and no other', async () => {
	const parts = await unpack(goodFile);
	expect(await check(await pack(parts))).toMatchObject({code: 'accepted as repacked'});
	expect(await check(await pack(new Map([...parts, ['extra.sh', Buffer.from('rm -rf /')]])))).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('extra.sh is not in its manifest'),
	});
	parts.delete('globals.sql');
	expect(await check(await pack(parts))).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('globals.sql is in its manifest'),
	});
	parts.delete('manifest.json');
	expect(await check(await pack(parts))).toMatchObject({
		code: 'bundle-unreadable',
		message: expect.stringContaining('not a finished backup'),
	});
});

test('a link in the archive is refused', async () => {
	expect(await check(await pack(new Map([['config', Buffer.from('/etc/passwd')]]), 0o120777))).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('symbolic link'),
	});
});

test.each(['../evil', '/etc/cron.d/evil', 'a/../../evil', 'a\\..\\evil', 'C:/evil', './a', 'a//b', 'line\nbreak'])(
	'an entry named %j is refused',
	async name => {
		expect(await check(craft([{name, data: 'x'}]))).toMatchObject({code: 'bundle-damaged'});
	},
);

test('two entries of one name are refused', async () => {
	expect(
		await check(
			craft([
				{name: 'a', data: 'x'},
				{name: 'a', data: 'y'},
			]),
		),
	).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('two entries named a'),
	});
});

test('a 20 KB bomb that claims 1 TB is refused at once, stored or deflated', async () => {
	const claim = 1e12;
	const stored = craft([
		{name: 'databases/clerq.dump', data: 'x'.repeat(20_000), bytes: claim, compressedBytes: claim},
	]);
	expect(stored.length).toBeLessThan(21_000);
	expect(await check(stored)).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('more than the file has'),
	});
	const deflated = craft([{name: 'databases/clerq.dump', data: 'x'.repeat(20_000), bytes: claim, method: 'deflated'}]);
	expect(await check(deflated)).toMatchObject({
		code: 'bundle-damaged',
		message: expect.stringContaining('claims to grow'),
	});
});

test('entries that share their bytes are refused', async () => {
	const zip = craft([
		{name: 'a', data: 'x'.repeat(1000)},
		{name: 'b', data: 'y'},
		{name: 'c', data: 'z', offset: 0},
	]);
	expect(await check(zip)).toMatchObject({code: 'bundle-damaged', message: expect.stringContaining('overlaps')});
});

test('files that are no bundle at all are told apart from damaged ones', async () => {
	expect(await check(Buffer.alloc(0))).toMatchObject({
		code: 'bundle-unreadable',
		message: expect.stringContaining('it is empty'),
	});
	expect(await check(Buffer.from('-- PostgreSQL database dump\n'))).toMatchObject({code: 'bundle-unreadable'});
	expect(await check(craft([{name: 'manifest.json', data: '{"format":"other"}'}]))).toMatchObject({
		code: 'bundle-unreadable',
	});
	await expect(openBundle(join(root, 'nothing.zip'))).rejects.toMatchObject({code: 'file-not-found'});
	await expect(openBundle(root)).rejects.toMatchObject({code: 'bundle-unreadable'});
});

test('a bundle of a newer format is refused, and says by whom it was written', async () => {
	const manifest = JSON.stringify({format: 'lifeboat-bundle', version: 2, tool: {name: 'lifeboat', version: '3.1.4'}});
	expect(await check(craft([{name: 'manifest.json', data: manifest}]))).toMatchObject({
		code: 'bundle-unreadable',
		message: expect.stringMatching(/Lifeboat 3\.1\.4 in bundle format 2/u),
	});
});

test('names in messages cannot reach the terminal as control sequences', async () => {
	const {message} = await check(craft([{name: 'a\u001b[31mred', data: 'x'}]));
	expect(message).toContain('\\u001b[31mred');
});

test('what is in the sample is what the damage was done to', () => {
	expect(Object.keys(sampleParts)).toHaveLength(4);
	expect(good.length).toBeGreaterThan(100_000);
});
