import {execFileSync, spawn} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {builtCommand, runLifeboat} from './lifeboat.js';

const folder = () => mkdtempSync(join(tmpdir(), 'lifeboat-cli-'));
const config = () => ({LIFEBOAT_CONFIG_DIR: folder()});

/** A PATH on which `docker` is this script. */
function fakeDocker(script: string): string {
	const bin = join(folder(), 'bin');
	mkdirSync(bin);
	writeFileSync(join(bin, 'docker'), `#!/bin/sh\n${script}\n`);
	chmodSync(join(bin, 'docker'), 0o755);
	return `${bin}:/usr/bin:/bin`;
}

test('--version prints the version of package.json and nothing else', async () => {
	const {exitCode, stdout, stderr} = await runLifeboat(['--version'], {cwd: folder()});
	expect({exitCode, stderr}).toEqual({exitCode: 0, stderr: ''});
	expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test('--help names every command, with examples and exit codes', async () => {
	const {exitCode, stdout} = await runLifeboat(['--help'], {cwd: folder()});
	expect(exitCode).toBe(0);
	for (const word of ['detect', 'backup', 'Examples:', 'Exit codes:']) expect(stdout).toContain(word);
});

test('--version and --help load neither React nor dockerode', () => {
	for (const flag of ['--version', '--help']) {
		const loaded = execFileSync(process.execPath, ['--import', loaderHook(), builtCommand, flag], {
			encoding: 'utf8',
			stdio: ['ignore', 'ignore', 'pipe'],
		});
		expect(loaded).not.toMatch(/react|dockerode/i);
	}
});

/** Fails the run when a chunk of the bundle other than those of the parser is imported. */
function loaderHook(): string {
	const file = join(folder(), 'hook.mjs');
	writeFileSync(
		file,
		`import {registerHooks} from 'node:module';
import {readFileSync} from 'node:fs';
import {fileURLToPath} from 'node:url';
registerHooks?.({load(url, context, next) {
	if (url.startsWith('file:') && /dist\\/.*\\.js$/.test(url) && /react-reconciler|docker-modem/.test(readFileSync(fileURLToPath(url), 'utf8'))) { console.error('loaded ' + url); process.exit(99); }
	return next(url, context);
}});`,
	);
	return file;
}

test.each([
	[['bakup'], 'backup'],
	[['--jsn'], '--json'],
	[['backup', '--fromat', 'plain'], '--format'],
])('%j is answered in one line with the nearest right word', async (args, right) => {
	const {exitCode, stdout, stderr} = await runLifeboat(args, {cwd: folder(), env: config()});
	expect(exitCode).toBe(2);
	expect(stdout).toBe('');
	expect(stderr.trim().split('\n')).toHaveLength(1);
	expect(stderr).toContain(right);
});

test('wrong usage under --json is one document', async () => {
	const {exitCode, stdout} = await runLifeboat(['nonsense', '--json'], {cwd: folder(), env: config()});
	expect(exitCode).toBe(2);
	expect(JSON.parse(stdout)).toMatchObject({ok: false, error: {code: 'usage'}});
});

test('without a terminal the wizard says what to do instead', async () => {
	const {exitCode, stderr} = await runLifeboat([], {cwd: folder(), env: config()});
	expect(exitCode).toBe(2);
	expect(stderr).toContain('lifeboat --help');
});

test('a missing docker command is exit 3 and says what to install', async () => {
	const {exitCode, stdout} = await runLifeboat(['detect', '--json'], {
		cwd: folder(),
		env: {...config(), PATH: '/nonexistent'},
	});
	expect(exitCode).toBe(3);
	expect(JSON.parse(stdout).error).toMatchObject({code: 'docker-cli-missing'});
});

test('a missing Compose is exit 3 and says what to install', async () => {
	const path = fakeDocker('echo "docker: \'compose\' is not a docker command." >&2; exit 1');
	const cwd = folder();
	writeFileSync(join(cwd, 'compose.yaml'), 'services: {db: {image: "postgres:17"}}');
	const {exitCode, stdout} = await runLifeboat(['detect', '--json'], {
		cwd,
		env: {...config(), PATH: path, DOCKER_HOST: 'unix:///nonexistent.sock'},
	});
	expect(exitCode).toBe(3);
	expect(JSON.parse(stdout).error).toMatchObject({code: 'compose-missing'});
});

test('a reader that leaves (`lifeboat … | head`) ends the command quietly', async () => {
	const child = spawn('/bin/sh', ['-c', `"${process.execPath}" "${builtCommand}" --help | head -1`], {
		cwd: folder(),
		stdio: 'pipe',
	});
	let stderr = '';
	child.stderr.on('data', chunk => {
		stderr += String(chunk);
	});
	await new Promise(resolve => child.once('close', resolve));
	expect(stderr).toBe('');
});

test('settings that cannot be read name their file', async () => {
	const place = folder();
	writeFileSync(join(place, 'config.json'), '{broken');
	const {exitCode, stdout} = await runLifeboat(['detect', '--json'], {
		cwd: folder(),
		env: {LIFEBOAT_CONFIG_DIR: place},
	});
	expect(exitCode).toBe(3);
	expect(JSON.parse(stdout).error).toMatchObject({
		code: 'settings-invalid',
		fix: ['mv', join(place, 'config.json'), join(place, 'config.json.bad')],
	});
});
