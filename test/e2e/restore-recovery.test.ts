import {afterAll, beforeAll, expect, test} from 'vitest';
import {openScreen} from '../demo/screen.js';
import {describeLab} from '../lab/describe-lab.js';
import {type LedgerStack, type Moment, startLedger} from './ledger-stack.js';
import {builtCommand} from './lifeboat.js';

describeLab('what a killed restore leaves', () => {
	let stack: LedgerStack;
	beforeAll(async () => {
		stack = await startLedger('recovery');
	});
	afterAll(() => stack?.remove());

	async function killAt(moment: Moment, ...flags: readonly string[]) {
		const restore = await stack.restoreUntil(moment, ...flags);
		restore.child.kill('SIGKILL');
		await restore.finished;
		await stack.release();
	}

	async function expectOld() {
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(stack.oldRows);
		expect(await stack.databases()).toEqual(['ledger']);
	}

	const cutOff = /Restore of .* was cut off \((?:restoring|switching|replacing|starting)\)/;

	test('a plan only says what was under way, the next command puts it right first, and the one after it has nothing to say', async () => {
		await killAt('migrating');
		const planned = await stack.lifeboat('backup', '--dry-run');
		expect([planned.exitCode, planned.stderr]).toEqual([0, expect.stringMatching(cutOff)]);
		expect(await stack.databases()).toHaveLength(2);
		const verified = await stack.lifeboat('verify', stack.file, '--checksums');
		expect(verified.exitCode, verified.stderr).toBe(0);
		expect(verified.stderr).toMatch(cutOff);
		expect(verified.stderr).toContain('It is undone: everything is as it was before.');
		await expectOld();
		expect((await stack.lifeboat('list')).stderr).not.toMatch(cutOff);
		expect((await stack.lifeboat('rollback', '--yes')).json.error.code).toBe('nothing-to-roll-back');
	});

	test('one operation at a time: the second names the first; its lock does not outlive a kill -9', async () => {
		const first = await stack.restoreUntil('loading');
		for (const command of [
			['restore', stack.file, '--yes'],
			['backup', '--no-volumes'],
			['rollback', '--yes'],
		]) {
			const {exitCode, json} = await stack.lifeboat(...command);
			if (command[0] === 'rollback') expect(json.error.code).toMatch(/^(?:operation-under-way|nothing-to-roll-back)$/);
			else expect([exitCode, json.error.code], command[0]).toEqual([3, 'operation-under-way']);
		}

		expect((await stack.lifeboat('list')).exitCode).toBe(0);
		first.child.kill('SIGKILL');
		await first.finished;
		await stack.release();
		const next = await stack.lifeboat('restore', stack.file, '--yes');
		expect(next.exitCode, next.stderr).toBe(0);
		expect(next.stderr).toMatch(cutOff);
		expect(await stack.checksums()).toEqual(stack.newRows);
		expect((await stack.lifeboat('rollback', '--yes')).json).toMatchObject({ok: true, action: 'undone'});
		expect((await stack.lifeboat('rollback', '--drop', '--yes')).json).toMatchObject({ok: true, action: 'dropped'});
		await expectOld();
	});

	test.each([
		['beside', 'loading', []],
		['beside', 'migrating', []],
		['in place', 'loading', ['--in-place']],
	] as const)(
		'a power cut %s, %s: every container is gone, and rollback brings all back',
		async (_mode, moment, flags) => {
			await killAt(moment, ...flags);
			await stack.compose('down', '--timeout', '2');
			const back = await stack.lifeboat('rollback', '--yes');
			expect(back.exitCode, back.stdout + back.stderr).toBe(0);
			expect(back.json).toMatchObject({ok: true, action: 'undone'});
			await stack.compose('up', '--detach', '--wait');
			await expectOld();
		},
	);

	test.each([80, 40])('the wizard opens on it at %i columns, shows the plan, and undoes it', async columns => {
		await killAt('switching');
		const screen = openScreen(process.execPath, [builtCommand], {
			cwd: stack.directory,
			columns,
			rows: 24,
			env: {...process.env, ...stack.env},
		});
		const see = (content: string | RegExp) =>
			expect.poll(() => screen.text().replaceAll(/\s+/g, ' '), {timeout: 120_000, interval: 100}).toMatch(content);
		try {
			await see(/was cut off \(switching\)/);
			await see('Undo it');
			screen.type('\r');
			await see('Put everything back as it was before');
			screen.type('\u001b[B');
			screen.type('\r');
			await see('is as it was before');
			screen.type('q');
			await expect.poll(() => screen.exitCode(), {timeout: 60_000}).toBe(0);
		} finally {
			screen.kill();
		}

		await expectOld();
	});
});
