import {mkdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {describeLabAsRoot} from '../../lab/describe-lab.js';
import {type PrivateEngine, startPrivateEngine} from '../../lab/private-engine.js';
import {attempt, run} from '../../lab/run.js';
import {labPath} from '../../lab/state.js';
import {type LedgerStack, startLedger} from '../ledger-stack.js';

/** To copy images into a second engine takes longer than all else here. */
const describeRarely = process.env['LIFEBOAT_FAULTS'] === 'all' ? describeLabAsRoot : describe.skip;

/** An engine of its own on a small disk: images and the volumes of databases share it, as on most servers. */
describeRarely('the disk of the engine is full', () => {
	const name = `disk-${process.pid}`;
	const disk = labPath('engines', name);
	let engine: PrivateEngine;
	let stack: LedgerStack;

	beforeAll(async () => {
		mkdirSync(disk, {recursive: true});
		await run(['mount', '-t', 'tmpfs', '-o', 'size=2400m', 'tmpfs', disk]);
		engine = await startPrivateEngine(name);
		await engine.copyImages(['postgres:17', 'lifeboat-lab/node:20']);
		stack = await startLedger('disk', {engine});
	});
	afterAll(async () => {
		await stack?.remove();
		await engine?.stop();
		await run(['umount', '--lazy', disk]);
		await engine?.remove();
	});

	test('images without a name are removed, after they were shown; nothing else is', async () => {
		const rows = await stack.checksums();
		const former = await buildImage('first');
		const present = await buildImage('second');
		await attempt(['dd', 'if=/dev/zero', `of=${join(disk, 'ballast')}`, 'bs=64k']);
		await expect(insert()).rejects.toThrow(/No space left on device/);

		const {json: diagnosis} = await stack.lifeboat('troubleshoot');
		expect(diagnosis.findings[0]).toMatchObject({cause: 'disk-full', service: 'postgres', confidence: 'high'});
		expect(diagnosis.findings[0].fixes).toMatchObject([{id: 'free-disk', applicable: true}]);

		const plan = await stack.lifeboat('troubleshoot', '--fix', 'free-disk', '--dry-run');
		expect(JSON.stringify(plan.json)).toContain(former.slice(7, 19));
		expect(JSON.stringify(plan.json)).not.toContain(present.slice(7, 19));

		const fixed = await stack.lifeboat('troubleshoot', '--fix', 'free-disk', '--yes');
		expect(fixed.json).toMatchObject({ok: true, fixed: true, findings: []});
		expect(fixed.exitCode).toBe(0);
		const left = await stack.docker('image', 'ls', '--all', '--quiet', '--no-trunc');
		expect(left).not.toContain(former);
		expect(left).toContain(present);
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(rows);
		rmSync(join(disk, 'ballast'));
	});

	const insert = () =>
		stack.sql('CREATE TEMPORARY TABLE filler AS SELECT repeat(md5(i::text), 50) FROM generate_series(1, 4000) i');

	/** Builds an image of 150 MB under a name that it takes from the image before it; resolves with its id. */
	async function buildImage(version: string): Promise<string> {
		const dockerfile = `FROM lifeboat-lab/node:20\nRUN dd if=/dev/urandom of=/junk bs=1M count=150 # ${version}\n`;
		await run(['docker', 'build', '--quiet', '--network', 'none', '--tag', 'junk:latest', '-'], {
			input: dockerfile,
			env: stack.env,
		});
		return (await stack.docker('image', 'inspect', '--format', '{{.Id}}', 'junk:latest')).trim();
	}
});
