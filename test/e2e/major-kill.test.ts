import {mkdtempSync, readdirSync, readFileSync, rmSync, watch} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {ensureImages} from '../lab/build-images.js';
import type {Checksums} from '../lab/checksums.js';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {run} from '../lab/run.js';
import {runLifeboat, startLifeboat} from './lifeboat.js';
import {besides, removeKept} from './major-stack.js';

const settings = mkdtempSync(join(tmpdir(), 'lifeboat-major-kill-'));
const env = {LIFEBOAT_CONFIG_DIR: settings};
/** Steps at whose begin the process is killed. LIFEBOAT_KILLS=all takes every step, at several delays. */
const isFull = process.env['LIFEBOAT_KILLS'] === 'all';
const steps = isFull
	? [
			...['Start PostgreSQL 18', 'Rehearse', 'Stop app', 'Move clerq', 'Compare', 'Carry over', 'Shut both'],
			...['Change the compose file', 'Start postgres on', 'Wait until'],
		]
	: ['Start PostgreSQL 18', 'Move clerq', 'Change the compose file', 'Wait until'];
const delays = isFull ? [0, 300, 900] : [200];
const moments = delays.flatMap(delay => steps.map(step => ({step, delay})));

describeLab('Clerq from 17 to 18', () => {
	let stack: LabStack;
	let rows: Checksums = {};
	let file = '';
	const actions: string[] = [];
	const composeFile = () => readFileSync(join(stack.directory, 'docker-compose.yml'), 'utf8');
	const image = () => run(['docker', 'inspect', '--format', '{{.Config.Image}}', `${stack.project}-postgres-1`]);
	const lifeboat = async (...args: readonly string[]) => {
		const finished = await runLifeboat([...args, '--yes', '--json'], {cwd: stack.directory, env});
		return {...finished, document: JSON.parse(finished.stdout)};
	};

	beforeAll(async () => {
		await ensureImages(['postgres:18'], () => {});
		stack = await startStack('clerq', {project: `major-kill-${process.pid}`});
		rows = await stack.checksums();
		file = composeFile();
	});
	afterAll(async () => {
		if (stack !== undefined) await removeKept(stack.project);
		await stack?.remove();
		rmSync(settings, {recursive: true, force: true});
	});

	/** Starts an upgrade and does something at a step. */
	async function upgradeUntil(step: string, act: (kill: () => void) => Promise<void>, ...flags: readonly string[]) {
		const {child, finished} = startLifeboat(['upgrade', '--postgres', '18', ...flags, '--yes', '--json'], {
			cwd: stack.directory,
			env,
		});
		let seen = '';
		child.stderr?.on('data', async (text: string) => {
			const before = seen.includes(`… ${step}`);
			seen += text;
			if (!before && seen.includes(`… ${step}`)) await act(() => child.kill('SIGKILL'));
		});
		const result = await finished;
		expect(seen, result.stdout).toContain(`… ${step}`);
		return result;
	}

	async function expectOld() {
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(rows);
		expect(composeFile()).toBe(file);
		expect((await image()).trim()).toBe('postgres:17');
		expect(await besides(stack.project)).toEqual([`${stack.project}_pgdata`]);
	}

	test('kill -9 while Compose reads the changed file: the copy with its secrets goes with the next command', async () => {
		const copies = () => readdirSync(stack.directory).filter(name => name.startsWith('.lifeboat-'));
		for (let tries = 0; copies().length === 0; tries++) {
			expect(tries).toBeLessThan(10);
			const {child, finished} = startLifeboat(['upgrade', '--postgres', '18', '--yes', '--json'], {
				cwd: stack.directory,
				env,
			});
			const watcher = watch(stack.directory, (_event, name) => {
				if (name?.startsWith('.lifeboat-')) child.kill('SIGKILL');
			});
			await finished;
			watcher.close();
		}

		const next = await runLifeboat(['list', '--json'], {cwd: stack.directory, env});
		expect(next.exitCode, next.stderr).toBe(0);
		expect(copies()).toEqual([]);
		await expectOld();
	});

	test('an application that is not healthy on the new version: it is told why, and the old one is back with its rows', async () => {
		const result = await upgradeUntil(
			'Wait until',
			async () => {
				const sql = `ALTER ROLE clerq PASSWORD 'another'; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE client_addr IS NOT NULL`;
				await run(['docker', 'exec', `${stack.project}-postgres-1`, 'psql', '-U', 'clerq', '-c', sql]);
			},
			'--health-timeout',
			'15',
		);
		const document = JSON.parse(result.stdout);
		expect(result.exitCode, result.stderr).toBe(1);
		expect(document).toMatchObject({
			ok: false,
			rolledBack: true,
			health: {ok: true},
			findings: [{cause: expect.stringMatching(/^db-auth-/), service: 'app'}],
		});
		expect(document.error.details.join('\n')).toContain('password authentication failed');
		// Somebody may have written to it: it goes when that is said.
		expect(await besides(stack.project)).toContain(`${stack.project}_pgdata_18`);
		const dropped = await lifeboat('rollback', '--drop');
		expect(dropped.exitCode, dropped.stderr).toBe(0);
		await expectOld();
	});

	test.each(moments)(
		'kill -9 $delay ms after "$step": all of the old or all of the new, and healthy',
		async ({step, delay}) => {
			const result = await upgradeUntil(step, async kill => {
				await sleep(delay);
				kill();
			});
			const next = await lifeboat('rollback');
			expect(next.exitCode, next.stderr).toBe(0);
			await stack.waitHealthy();
			const action = result.signal === 'SIGKILL' ? next.document.action : 'had finished';
			actions.push(action);
			console.log(`| ${step} + ${delay} ms | ${action} |`);
			if (action === 'finished') {
				expect(await stack.checksums()).toEqual(rows);
				expect((await image()).trim()).toBe('postgres:18');
				expect((await lifeboat('rollback')).exitCode).toBe(0);
			}

			// What the new server was left with goes, where there is something.
			await lifeboat('rollback', '--drop');
			await expectOld();
		},
	);

	test('most of them were undone', () => {
		expect(actions.filter(action => action === 'undone').length).toBeGreaterThan(1);
	});
});
