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
/** LIFEBOAT_KILLS=20 for the whole table; a few by default, for every run costs a real restore and its recovery. */
const kills = Number(process.env['LIFEBOAT_KILLS'] ?? 4);

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

	/** How long an undisturbed run takes: the moments are spread over it. */
	async function timeOf(flags: readonly string[]): Promise<number> {
		const begun = Date.now();
		const finished = await runLifeboat(['restore', file, ...flags, '--yes', '--json'], {cwd: stack.directory, env});
		expect(finished.exitCode, finished.stderr).toBe(0);
		const took = Date.now() - begun;
		await backToOld();
		return took;
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
		test(`${mode}: at ${kills} moments, afterwards always the old rows or the new rows and a healthy application`, async () => {
			const total = await timeOf(flags);
			const seen: string[] = [];
			for (let moment = 0; moment < kills; moment++) {
				const {child, finished} = startLifeboat(['restore', file, ...flags, '--yes', '--json'], {
					cwd: stack.directory,
					env,
				});
				await sleep(Math.round(((moment + 0.5) / kills) * total));
				child.kill('SIGKILL');
				const {exitCode} = await finished;
				const next = await runLifeboat(['rollback', '--yes', '--json'], {cwd: stack.directory, env});
				const answer = JSON.parse(next.stdout);
				expect([0, 3], next.stderr).toContain(next.exitCode);
				await stack.waitHealthy();
				const rows = await userTables(stack);
				const isOld = JSON.stringify(rows) === JSON.stringify(oldRows);
				if (!isOld) expect(rows).toEqual(newRows);
				seen.push(
					`${exitCode === 0 ? 'finished' : 'killed'}: ${answer.action ?? answer.error.code}: ${isOld ? 'old' : 'new'} rows`,
				);
				if (!isOld) await backToOld();
				await runLifeboat(['rollback', '--drop', '--yes'], {cwd: stack.directory, env});
				expect(await databases(stack)).toEqual(['clerq']);
			}

			console.log(`${mode} (${total} ms): ${seen.join('; ')}`);
			expect(seen.some(one => one.startsWith('killed: undone: old'))).toBe(true);
		});
	}
});
