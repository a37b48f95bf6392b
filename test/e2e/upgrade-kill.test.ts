import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {expectUntouched, type StackState, startUpgradeStack, type UpgradeStack} from './upgrade-stack.js';

/** Steps at whose begin the process is killed, and how many milliseconds after it. LIFEBOAT_KILLS=all takes all of them at several delays: more than 15 moments. */
const every = [
	'Dump clerq',
	'Bring the code',
	'Build the new images',
	'Stop what writes',
	'Copy clerq',
	'Run the migrations',
	'Start the new version',
	'Wait until',
].flatMap(step => [0, 500].map(delayMs => ({step, delayMs})));
const few = [
	{step: 'Build the new images', delayMs: 100},
	{step: 'Copy clerq', delayMs: 100},
	{step: 'Run the migrations', delayMs: 500},
	{step: 'Start the new version', delayMs: 100},
	{step: 'Wait until', delayMs: 0},
];
const moments = process.env['LIFEBOAT_KILLS'] === 'all' ? every : few;

describeLab('kill -9 in the middle of an upgrade', () => {
	let clerq: UpgradeStack;
	let before: StackState;

	beforeAll(async () => {
		clerq = await startUpgradeStack('clerq', {project: `upgrade-kill-${process.pid}`});
		await clerq.stack.publish('v1.1.0');
		before = await clerq.state();
	});
	afterAll(() => clerq?.remove());

	test.each(moments)('$delayMs ms after "$step": rollback brings everything of before', async ({step, delayMs}) => {
		expect(await clerq.killAt(step, delayMs, 'upgrade')).toBe(true);
		const rollback = await clerq.lifeboat('rollback');
		// Before the first change there is nothing to take back.
		if (step === 'Dump clerq') expect([0, 3], rollback.stderr).toContain(rollback.exitCode);
		else expect(rollback.exitCode, rollback.stderr).toBe(0);
		await expectUntouched(clerq, before);
		await clerq.lifeboat('rollback', '--drop');
		expect(await clerq.databases()).toEqual(['clerq']);
		await expectUntouched(clerq, before);
	});
});
