import {spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readdirSync} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {expect, test} from 'vitest';
import type {BundleWriter} from '../../source/bundle/bundle-writer.js';
import {openBundle} from '../../source/bundle/read.js';
import {createBundle} from '../../source/bundle/write.js';
import {drive} from '../../source/operation.js';
import {createTestFolder, sampleContent, sampleTime} from './sample.js';
import {mountSmallDisk} from './small-disk.js';

const root = await createTestFolder();
let count = 0;
const create = (folder = join(root, `folder-${count++}`), signal?: AbortSignal) =>
	createBundle({folder, project: 'clerq', createdAt: sampleTime, signal});

/** A program that writes to the file by itself, as pg_dump does through `docker exec`. */
async function addProgram(writer: BundleWriter, path: string, script: string, onBytes?: (bytes: number) => void) {
	const output = await writer.openOutput(path);
	if (output === undefined) throw new Error('no output');
	const program = spawn('sh', ['-c', script], {stdio: ['ignore', output.descriptor, 'ignore']});
	const ended = new Promise<number | null>(resolve => program.on('close', resolve));
	const part = await writer.addOutput('dump', output.follow(ended), onBytes);
	return {part, exitCode: await ended};
}

test('what a program writes into the bundle by itself, slowly and in pieces, is read back as it was written', async () => {
	const writer = await create();
	await writer.addBytes('globals.sql', 'globals', 'CREATE ROLE clerq;\n');
	const seen: number[] = [];
	const slow = 'for i in 1 2 3; do head -c 300000 /dev/zero; sleep 0.15; done; printf end';
	const {part} = await addProgram(writer, 'databases/a.dump', slow, bytes => seen.push(bytes));
	const expected = Buffer.concat([Buffer.alloc(900_000), Buffer.from('end')]);
	expect(part).toMatchObject({
		bytes: expected.length,
		sha256: createHash('sha256').update(expected).digest('hex'),
	});
	expect(seen.at(-1)).toBe(expected.length);
	expect(seen.length).toBeGreaterThan(2);
	await addProgram(writer, 'databases/empty.dump', 'true');
	await writer.addStream('databases/c.dump', 'dump', Readable.from([Buffer.from('streamed')]));
	const {file} = await drive(writer.finish(sampleContent()), () => undefined);
	const bundle = await openBundle(file);
	expect(await bundle.readPart('databases/a.dump')).toEqual(expected);
	expect(await bundle.readPart('databases/empty.dump')).toEqual(Buffer.alloc(0));
	expect((await bundle.readPart('databases/c.dump')).toString()).toBe('streamed');
	expect((await bundle.readPart('globals.sql')).toString()).toBe('CREATE ROLE clerq;\n');
	await bundle.close();
});

test('an encrypted bundle gives no program its file', async () => {
	const writer = await createBundle({
		folder: join(root, `folder-${count++}`),
		project: 'clerq',
		createdAt: sampleTime,
		encryption: {passphrase: 'correct horse'},
	});
	expect(await writer.openOutput('databases/a.dump')).toBeUndefined();
	await writer.addStream('databases/a.dump', 'dump', Readable.from([Buffer.from('secret')]));
	await writer.discard();
});

test('a part that was begun and not finished leaves a bundle that can only be discarded', async () => {
	const folder = join(root, `folder-${count++}`);
	const writer = await create(folder);
	await writer.openOutput('databases/a.dump');
	await expect(writer.addBytes('globals.sql', 'globals', 'x')).rejects.toThrow('can only be discarded');
	await writer.discard();
	expect(readdirSync(folder)).toEqual(['.gitignore']);
});

test('cancelled while the program writes: the call ends, and nothing stays', async () => {
	const folder = join(root, `folder-${count++}`);
	const cancel = new AbortController();
	const writer = await create(folder, cancel.signal);
	const output = await writer.openOutput('databases/a.dump');
	if (output === undefined) throw new Error('no output');
	const program = spawn('sleep', ['600'], {stdio: ['ignore', output.descriptor, 'ignore']});
	const ended = new Promise(resolve => program.on('close', resolve));
	setTimeout(() => cancel.abort(), 50);
	await expect(writer.addOutput('dump', output.follow(ended))).rejects.toMatchObject({code: 'cancelled'});
	program.kill();
	await ended;
	await writer.discard();
	expect(readdirSync(folder)).toEqual(['.gitignore']);
});

const small = mountSmallDisk(join(root, 'small'));

test.skipIf(small === undefined)(
	'a disk that fills up is named, whatever the program says of it (needs root for a tmpfs)',
	async () => {
		const folder = join(small ?? '', 'backups');
		const writer = await create(folder);
		const output = await writer.openOutput('databases/a.dump');
		if (output === undefined) throw new Error('no output');
		const program = spawn('head', ['-c', '4000000', '/dev/zero'], {stdio: ['ignore', output.descriptor, 'ignore']});
		const ended = new Promise(resolve => program.on('close', resolve));
		const failing = Readable.from(
			(async function* () {
				yield* output.follow(ended);
				throw new Error('exit code 1');
			})(),
		);
		await expect(writer.addOutput('dump', failing)).rejects.toMatchObject({
			code: 'disk-full',
			message: expect.stringContaining(folder),
		});
		await writer.discard();
		expect(readdirSync(folder)).toEqual(['.gitignore']);
	},
);
