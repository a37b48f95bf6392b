import {mkdtempSync, rmSync} from 'node:fs';
import {mkdir, readFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {readChecksums} from '../lab/checksums.js';
import {describeLabAsRoot} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {type PrivateEngine, startPrivateEngine} from '../lab/private-engine.js';
import {stackSource} from '../lab/repository.js';
import {attempt, run} from '../lab/run.js';
import {labPath} from '../lab/state.js';
import {builtCommand} from './lifeboat.js';
import {commitRelease} from './upgrade-stack.js';

const name = `upgrade-${process.pid}`;
const dataRoot = labPath('engines', name, 'data');
/** Room for the images and little more. */
const diskBytes = 3_500_000_000;
const source = (path: string) => readFile(stackSource('clerq', 'repository', path), 'utf8');

/** An engine of the test's own, on a disk of its own that can be filled: what no test may do to the shared one. Takes root. */
describeLabAsRoot('an upgrade and its engine', () => {
	let engine: PrivateEngine;
	let clerq: LabStack;
	let settings = '';
	let before: Awaited<ReturnType<typeof state>>;

	const inside = (argv: readonly string[], input?: string) =>
		run(engine.inside(argv), {
			cwd: clerq.directory,
			env: {DOCKER_HOST: engine.host, LIFEBOAT_CONFIG_DIR: settings},
			...(input === undefined ? {} : {input}),
		});
	const docker = (...args: readonly string[]) => inside(['docker', ...args]);
	const sql = (query: string) =>
		inside(
			['docker', 'compose', 'exec', '-T', 'postgres', 'psql', '-XqAt', '-U', 'clerq', '-d', 'clerq', '-f', '-'],
			query,
		);
	const lifeboat = async (...args: readonly string[]) => {
		const {exitCode, stdout, stderr} = await attempt(
			engine.inside([process.execPath, builtCommand, ...args, '--yes', '--json']),
			{cwd: clerq.directory, env: {DOCKER_HOST: engine.host, LIFEBOAT_CONFIG_DIR: settings}},
		);
		expect(stdout, stderr).toMatch(/^\{/);
		const document = JSON.parse(stdout);
		return {exitCode, document, told: `${JSON.stringify(document.error)}\n${stderr}`};
	};
	const state = async () => ({
		rows: await readChecksums(sql),
		revision: await run(['git', '-C', clerq.directory, 'rev-parse', 'HEAD']),
		image: await docker('compose', 'ps', '--format', '{{.Image}}', 'app'),
		imageId: await docker('inspect', '--format', '{{.Image}}', `${clerq.project}-app-1`),
	});
	const origin = () => run(['git', '-C', clerq.directory, 'remote', 'get-url', 'origin']);

	beforeAll(async () => {
		settings = mkdtempSync(join(tmpdir(), 'lifeboat-upgrade-'));
		await mkdir(dataRoot, {recursive: true});
		await run(['mount', '-t', 'tmpfs', '-o', `size=${diskBytes}`, 'tmpfs', dataRoot]);
		engine = await startPrivateEngine(name);
		clerq = await startStack('clerq', {project: name, start: false});
		await engine.copyImages(['postgres:17', 'lifeboat-lab/node:20']);
		await docker('compose', 'up', '--detach', '--build', '--wait', 'postgres', 'app');
		await sql(`\\set rows 500\n\\o /dev/null\n${await readFile(stackSource('clerq', 'seed.sql'), 'utf8')}`);
	});
	afterAll(async () => {
		await engine?.stop();
		await attempt(['umount', '--lazy', dataRoot]);
		await engine?.remove();
		await clerq?.remove();
		rmSync(settings, {recursive: true, force: true});
	});
	beforeEach(async () => {
		before = await state();
	});

	test('the disk fills up during the build: it is said, and everything is as before', async () => {
		const dockerfile = `${await source('Dockerfile')}USER root\nRUN head -c 5000000000 /dev/zero > /filling\n`;
		await commitRelease((await origin()).trim(), {Dockerfile: dockerfile}, 'v1.1.0');
		const upgrade = await lifeboat('upgrade');
		expect(upgrade.exitCode, upgrade.told).toBe(1);
		expect(upgrade.document).toMatchObject({rolledBack: true, health: {ok: true}, findings: [{cause: 'disk-full'}]});
		await docker('container', 'prune', '--force');
		expect(await state()).toEqual(before);
	});

	test('the engine is restarted during the migration: it is waited for, and everything is as before', async () => {
		// It ends by the restart alone, however long a busy machine takes until then.
		const slow = "try {\n\tconsole.log('migrating');\n\tawait new Promise(resolve => setTimeout(resolve, 3_600_000));";
		const migrate = (await source('migrate.js')).replace('try {', slow);
		await commitRelease((await origin()).trim(), {'migrate.js': migrate}, 'v1.1.0');
		const upgrade = lifeboat('upgrade');
		let hasEnded = false;
		const ended = upgrade.finally(() => {
			hasEnded = true;
		});
		while (!hasEnded && !(await docker('ps', '--format', '{{.Names}}')).includes('migrate-run')) await sleep(300);
		if (!hasEnded) await engine.restart();
		const {exitCode, document, told} = await ended;
		expect(told).toContain('… Run the migrations');
		expect(exitCode, told).toBe(1);
		expect(document, told).toMatchObject({rolledBack: true, health: {ok: true}});
		expect(await state()).toEqual(before);
	});

	test('every image that no container uses is pruned: rollback makes the previous one again', async () => {
		await run(['git', '-C', (await origin()).trim(), 'update-ref', 'refs/heads/main', 'refs/tags/v1.1.0^{commit}']);
		const upgrade = await lifeboat('upgrade');
		expect(upgrade.document, upgrade.told).toMatchObject({ok: true});
		await docker('image', 'prune', '--force');
		expect(await docker('image', 'inspect', '--format', '{{.Id}}', before.imageId)).toBe(before.imageId);
		await docker('create', '--name', 'keeps-the-base', 'lifeboat-lab/node:20', 'true');
		await docker('image', 'prune', '--all', '--force');
		expect(
			(await attempt(engine.inside(['docker', '--host', engine.host, 'image', 'inspect', before.imageId]))).exitCode,
		).toBe(1);
		const rollback = await lifeboat('rollback');
		expect(rollback.exitCode, rollback.told).toBe(0);
		expect(await state()).toEqual({...before, imageId: expect.stringMatching(/^sha256:/)});
	});
});
