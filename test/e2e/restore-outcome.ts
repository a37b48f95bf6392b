import {expect} from 'vitest';
import type {Answer, LedgerStack} from './ledger-stack.js';

/**
 * After a restore that something happened to: either it went on to its end and the new rows are there, or it failed with exit code 1 (3 before the
 * first change), said why, and everything is as it was, at once or after the `lifeboat rollback` that it names. The application is healthy, and
 * nothing of it is left behind.
 * Resolves with what happened, for the table of faults. `heal` puts right what the fault was made of.
 */
export async function expectSound(stack: LedgerStack, finished: Answer, heal: () => Promise<void>): Promise<string> {
	const {exitCode, json, stderr} = finished;
	await heal();
	let outcome = `exit ${exitCode}, `;
	if (exitCode === 0) outcome += 'went on to its end';
	else {
		expect([1, 3], stderr).toContain(exitCode);
		expect(json.error.message).toBeTruthy();
		// The environment refuses before the first change, or it is a failure.
		if (exitCode === 3) expect(json.error.message).toContain('Nothing was changed');
		outcome += `${json.error.code}: ${json.error.message.replaceAll('|', '/')}`;
		if (!json.rolledBack) {
			expect(`${json.error.hint} ${json.error.fix?.join(' ')}`).toContain('rollback');
			const back = await stack.lifeboat('rollback', '--yes');
			expect(back.exitCode, back.stdout + back.stderr).toBe(0);
			outcome += `; then \`lifeboat rollback\`: ${back.json.action}`;
		}
	}

	await stack.waitHealthy();
	const rows = await stack.checksums();
	const isNew = rows['table public.accounts'] === stack.newRows['table public.accounts'];
	expect(rows).toEqual(isNew ? stack.newRows : stack.oldRows);
	if (exitCode === 0) expect(isNew).toBe(true);
	if (isNew) {
		const back = await stack.lifeboat('rollback', '--yes');
		expect(back.exitCode, back.stderr).toBe(0);
	}

	await stack.lifeboat('rollback', '--drop', '--yes');
	expect(await stack.checksums()).toEqual(stack.oldRows);
	expect(await stack.databases()).toEqual(['ledger']);
	return `${outcome} | ${isNew ? 'new' : 'old'} rows, healthy`;
}
