import {mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {run} from '../lab/run.js';
import {runLifeboat} from './lifeboat.js';

describeLab('upgrade of Clerq, from a git origin', () => {
	const settings = mkdtempSync(join(tmpdir(), 'lifeboat-upgrade-'));
	let stack: LabStack;
	const lifeboat = async (...args: readonly string[]) => {
		const finished = await runLifeboat([...args, '--yes', '--json'], {
			cwd: stack.directory,
			env: {LIFEBOAT_CONFIG_DIR: settings},
		});
		return {exitCode: finished.exitCode, document: JSON.parse(finished.stdout)};
	};
	const revision = () => run(['git', '-C', stack.directory, 'rev-parse', 'HEAD']);

	beforeAll(async () => {
		stack = await startStack('clerq');
	});
	afterAll(() => stack?.remove());

	test('a good release brings code and migrations; rollback brings rows and revision of before', async () => {
		const [rows, from] = [await stack.checksums(), await revision()];
		await stack.publish('v1.1.0');
		const upgrade = await lifeboat('upgrade');
		expect(upgrade.document).toMatchObject({
			ok: true,
			rolledBack: false,
			migrations: {before: 3, after: 4},
			health: {ok: true},
		});
		expect(await revision()).not.toBe(from);
		const rollback = await lifeboat('rollback');
		expect(rollback.exitCode).toBe(0);
		expect(await revision()).toBe(from);
		expect(await stack.checksums()).toEqual(rows);
		await stack.waitHealthy();
	});

	test('a migration that fails takes code and data back by itself', async () => {
		await stack.publish('v1.2.0');
		const [rows, from] = [await stack.checksums(), await revision()];
		const upgrade = await lifeboat('upgrade');
		expect(upgrade.exitCode).toBe(1);
		expect(upgrade.document).toMatchObject({
			ok: false,
			rolledBack: true,
			health: {ok: true},
			error: {code: 'upgrade-failed'},
		});
		expect(await revision()).toBe(from);
		expect(await stack.checksums()).toEqual(rows);
		await stack.waitHealthy();
	});
});
