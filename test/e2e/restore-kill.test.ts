import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {runLifeboat, startLifeboat} from './lifeboat.js';

const settings = mkdtempSync(join(tmpdir(), 'lifeboat-kill-'));
const env = {LIFEBOAT_CONFIG_DIR: settings};
/** Steps at whose begin the process is killed, and how long after it. LIFEBOAT_KILLS=all takes all of them at several delays: more than 20 moments. */
const steps = {
	switch: ['Restore clerq', 'Stop app', 'Switch the databases', 'Start app'],
	'in place': ['Dump clerq', 'Restore clerq', 'Run the migrations', 'Wait until'],
};
const everyStep = [
	'Restore clerq',
	'Compare',
	'Stop app',
	'Switch the databases',
	'Run the migrations',
	'Start app',
	'Wait until',
];
const isFull = process.env['LIFEBOAT_KILLS'] === 'all';
const delays = isFull ? [0, 150, 400] : [100];

async function userTables(stack: LabStack) {
	return stack.checksums();
}

async function databases(stack: LabStack): Promise<readonly string[]> {
	const names = await stack.sql(
		"SELECT datname FROM pg_database WHERE datname NOT LIKE 'template%' AND datname <> 'postgres' ORDER BY 1",
	);
	return names.trim().split('\n');
}

describeLab('kill -9 in the middle of a restore', () => {
	let stack: LabStack;
	let file = '';
	let newRows: Readonly<Record<string, string>> = {};
	let oldRows: Readonly<Record<string, string>> = {};

	beforeAll(async () => {
		stack = await startStack('clerq', {project: `restore-kill-${process.pid}`});
		newRows = await userTables(stack);
		const backup = await runLifeboat(['backup', '--json'], {cwd: stack.directory, env});
		file = JSON.parse(backup.stdout).file;
		await stack.sql("DELETE FROM invoice_lines; UPDATE clients SET name = 'live'");
		oldRows = await userTables(stack);
	});
	afterAll(async () => {
		await stack?.remove();
		rmSync(settings, {recursive: true, force: true});
	});

	/** Starts a restore and kills it with SIGKILL at a step. Resolves with false when it had finished before. */
	async function killAt(step: string, delay: number, flags: readonly string[]): Promise<boolean> {
		const {child, finished} = startLifeboat(['restore', file, ...flags, '--yes', '--json'], {
			cwd: stack.directory,
			env,
		});
		let seen = '';
		child.stderr?.on('data', async (text: string) => {
			const before = seen.includes(`… ${step}`);
			seen += text;
			if (before || !seen.includes(`… ${step}`)) return;
			await sleep(delay);
			child.kill('SIGKILL');
		});
		const {signal} = await finished;
		expect(seen).toContain(`… ${step}`);
		return signal === 'SIGKILL';
	}

	async function backToOld() {
		const back = await runLifeboat(['rollback', '--yes', '--json'], {cwd: stack.directory, env});
		expect(back.exitCode, back.stderr).toBe(0);
		await runLifeboat(['rollback', '--drop', '--yes', '--json'], {cwd: stack.directory, env});
		expect(await userTables(stack)).toEqual(oldRows);
	}

	for (const [mode, flags] of [
		['switch', []],
		['in place', ['--in-place']],
	] as const) {
		const moments = (isFull ? everyStep : steps[mode]).flatMap(step => delays.map(delay => ({step, delay})));
		test(`${mode}: at ${moments.length} moments, afterwards always the old rows or the new rows and a healthy application`, async () => {
			const seen: string[] = [];
			for (const {step, delay} of moments) {
				const wasKilled = await killAt(step, delay, flags);
				const next = await runLifeboat(['rollback', '--yes', '--json'], {cwd: stack.directory, env});
				expect([0, 3], next.stderr).toContain(next.exitCode);
				await stack.waitHealthy();
				const rows = await userTables(stack);
				const isOld = JSON.stringify(rows) === JSON.stringify(oldRows);
				if (!isOld) expect(rows).toEqual(newRows);
				const answer = JSON.parse(next.stdout);
				seen.push(
					`${step} +${delay} ms: ${wasKilled ? (answer.action ?? answer.error.code) : 'had finished'}, ${isOld ? 'old' : 'new'} rows`,
				);
				if (!isOld) await backToOld();
				await runLifeboat(['rollback', '--drop', '--yes'], {cwd: stack.directory, env});
				expect(await databases(stack)).toEqual(['clerq']);
			}

			console.log(`${mode}: ${seen.join('; ')}`);
			expect(seen.filter(one => one.includes('undone, old rows')).length).toBeGreaterThan(1);
		});
	}
});
