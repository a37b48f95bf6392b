import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {type LedgerStack, type Moment, startLedger} from './ledger-stack.js';

const modes = {switch: [], 'in place': ['--in-place']} as const;
type Mode = keyof typeof modes;

/** At whose begin the process is killed; together with the moments that can be held, 20 of both modes. */
const steps: Readonly<Record<Mode, readonly string[]>> = {
	switch: ['Check the backup', 'Compare', 'Stop app', 'Switch the databases', 'Start app', 'Wait until'],
	'in place': ['Dump ledger', 'Stop app', 'Compare', 'Switch the databases', 'Start app', 'Wait until'],
};
const held: Readonly<Record<Mode, readonly Moment[]>> = {
	switch: ['loading', 'switching', 'migrating', 'starting'],
	'in place': ['rollback point', 'loading', 'migrating', 'starting'],
};
/** LIFEBOAT_KILLS=all kills at each step's begin and three times after it. */
const delays = process.env['LIFEBOAT_KILLS'] === 'all' ? [0, 60, 150, 400] : [0];

/** What somebody types next, whatever it is: each says what was under way and puts it right. */
const nextCommands = [['rollback', '--yes'], ['list'], ['detect'], ['backup', '--no-volumes']] as const;

type KillPoint = {readonly name: string; readonly kill: (stack: LedgerStack, mode: Mode) => Promise<boolean>};

function killPoints(mode: Mode): readonly KillPoint[] {
	return [
		...held[mode].map(moment => ({
			name: `${moment} (held)`,
			async kill(stack: LedgerStack) {
				const restore = await stack.restoreUntil(moment, ...modes[mode]);
				restore.child.kill('SIGKILL');
				await restore.finished;
				await stack.release();
				return true;
			},
		})),
		...steps[mode].flatMap(step =>
			delays.map(delay => ({
				name: `${step} + ${delay} ms`,
				kill: (stack: LedgerStack) => killAt(stack, mode, step, delay),
			})),
		),
	];
}

/** Kills a restore at the begin of a step. Resolves with false when it was over before. */
async function killAt(stack: LedgerStack, mode: Mode, step: string, delay: number): Promise<boolean> {
	const {child, finished} = stack.start('restore', stack.file, ...modes[mode], '--yes');
	let seen = '';
	let isHit = false;
	child.stderr?.on('data', async (text: string) => {
		seen += text;
		if (isHit || !seen.includes(`… ${step}`)) return;
		isHit = true;
		if (delay > 0) await sleep(delay);
		child.kill('SIGKILL');
	});
	const {signal} = await finished;
	expect(seen).toContain(`… ${step}`);
	return signal === 'SIGKILL';
}

describeLab('kill -9 in the middle of a restore', () => {
	let stack: LedgerStack;
	let turn = 0;
	beforeAll(async () => {
		stack = await startLedger('kill');
	});
	afterAll(async () => {
		await stack?.remove();
	});

	const cases = (['switch', 'in place'] as const).flatMap(mode =>
		killPoints(mode).map(point => [mode, point.name, point] as const),
	);
	test.each(cases)('%s, %s: the old rows or the new rows, and a healthy application', async (mode, name, point) => {
		const wasKilled = await point.kill(stack, mode);
		const command = nextCommands[turn++ % nextCommands.length] ?? ['list'];
		const next = await stack.lifeboat(...command);
		const said = /It is (undone|finished)/.exec(next.stderr)?.[1] ?? next.json.action ?? 'nothing to put right';
		if (command[0] !== 'rollback') expect(next.exitCode, next.stderr).toBe(0);
		if (said !== 'nothing to put right') expect(next.stderr).toContain('was cut off');
		await stack.waitHealthy();
		const rows = await stack.checksums();
		const isNew = rows['table public.accounts'] === stack.newRows['table public.accounts'];
		expect(rows).toEqual(isNew ? stack.newRows : stack.oldRows);
		console.log(
			`| ${mode} | ${wasKilled ? name : `${name}: was over`} | \`${command[0]}\`: ${said} | ${isNew ? 'new' : 'old'} rows, healthy |`,
		);
		if (isNew) {
			const back = await stack.lifeboat('rollback', '--yes');
			expect(back.exitCode, back.stderr).toBe(0);
			expect(await stack.checksums()).toEqual(stack.oldRows);
		}

		await stack.lifeboat('rollback', '--drop', '--yes');
		expect(await stack.databases()).toEqual(['ledger']);
	});
});
