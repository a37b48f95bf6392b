import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {Decrypter, generateX25519Identity, identityToRecipient} from 'age-encryption';
import {expect, test} from 'vitest';
import {openBundle} from '../../source/bundle/read.js';
import {verifyChecksums} from '../../source/bundle/verify-checksums.js';
import {createBundle} from '../../source/bundle/write.js';
import {drive} from '../../source/operation.js';
import {createTestFolder, sampleContent, sampleParts, sampleTime, writeSample} from './sample.js';

const root = await createTestFolder();
let count = 0;
const freshFolder = () => join(root, `folder-${count++}`);

const hasUnzip = spawnSync('unzip', ['-v']).status === 0 && spawnSync('zipinfo', ['-h']).error === undefined;
const withUnzip = test.skipIf(!hasUnzip);
const unzip = (...args: readonly string[]) => execFileSync('unzip', args, {encoding: 'utf8'});

withUnzip('a bundle passes unzip -t, and its manifest is the last entry', async () => {
	const {file} = await writeSample(freshFolder());
	expect(unzip('-t', file)).toContain('No errors detected');
	const names = execFileSync('zipinfo', ['-1', file], {encoding: 'utf8'}).trim().split('\n');
	expect(names).toEqual([...Object.keys(sampleParts), 'RESTORE.md', 'manifest.json']);
	expect(file).toMatch(/\/clerq-20260614T020000Z\.zip$/u);
});

withUnzip('dump entries are stored, texts deflated, and every file belongs to its owner alone', async () => {
	const {file} = await writeSample(freshFolder(), {parts: {...sampleParts, 'config/big.yml': 'a: b\n'.repeat(500)}});
	const lines = execFileSync('zipinfo', [file], {encoding: 'utf8'}).split('\n');
	expect(lines.find(line => line.endsWith('clerq.dump'))).toMatch(/^-rw-------.* stor /u);
	expect(lines.find(line => line.endsWith('big.yml'))).toMatch(/^-rw-------.* defN /u);
});

withUnzip('unzip gives back every part with the sha256 of the manifest', async () => {
	const {file} = await writeSample(freshFolder());
	const into = freshFolder();
	unzip('-q', file, '-d', into);
	const manifest = JSON.parse(readFileSync(join(into, 'manifest.json'), 'utf8'));
	for (const part of manifest.parts) {
		const data = readFileSync(join(into, part.path));
		expect(createHash('sha256').update(data).digest('hex')).toBe(part.sha256);
		expect(data.length).toBe(part.bytes);
	}

	expect(manifest.parts).toHaveLength(Object.keys(sampleParts).length + 1);
});

test('what is read again is what was written', async () => {
	const {file, manifest} = await writeSample(freshFolder());
	const bundle = await openBundle(file);
	expect(bundle.manifest).toEqual(manifest);
	expect(bundle.repacked).toBe(false);
	for (const [path, data] of Object.entries(sampleParts))
		expect(await bundle.readPart(path)).toEqual(Buffer.from(data));
	const checked = await drive(verifyChecksums(bundle), () => undefined);
	expect(checked.parts).toBe(manifest.parts.length);
	await bundle.close();
});

test('a dump lies in the file as it is: tools that know no Lifeboat find it, and nothing is compressed twice', async () => {
	const {file} = await writeSample(freshFolder());
	expect(readFileSync(file).includes(sampleParts['databases/clerq.dump'] ?? 'absent')).toBe(true);
});

test('the folder is 0700 with a .gitignore of its own, the file 0600, and nothing else is left', async () => {
	const folder = freshFolder();
	const {file} = await writeSample(folder);
	expect(statSync(folder).mode & 0o777).toBe(0o700);
	expect(readFileSync(join(folder, '.gitignore'), 'utf8').split('\n')).toContain('*');
	expect(statSync(file).mode & 0o777).toBe(0o600);
	expect(readdirSync(folder).sort()).toEqual(['.gitignore', 'clerq-20260614T020000Z.zip']);
});

test('an existing folder with other files keeps its mode and gets no .gitignore', async () => {
	const folder = freshFolder();
	mkdirSync(folder, {mode: 0o755});
	writeFileSync(join(folder, 'notes.txt'), 'mine');
	await writeSample(folder);
	expect(statSync(folder).mode & 0o777).toBe(0o755);
	expect(readdirSync(folder).sort()).toEqual(['clerq-20260614T020000Z.zip', 'notes.txt']);
});

test('no bundle ever replaces another one of the same second', async () => {
	const folder = freshFolder();
	const files = [await writeSample(folder), await writeSample(folder), await writeSample(folder)].map(({file}) => file);
	expect(new Set(files).size).toBe(3);
	expect(files.at(-1)).toMatch(/clerq-20260614T020000Z-3\.zip$/u);
});

test('while it is being written the file is hidden and 0600, and discard removes it', async () => {
	const folder = freshFolder();
	const writer = await createBundle({folder, project: 'clerq', createdAt: sampleTime});
	await writer.addBytes('globals.sql', 'globals', 'select 1;');
	const [partial = ''] = readdirSync(folder).filter(name => name.endsWith('.partial'));
	expect(partial).toMatch(/^\.clerq-20260614T020000Z\.zip\./u);
	expect(statSync(join(folder, partial)).mode & 0o777).toBe(0o600);
	await writer.discard();
	expect(readdirSync(folder)).toEqual(['.gitignore']);
});

