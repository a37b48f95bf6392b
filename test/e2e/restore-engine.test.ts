import {afterAll, beforeAll, test} from 'vitest';
import {describeLabAsRoot} from '../lab/describe-lab.js';
import {type PrivateEngine, startPrivateEngine} from '../lab/private-engine.js';
import {type LedgerStack, type Moment, startLedger} from './ledger-stack.js';
import {expectSound} from './restore-outcome.js';

const cases: readonly (readonly [mode: string, moment: Moment, flags: readonly string[]])[] = [
	['switch', 'loading', []],
	['switch', 'migrating', []],
	['in place', 'loading', ['--in-place']],
	['in place', 'starting', ['--in-place']],
];

describeLabAsRoot('the engine is restarted in the middle of a restore', () => {
	let engine: PrivateEngine;
	let stack: LedgerStack;
	beforeAll(async () => {
		engine = await startPrivateEngine(`restores-${process.pid}`);
		await engine.copyImages(['postgres:17', 'lifeboat-lab/node:20']);
		stack = await startLedger('engine', {engine});
	});
	afterAll(async () => {
		await stack?.remove();
		await engine?.remove();
	});

	test.each(cases)('%s, %s', async (mode, moment, flags) => {
		const restore = await stack.restoreUntil(moment, ...flags);
		await engine.restart();
		await stack.release();
		const outcome = await expectSound(stack, await restore.finished, async () => {});
		console.log(`| ${mode} | ${moment} | the engine is restarted | ${outcome} |`);
	});
});
