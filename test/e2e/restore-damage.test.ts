import {writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {createServices} from '../../source/create-services.js';
import {isAppError} from '../../source/errors.js';
import {findUnfinished} from '../../source/flows/recover.js';
import type {RestorePlan} from '../../source/flows/restore/plan.js';
import {restoreFlow} from '../../source/flows/restore.js';
import {drive} from '../../source/operation.js';
import type {Services} from '../../source/services.js';
import {detectStack} from '../../source/stack/detect.js';
import type {Stack} from '../../source/stack/stack.js';
import {describeLab} from '../lab/describe-lab.js';
import {type DamagedBundle, damageBundle} from './damaged-bundles.js';
import {type LedgerStack, startLedger} from './ledger-stack.js';

const refusals = ['bundle-damaged', 'bundle-unreadable'];

describeLab('damaged bundles', () => {
	let stack: LedgerStack;
	let bundles: readonly DamagedBundle[];
	let candidate = '';
	beforeAll(async () => {
		stack = await startLedger('damage');
		bundles = await damageBundle(stack.file);
		candidate = join(dirname(stack.directory), 'candidate.zip');
	});
	afterAll(() => stack?.remove());

	/** The plan of the good bundle, as if the file were exchanged for a damaged one after the review: the last moment at which damage can come. */
	async function planGood(services: Services): Promise<{readonly plan: RestorePlan; readonly detected: Stack}> {
		const {signal} = new AbortController();
		const detected = await detectStack({files: [], profiles: [], envFiles: [], cwd: stack.directory}, services);
		const answers = restoreFlow.answers.parse({file: stack.file});
		const plan = await restoreFlow.prepare(detected, answers, services, signal);
		if (plan.mode === 'rebuild') throw new Error('the stack is there');
		return {detected, plan};
	}

	test('200 damaged bundles are refused before a program is started, the engine is asked or the journal is begun', async () => {
		const services = createServices({...process.env, ...stack.env}, stack.directory);
		const {plan, detected} = await planGood(services);
		const calls: string[] = [];
		const watched = {
			...services,
			processes: watch(services.processes, calls),
			docker: watch(services.docker, calls),
			compose: watch(services.compose, calls),
		};
		const outcomes = new Map<string, number>();
		expect(bundles).toHaveLength(200);
		for (const [index, {kind, content}] of bundles.entries()) {
			writeFileSync(candidate, content);
			const source = {...plan.source, file: candidate};
			const outcome = await drive(
				restoreFlow.run({...plan, source}, watched, new AbortController().signal),
				() => {},
			).then(
				() => 'RESTORED',
				error => (isAppError(error) ? error.code : String(error)),
			);
			expect(refusals, `number ${index}, ${kind}`).toContain(outcome);
			expect(calls, `number ${index}, ${kind}`).toEqual([]);
			const line = `${kind}: ${outcome}`;
			outcomes.set(line, (outcomes.get(line) ?? 0) + 1);
		}

		expect(await findUnfinished(detected, services)).toEqual([]);
		expect(await stack.checksums()).toEqual(stack.oldRows);
		expect(await stack.databases()).toEqual(['ledger']);
		console.log([...outcomes].map(([line, count]) => `| ${count} | ${line} |`).join('\n'));
	});

	test('the built command refuses one of each kind with exit code 1, and nothing has changed', async () => {
		const kinds = new Map(bundles.map(bundle => [bundle.kind, bundle.content]));
		for (const [kind, content] of kinds) {
			writeFileSync(candidate, content);
			const {exitCode, json} = await stack.lifeboat('restore', candidate, '--yes');
			expect([exitCode, json.ok], kind).toEqual([1, false]);
			expect(refusals, kind).toContain(json.error.code);
			expect(json.error.message, kind).toContain(candidate);
		}

		expect(await stack.checksums()).toEqual(stack.oldRows);
		expect(await stack.databases()).toEqual(['ledger']);
	});
});

/** The same object, but every call of it is noted. */
function watch<Service extends object>(service: Service, calls: string[]): Service {
	return new Proxy(service, {
		get(target, key) {
			const value: unknown = Reflect.get(target, key);
			if (typeof value !== 'function') return value;
			return (...args: readonly unknown[]) => {
				calls.push(String(key));
				return Reflect.apply(value, target, args);
			};
		},
	});
}
