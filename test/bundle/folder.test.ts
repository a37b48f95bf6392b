import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {once} from 'node:events';
import {chmodSync, existsSync, mkdirSync, readdirSync, rmSync, statSync, utimesSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {fileURLToPath} from 'node:url';
import {expect, test} from 'vitest';
import {cleanPartials, partialPath, prepareFolder, publishFile} from '../../source/bundle/folder.js';
import {createBundle} from '../../source/bundle/write.js';
import {drive} from '../../source/operation.js';
import {createTestFolder, sampleContent, sampleTime} from './sample.js';
import {mountSmallDisk} from './small-disk.js';

const root = await createTestFolder();
const now = Date.now();

test('what a writer killed by SIGKILL leaves is hidden, and is gone after the next start', async () => {
	const folder = join(root, 'killed');
	const script = fileURLToPath(new URL('endless-writer.ts', import.meta.url));
	const child = spawn(process.execPath, ['--import', 'tsx', script, folder], {stdio: ['ignore', 'pipe', 'inherit']});
	await once(child.stdout, 'data');
	expect(await cleanPartials(folder, now)).toEqual([]);
	child.kill('SIGKILL');
	await once(child, 'exit');
	const left = readdirSync(folder).filter(name => name !== '.gitignore');
	expect(left).toEqual([expect.stringMatching(/^\.clerq-20260614T020000Z\.zip\..+\.partial$/u)]);
	expect(await cleanPartials(folder, now)).toEqual(left);
	expect(readdirSync(folder)).toEqual(['.gitignore']);
});

test('a partial file of this process stays', async () => {
	const folder = join(root, 'own');
	mkdirSync(folder);
	writeFileSync(partialPath(folder, 'clerq-20260614T020000Z.zip'), '');
	expect(await cleanPartials(folder, now)).toEqual([]);
});

test('a partial file of another machine stays for a week', async () => {
	const folder = join(root, 'foreign');
	mkdirSync(folder);
	const file = join(folder, '.clerq-20260614T020000Z.zip.00000000-00000000-1-1.abcd1234.partial');
	writeFileSync(file, '');
	expect(await cleanPartials(folder, Date.now())).toEqual([]);
	const old = (now - 8 * 24 * 3_600_000) / 1000;
	utimesSync(file, old, old);
	expect(await cleanPartials(folder, Date.now())).toHaveLength(1);
});

test('a folder that is not there has nothing to clean', async () => {
	expect(await cleanPartials(join(root, 'nowhere'), now)).toEqual([]);
});

test('an empty folder that belongs to us is made private', async () => {
	const folder = join(root, 'empty');
	mkdirSync(folder);
	chmodSync(folder, 0o755);
	await prepareFolder(folder);
	expect(statSync(folder).mode & 0o777).toBe(0o700);
	await prepareFolder(folder);
	expect(readdirSync(folder)).toEqual(['.gitignore']);
});

test('a file is never published over another', async () => {
	const [from, to] = [join(root, 'from'), join(root, 'to')];
	writeFileSync(from, 'new');
	writeFileSync(to, 'old');
	expect(await publishFile(from, to)).toBe(false);
	rmSync(to);
	expect(await publishFile(from, to)).toBe(true);
	expect(existsSync(from)).toBe(false);
});

const small = mountSmallDisk(join(root, 'small'));

test.skipIf(small === undefined)(
	'a full disk is told as such, and the partial file is removed (needs root for a tmpfs)',
	async () => {
		const folder = join(small ?? '', 'backups');
		const writer = await createBundle({folder, project: 'clerq', createdAt: sampleTime});
		const source = Readable.from(
			(function* () {
				for (let count = 0; count < 64; count++) yield Buffer.alloc(64 * 1024, 'x');
			})(),
		);
		await expect(writer.addStream('databases/clerq.dump', 'dump', source)).rejects.toMatchObject({
			code: 'disk-full',
			message: expect.stringContaining('the disk is full'),
			fix: ['df', '-h', folder],
		});
		await writer.discard();
		expect(readdirSync(folder)).toEqual(['.gitignore']);
	},
);

test.skipIf(small === undefined)(
	'a disk that fills up with the last bytes is told as such (needs root for a tmpfs)',
	async () => {
		const folder = join(small ?? '', 'last');
		const writer = await createBundle({folder, project: 'clerq', createdAt: sampleTime});
		await writer.addStream('databases/clerq.dump', 'dump', Readable.from([Buffer.alloc(900 * 1024, 'x')]));
		writeFileSync(join(small ?? '', 'filler'), Buffer.alloc(1024));
		fillUp(join(small ?? '', 'filler'));
		await expect(
			drive(writer.finish(sampleContent({directory: randomBytes(20_000).toString('hex')})), () => undefined),
		).rejects.toMatchObject({code: 'disk-full'});
		await writer.discard();
		expect(readdirSync(folder)).toEqual(['.gitignore']);
	},
);

function fillUp(file: string): void {
	for (let size = 0; size < 4; size++) {
		try {
			writeFileSync(file, Buffer.alloc(1024 * 1024), {flag: 'a'});
		} catch {
			return;
		}
	}
}
