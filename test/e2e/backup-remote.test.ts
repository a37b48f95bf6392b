import {type ChildProcess, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {installPackages} from '../lab/apt.js';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {run} from '../lab/run.js';
import {runLifeboat} from './lifeboat.js';

const newFolder = (name: string) => mkdtempSync(join(tmpdir(), `lifeboat-${name}-`));
const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Keys and remotes are other people's tools here: Debian's age and rclone, servers on loopback. */
describeLab('backup to a key and to a remote', () => {
	const settings = newFolder('settings');
	const served = newFolder('served');
	const servers: ChildProcess[] = [];
	let stack: LabStack;
	let remotes: Readonly<Record<string, string>>;

	beforeAll(async () => {
		await installPackages(['age', 'rclone', 'unzip'], line => console.error(line));
		stack = await startStack('clerq');
		const sftp = await serve(servers, 'sftp', served, ['--user', 'backup', '--pass', 'remote-password']);
		const webdav = await serve(servers, 'webdav', served, ['--user', 'backup', '--pass', 'remote-password']);
		const full = await serve(servers, 'webdav', served, [
			'--user',
			'backup',
			'--pass',
			'remote-password',
			'--read-only',
		]);
		const password = (await run(['rclone', 'obscure', 'remote-password'])).trim();
		remotes = {
			RCLONE_CONFIG: join(settings, 'rclone.conf'),
			RCLONE_CONFIG_BOX_TYPE: 'sftp',
			RCLONE_CONFIG_BOX_HOST: '127.0.0.1',
			RCLONE_CONFIG_BOX_PORT: String(sftp),
			RCLONE_CONFIG_BOX_USER: 'backup',
			RCLONE_CONFIG_BOX_PASS: password,
			RCLONE_CONFIG_CLOUD_TYPE: 'webdav',
			RCLONE_CONFIG_CLOUD_URL: `http://127.0.0.1:${webdav}`,
			RCLONE_CONFIG_CLOUD_USER: 'backup',
			RCLONE_CONFIG_CLOUD_PASS: password,
			RCLONE_CONFIG_FULL_TYPE: 'webdav',
			RCLONE_CONFIG_FULL_URL: `http://127.0.0.1:${full}`,
			RCLONE_CONFIG_FULL_USER: 'backup',
			RCLONE_CONFIG_FULL_PASS: password,
		};
	});
	afterAll(async () => {
		for (const server of servers) server.kill();
		await stack?.remove();
	});

	async function backup(...args: readonly string[]) {
		const finished = await runLifeboat(['backup', '--json', '--database', 'clerq', ...args], {
			cwd: stack.directory,
			env: {LIFEBOAT_CONFIG_DIR: settings, ...remotes},
		});
		return {...finished, document: JSON.parse(finished.stdout)};
	}

	test('the file arrives on two remotes, whole, under its own name', async () => {
		const folder = newFolder('backups');
		const {exitCode, document} = await backup('--output', folder, '--copy-to', 'box:nightly', '--copy-to', 'cloud:');
		expect(exitCode).toBe(0);
		const name = basename(document.file);
		expect(document.copies).toEqual([
			{to: `box:nightly/${name}`, bytes: document.bytes, verified: 'hash'},
			{to: `cloud:${name}`, bytes: document.bytes, verified: expect.stringMatching(/^(?:hash|size)$/)},
		]);
		for (const copy of [join(served, 'nightly', name), join(served, name)])
			expect(hashOf(copy)).toBe(hashOf(document.file));
	});

	test('a remote that refuses is a failure that says so; the file here stays', async () => {
		const folder = newFolder('backups');
		const {exitCode, document, stderr} = await backup('--output', folder, '--copy-to', 'full:');
		expect(exitCode).toBe(1);
		expect(document).toMatchObject({
			ok: false,
			error: {code: 'tool-failed', hint: expect.stringContaining('rclone config')},
		});
		expect(document.error.message).toContain('complete');
		const [file = ''] = readdirSync(folder).filter(one => one.endsWith('.zip'));
		expect(file).not.toBe('');
		expect(JSON.stringify(document) + stderr).not.toContain('remote-password');
		const verified = await runLifeboat(['verify', join(folder, file), '--json', '--checksums'], {
			cwd: stack.directory,
			env: {LIFEBOAT_CONFIG_DIR: settings},
		});
		expect(JSON.parse(verified.stdout)).toMatchObject({ok: true});
	});

	test('a remote that does not exist is refused with what to type', async () => {
		const {exitCode, document} = await backup('--output', newFolder('backups'), '--copy-to', 'nowhere:x');
		expect(exitCode).not.toBe(0);
		expect(JSON.stringify(document.error)).toContain('rclone');
	});

	test('encrypted to a public key: age and unzip open it, no passphrase is anywhere', async () => {
		const keys = newFolder('keys');
		const identity = join(keys, 'key.txt');
		await run(['age-keygen', '-o', identity]);
		chmodSync(identity, 0o600);
		const recipient = (await run(['age-keygen', '-y', identity])).trim();
		const {exitCode, document} = await backup('--output', keys, '--recipient', recipient);
		expect(exitCode).toBe(0);
		expect(document.file).toMatch(/\.zip\.age$/);
		expect(readFileSync(document.file).subarray(0, 21).toString()).toBe('age-encryption.org/v1');

		const plain = join(keys, 'plain.zip');
		await run(['age', '--decrypt', '--identity', identity, '--output', plain, document.file]);
		const unpacked = join(keys, 'unpacked');
		mkdirSync(unpacked);
		await run(['unzip', '-q', plain, '-d', unpacked]);
		expect(existsSync(join(unpacked, 'manifest.json'))).toBe(true);
		expect(hashOf(join(unpacked, 'databases', 'clerq.dump'))).toBe(
			document.parts.find((part: {path: string}) => part.path === 'databases/clerq.dump').sha256,
		);
	});
});

/** Starts `rclone serve` on loopback and returns its port, as it says it itself. */
async function serve(servers: ChildProcess[], kind: string, folder: string, args: readonly string[]): Promise<number> {
	const argv = ['serve', kind, folder, '--addr', '127.0.0.1:0', '--log-level', 'NOTICE', ...args];
	const server = spawn('rclone', argv, {stdio: ['ignore', 'ignore', 'pipe']});
	servers.push(server);
	return new Promise((resolve, reject) => {
		let said = '';
		server.stderr.setEncoding('utf8').on('data', text => {
			said += text;
			const port = /127\.0\.0\.1:([1-9]\d*)/.exec(said)?.[1];
			if (port !== undefined) resolve(Number(port));
		});
		server.once('error', reject);
		server.once('exit', () => reject(new Error(`rclone serve ${kind} ended: ${said}`)));
	});
}