test('an error of the source is thrown as it is, and nothing is published', async () => {
	const folder = freshFolder();
	const writer = await createBundle({folder, project: 'clerq', createdAt: sampleTime});
	const source = new Readable({
		read() {
			this.destroy(new Error('the server went away'));
		},
	});
	await expect(writer.addStream('databases/clerq.dump', 'dump', source)).rejects.toThrow('the server went away');
	await writer.discard();
	expect(readdirSync(folder)).toEqual(['.gitignore']);
});

test('a fired signal ends a stream that gives no more bytes', async () => {
	const controller = new AbortController();
	const writer = await createBundle({
		folder: freshFolder(),
		project: 'clerq',
		createdAt: sampleTime,
		signal: controller.signal,
	});
	const source = new Readable({read() {}});
	source.push('first bytes');
	const adding = writer.addStream('databases/clerq.dump', 'dump', source, () => setImmediate(() => controller.abort()));
	await expect(adding).rejects.toMatchObject({code: 'cancelled'});
	await writer.discard();
});

withUnzip('an encrypted bundle is an age file that the age library opens into a zip that unzip reads', async () => {
	const large = {'databases/clerq.dump': Buffer.alloc(300_000, 'abcdefg')};
	const {file} = await writeSample(freshFolder(), {parts: large, encryption: {passphrase: 'correct horse'}});
	expect(file).toMatch(/\.zip\.age$/u);
	const decrypter = new Decrypter();
	decrypter.addPassphrase('correct horse');
	const zip = join(root, 'decrypted.zip');
	writeFileSync(zip, await decrypter.decrypt(readFileSync(file)));
	expect(unzip('-t', zip)).toContain('No errors detected');
});

test('a bundle encrypted to a recipient opens with its identity, part by part, and with nothing else', async () => {
	const identity = await generateX25519Identity();
	const recipient = await identityToRecipient(identity);
	const {file} = await writeSample(freshFolder(), {encryption: {recipients: [recipient]}});
	const bundle = await openBundle(file, {identities: [identity]});
	expect(bundle.encrypted).toBe(true);
	expect(await bundle.readPart('globals.sql')).toEqual(Buffer.from('CREATE ROLE clerq;\n'));
	await drive(verifyChecksums(bundle), () => undefined);
	await bundle.close();
	await expect(openBundle(file)).rejects.toMatchObject({code: 'bundle-encrypted'});
	await expect(openBundle(file, {identities: [await generateX25519Identity()]})).rejects.toMatchObject({
		code: 'bundle-encrypted',
	});
	await expect(openBundle(file, {passphrase: 'guess'})).rejects.toMatchObject({code: 'bundle-encrypted'});
});

test('a recipient that is none is refused before a file is made', async () => {
	const folder = freshFolder();
	await expect(
		createBundle({folder, project: 'clerq', createdAt: sampleTime, encryption: {recipients: ['me@example.org']}}),
	).rejects.toMatchObject({code: 'usage'});
	expect(readdirSync(folder)).toEqual(['.gitignore']);
});

test('a folder whose parent is missing, a file in its place, and a read-only file system are told', async () => {
	const missing = join(root, 'not-mounted', 'backups');
	await expect(createBundle({folder: missing, project: 'clerq', createdAt: sampleTime})).rejects.toMatchObject({
		code: 'output-unwritable',
		fix: ['mkdir', '-p', missing],
	});
	const file = join(root, 'a-file');
	writeFileSync(file, '');
	await expect(createBundle({folder: file, project: 'clerq', createdAt: sampleTime})).rejects.toMatchObject({
		code: 'output-unwritable',
	});
	await expect(createBundle({folder: '/proc/lifeboat', project: 'clerq', createdAt: sampleTime})).rejects.toMatchObject(
		{code: 'output-unwritable'},
	);
});

test('finish tells what it reads back', async () => {
	const writer = await createBundle({folder: freshFolder(), project: 'clerq', createdAt: sampleTime});
	await writer.addBytes('globals.sql', 'globals', 'select 1;');
	const steps: string[] = [];
	await drive(writer.finish(sampleContent()), event => {
		if (event.type === 'step-started') steps.push(event.title);
	});
	expect(steps).toEqual(['Finish the backup file', 'Read the backup back']);
});

test('after a part has failed the bundle can only be discarded', async () => {
	const writer = await createBundle({folder: freshFolder(), project: 'clerq', createdAt: sampleTime});
	const failing = Readable.from(
		(async function* () {
			yield Buffer.alloc(400_000);
			throw new Error('cut');
		})(),
	);
	await expect(writer.addStream('volumes/a.tar.gz', 'volume', failing)).rejects.toThrow('cut');
	await expect(writer.addBytes('globals.sql', 'globals', 'x')).rejects.toThrow('can only be discarded');
	await writer.discard();
});

test('thousands of small files of a directory format make a sound zip', async () => {
	const folder = freshFolder();
	const writer = await createBundle({folder, project: 'clerq', createdAt: sampleTime});
	for (let index = 0; index < 3000; index++) {
		await writer.addStream(`databases/x/${index}.dat`, 'dump', Readable.from([Buffer.from(`row ${index}`)]));
	}

	const {file, manifest} = await drive(writer.finish(sampleContent()), () => undefined);
	expect(manifest.parts).toHaveLength(3001);
	const bundle = await openBundle(file);
	expect((await bundle.readPart('databases/x/2999.dat')).toString()).toBe('row 2999');
	await bundle.close();
});
