import {readFileSync} from 'node:fs';
import {deflateRawSync} from 'node:zlib';
import {craft, createRandom, pack, unpack} from '../bundle/craft-zip.js';

export type DamagedBundle = {readonly kind: string; readonly content: Buffer};

const terabyte = 2 ** 40;

/** Two hundred files that a restore must refuse, made of a good bundle; always the same ones. */
export async function damageBundle(file: string): Promise<readonly DamagedBundle[]> {
	const whole = readFileSync(file);
	const parts = await unpack(file);
	const random = createRandom(7);
	const times = (count: number, kind: string, make: (index: number) => Buffer) =>
		Array.from({length: count}, (_, index) => ({kind, content: make(index)}));
	const made = [
		...times(30, 'a bit flipped in the dump', () =>
			flip(whole, whole.indexOf('PGDMP') + random(Math.floor(whole.length / 2)), random),
		),
		...times(30, 'a bit flipped in the last 8 KB', () => flip(whole, whole.length - 1 - random(8192), random)),
		...times(20, 'a run of bytes copied elsewhere', () => copyRun(whole, random)),
		...times(15, 'bytes put in', () => {
			const at = random(whole.length);
			return Buffer.concat([whole.subarray(0, at), Buffer.alloc(1 + random(4096), 0x55), whole.subarray(at)]);
		}),
		...times(10, 'bytes taken out', () => {
			const at = random(whole.length - 4096);
			return Buffer.concat([whole.subarray(0, at), whole.subarray(at + 1 + random(4096))]);
		}),
		...(await swapParts(parts)),
		...(await foreignZips(parts)),
		...bombs(),
	];
	return [...made, ...times(200 - made.length, 'cut', () => whole.subarray(0, random(whole.length)))];
}

function flip(whole: Buffer, at: number, random: (below: number) => number): Buffer {
	const copy = Buffer.from(whole);
	copy[at] = (copy[at] ?? 0) ^ (1 << random(8));
	return copy;
}

function copyRun(whole: Buffer, random: (below: number) => number): Buffer {
	const copy = Buffer.from(whole);
	const [at, from] = [random(whole.length - 4096), random(whole.length - 4096)];
	copy.copyWithin(at, from, from + 1 + random(4096));
	return copy.equals(whole) ? whole.subarray(0, at) : copy;
}

/** Each part under the name of each other one, in a zip that is sound in itself. */
async function swapParts(parts: ReadonlyMap<string, Buffer>): Promise<readonly DamagedBundle[]> {
	const names = [...parts.keys()].filter(name => name !== 'manifest.json');
	const swapped: DamagedBundle[] = [];
	for (const [index, one] of names.entries())
		for (const other of names.slice(index + 1)) {
			const content = new Map(parts);
			content.set(one, parts.get(other) ?? Buffer.alloc(0));
			content.set(other, parts.get(one) ?? Buffer.alloc(0));
			swapped.push({kind: 'parts swapped', content: await pack(content)});
		}

	for (const name of names) {
		const content = new Map(parts);
		content.delete(name);
		swapped.push({kind: 'a part left out', content: await pack(content)});
		content.set(name, Buffer.from('PGDMP of somebody else'));
		swapped.push({kind: 'a part of another bundle', content: await pack(content)});
	}

	return swapped;
}

async function foreignZips(parts: ReadonlyMap<string, Buffer>): Promise<readonly DamagedBundle[]> {
	const dump = parts.get('databases/ledger.dump') ?? Buffer.alloc(0);
	const zips = [
		await pack(new Map([['x.txt', Buffer.from('hello')]])),
		await pack(new Map()),
		await pack(
			new Map([
				['word/document.xml', Buffer.from('<w/>')],
				['[Content_Types].xml', Buffer.from('<t/>')],
			]),
		),
		await pack(new Map([['META-INF/MANIFEST.MF', Buffer.from('Main-Class: A')]])),
		await pack(
			new Map([
				['a.dump', dump],
				['b.dump', dump],
			]),
		),
		await pack(new Map([['database.dump', dump.subarray(0, Math.floor(dump.length / 2))]])),
		await pack(new Map([...parts, ['extra.sh', Buffer.from('rm -rf /')]])),
		await pack(new Map([['config', Buffer.from('/etc/passwd')]]), 0o120777),
		craft([{name: 'manifest.json', data: '{"format":"other"}'}]),
		craft([{name: 'manifest.json', data: '{}'}]),
		craft([{name: 'manifest.json', data: 'no json'}]),
		craft([{name: '../../etc/cron.d/evil', data: 'x'}]),
		craft([{name: '/etc/passwd', data: 'x'}]),
		craft([
			{name: 'a', data: 'x'},
			{name: 'a', data: 'y'},
		]),
		craft([
			{name: 'a', data: 'x'.repeat(1000)},
			{name: 'b', data: 'y'},
			{name: 'c', data: 'z', offset: 0},
		]),
	];
	return zips.map(content => ({kind: 'a foreign zip', content}));
}

/** Twenty kilobytes that claim a terabyte. */
function bombs(): readonly DamagedBundle[] {
	const zeros = deflateRawSync(Buffer.alloc(20_000_000));
	const name = 'databases/ledger.dump';
	const contents = [
		craft([{name, data: zeros, bytes: terabyte, method: 'deflated'}]),
		craft([{name, data: zeros, bytes: terabyte, method: 'stored'}]),
		craft([{name, data: zeros, bytes: terabyte, compressedBytes: terabyte, method: 'deflated'}]),
		craft([{name: 'manifest.json', data: zeros, bytes: terabyte, method: 'deflated'}]),
		craft(Array.from({length: 50}, (_, index) => ({name: `databases/${index}.dump`, data: 'x', bytes: terabyte}))),
	];
	return contents.map(content => ({kind: 'a bomb of at most 20 KB that claims 1 TB', content}));
}
