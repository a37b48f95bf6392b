import {spawn} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
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

test('what starts before a command is known holds neither React nor dockerode', () => {
	const seen = new Set<string>();
	const visit = (file: string) => {
		if (seen.has(file)) return;
		seen.add(file);
		const imported = readFileSync(file, 'utf8').matchAll(/^(?:import|export)\b[^;]*?["'](\.\/[^"']+)["'];/gm);
		for (const [, name] of imported) visit(join(dirname(builtCommand), name ?? ''));
	};
	visit(builtCommand);
	const code = [...seen].map(file => readFileSync(file, 'utf8')).join('\n');
	expect(code).not.toMatch(/node_modules\/(?:react|ink|dockerode|execa|conf)\//);
});

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
	const cwd = folder();
	writeFileSync(join(cwd, 'compose.yaml'), 'services: {db: {image: "postgres:17"}}');
	const {exitCode, stdout} = await runLifeboat(['detect', '--json'], {
		cwd,
		env: {LIFEBOAT_CONFIG_DIR: place, DOCKER_HOST: 'unix:///nonexistent.sock'},
	});
	expect(exitCode).toBe(3);
	expect(JSON.parse(stdout).error).toMatchObject({
		code: 'settings-invalid',
		fix: ['mv', join(place, 'config.json'), join(place, 'config.json.bad')],
	});
});

test.each([
	[['upgrade']],
	[['upgrade', '--postgres', '18']],
	[['upgrade', '--migrations', 'up']],
	[['restore', 'shop.sql']],
])('%j without an engine says that, and not that there is no data', async args => {
	const cwd = folder();
	writeFileSync(
		join(cwd, 'compose.yaml'),
		'services:\n  db:\n    image: postgres:17\n    environment: {POSTGRES_PASSWORD: secret-of-db}\n',
	);
	writeFileSync(
		join(cwd, 'shop.sql'),
		'--\n-- PostgreSQL database dump\n--\n\nCREATE TABLE public.goods (id integer);\n\n--\n-- PostgreSQL database dump complete\n--\n\n',
	);
	const {exitCode, stdout} = await runLifeboat([...args, '--dry-run', '--json'], {
		cwd,
		env: {...config(), DOCKER_HOST: 'unix:///nonexistent.sock'},
	});
	expect(exitCode).toBe(3);
	expect(JSON.parse(stdout).error).toMatchObject({code: 'engine-unreachable'});
});
