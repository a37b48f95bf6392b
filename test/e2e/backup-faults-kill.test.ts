import {afterAll, beforeAll, expect, test} from 'vitest';
import {openBundle} from '../../source/bundle/read.js';
import {verifyChecksums} from '../../source/bundle/verify-checksums.js';
import {drive} from '../../source/operation.js';
import {describeLab} from '../lab/describe-lab.js';
import {startPrivateEngine} from '../lab/private-engine.js';
import {attempt, run} from '../lab/run.js';
import {type FaultStack, namesIn, startFaultStack} from './fault-stack.js';

const moments = 20;

async function expectGood(file: string) {
	const bundle = await openBundle(file);
	await drive(verifyChecksums(bundle), () => {});
	await bundle.close();
}

describeLab('backup and kill -9', () => {
	let stack: FaultStack;
	beforeAll(async () => {
		stack = await startFaultStack('kill');
	});
	afterAll(async () => {
		await stack.remove();
	});

	test(`killed at ${moments} moments: no false backup, nothing runs on, the next start clears up`, async () => {
		const output = stack.newOutput();
		const startedAt = performance.now();
		const whole = await stack.run(['--output', output]);
		const duration = performance.now() - startedAt;
		expect(whole.exitCode).toBe(0);
		const good = new Set([whole.document.file as string]);
		for (let moment = 1; moment <= moments; moment++) {
			const backup = stack.start(['--output', output]);
			await new Promise(resolve => setTimeout(resolve, (duration * moment) / moments));
			backup.kill('SIGKILL');
			const {document} = await backup.finished;
			if (document?.ok) good.add(document.file);
			for (const name of namesIn(output).filter(one => one.endsWith('.zip'))) {
				const file = `${output}/${name}`;
				await expectGood(file);
				good.add(file);
			}

			await expect.poll(() => stack.leftovers(), {timeout: 15_000, interval: 500}).toEqual([]);
		}

		const last = await stack.run(['--output', output]);
		expect(last.exitCode).toBe(0);
		good.add(last.document.file);
		expect(
			namesIn(output)
				.map(name => `${output}/${name}`)
				.sort(),
		).toEqual([...good].sort());
		const log = await run(['docker', 'logs', stack.container]).catch(() => '');
		expect(log).not.toMatch(/terminated by signal/);
		expect((await attempt(['docker', 'logs', stack.container])).stderr).not.toMatch(/terminated by signal/);
	});
});

describeLab('backup and an engine that goes away', () => {
	// A second engine takes root.
	test.skipIf(process.getuid?.() !== 0)('the engine is stopped half way', async () => {
		const engine = await startPrivateEngine('bkfault');
		const before = process.env['DOCKER_HOST'];
		try {
			await engine.copyImages(['postgres:17']);
			process.env['DOCKER_HOST'] = engine.host;
			const stack = await startFaultStack('engine');
			const output = stack.newOutput();
			const backup = stack.start(['--output', output]);
			await backup.halfWay(output);
			await engine.stop();
			const {exitCode, document} = await backup.finished;
			expect([1, 3]).toContain(exitCode);
			expect(document.error.code).toMatch(
				/^(?:engine-unreachable|container-stopped|database-unreachable|dump-failed)$/,
			);
			expect(namesIn(output)).toEqual([]);
			const again = await stack.run(['--output', output]);
			expect([again.exitCode, again.document.ok]).toEqual([3, false]);
			await engine.start();
			await stack.heal();
			expect((await stack.run(['--output', output])).exitCode).toBe(0);
			await stack.remove();
		} finally {
			if (before === undefined) delete process.env['DOCKER_HOST'];
			else process.env['DOCKER_HOST'] = before;
			await engine.remove();
		}
	});
});
