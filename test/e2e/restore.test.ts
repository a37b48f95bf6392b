import {execFileSync} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {runLifeboat} from './lifeboat.js';

const settings = mkdtempSync(join(tmpdir(), 'lifeboat-restore-'));
const env = {LIFEBOAT_CONFIG_DIR: settings};

async function lifeboat(stack: LabStack, ...args: readonly string[]) {
	const finished = await runLifeboat([...args, '--json'], {cwd: stack.directory, env});
	return {...finished, json: JSON.parse(finished.stdout)};
}

async function databases(stack: LabStack): Promise<readonly string[]> {
	const names = await stack.sql(
		"SELECT datname FROM pg_database WHERE datname NOT LIKE 'template%' AND datname <> 'postgres' ORDER BY 1",
	);
	return names.trim().split('\n');
}

/** Failed requests on the health URL, as a user meets them: the longest time between two that succeeded. */
async function measureOutage(url: string, work: () => Promise<unknown>): Promise<number> {
	let longest = 0;
	let lastGood = Date.now();
	let over = false;
	const asking = (async () => {
		while (!over) {
			const good = await fetch(url, {signal: AbortSignal.timeout(2000)}).then(
				response => response.ok,
				() => false,
			);
			if (good) {
				longest = Math.max(longest, Date.now() - lastGood);
				lastGood = Date.now();
			}

			await new Promise(resolve => setTimeout(resolve, 100));
		}
	})();
	await work();
	over = true;
	await asking;
	return longest;
}

describeLab('restore on a running stack', () => {
	let stack: LabStack;
	let file = '';
	let saved: Readonly<Record<string, string>> = {};

	beforeAll(async () => {
		stack = await startStack('clerq', {project: `restore-e2e-${process.pid}`});
		saved = await stack.checksums();
		const backup = await lifeboat(stack, 'backup');
		file = backup.json.file;
	});
	afterAll(async () => {
		await stack?.remove();
		rmSync(settings, {recursive: true, force: true});
	});

	test('switch: the old rows are back, the former database is kept, users are hardly without the application', async () => {
		await stack.sql("DELETE FROM invoice_lines; UPDATE clients SET name = 'changed'");
		const changed = await stack.checksums();
		let restored: Awaited<ReturnType<typeof lifeboat>> | undefined;
		const outage = await measureOutage(stack.healthUrl, async () => {
			restored = await lifeboat(stack, 'restore', file, '--yes');
		});
		expect(restored?.exitCode, restored?.stderr).toBe(0);
		expect(restored?.json).toMatchObject({
			ok: true,
			mode: 'switch',
			health: {ok: true},
			databases: [{name: 'clerq', tables: 17}],
		});
		console.log(`without the application: ${outage} ms seen from outside, ${restored?.json.downtimeMs} ms told`);
		expect(restored?.json.downtimeMs).toBeGreaterThan(0);
		expect(await stack.checksums()).toEqual(saved);
		const {previous} = restored?.json.databases[0] ?? {};
		expect(previous).toMatch(/^clerq_before_\d{8}t\d{6}z$/);
		expect(await stack.checksums(previous)).toMatchObject({'table public.clients': changed['table public.clients']});
	});

	test('rollback brings the former rows back and keeps what was restored; --drop ends that', async () => {
		const rolledBack = await lifeboat(stack, 'rollback', '--yes');
		expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
		expect(rolledBack.json).toMatchObject({ok: true, action: 'undone', health: {ok: true}});
		expect(await stack.sql('SELECT count(*) FROM invoice_lines')).toBe('0');
		expect(await databases(stack)).toHaveLength(2);
		expect((await lifeboat(stack, 'rollback', '--yes')).json.error.code).toBe('nothing-to-roll-back');
		const dropped = await lifeboat(stack, 'rollback', '--drop', '--yes');
		expect(dropped.json).toMatchObject({ok: true, action: 'dropped'});
		expect(await databases(stack)).toEqual(['clerq']);
	});

	test('in place: a rollback point is kept and rollback returns to it', async () => {
		const before = await stack.checksums();
		const restored = await lifeboat(stack, 'restore', file, '--in-place', '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(restored.json).toMatchObject({ok: true, mode: 'in-place', databases: [{previous: null}]});
		expect(await stack.checksums()).toEqual(saved);
		const rolledBack = await lifeboat(stack, 'rollback', '--yes');
		expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
		expect(await stack.checksums()).toEqual(before);
		expect(await databases(stack)).toEqual(['clerq']);
	});

	test('into another database: nothing else is touched, and a taken name is refused', async () => {
		const before = await stack.checksums();
		const restored = await lifeboat(stack, 'restore', file, '--to-database', 'Look "here"', '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(await stack.checksums()).toEqual(before);
		expect(await stack.sql('SELECT count(*) FROM invoice_lines', {database: 'Look "here"'})).not.toBe('0');
		const again = await lifeboat(stack, 'restore', file, '--to-database', 'Look "here"', '--yes');
		expect(again).toMatchObject({exitCode: 2, json: {ok: false, error: {code: 'usage'}}});
		await stack.sql('DROP DATABASE "Look ""here"""');
	});

	test('migrations that fail on the restored data: everything goes back by itself', async () => {
		const before = await stack.checksums();
		const broken = join(settings, 'broken.sql');
		// The migrations begin anew, and the first of them finds its table taken.
		writeFileSync(broken, 'CREATE TABLE public.clients (id int);\nINSERT INTO public.clients VALUES (1);\n');
		const restored = await lifeboat(stack, 'restore', broken, '--yes', '--health-timeout', '15');
		expect(restored).toMatchObject({exitCode: 1, json: {ok: false, rolledBack: true}});
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(before);
		expect(await databases(stack)).toEqual(['clerq']);
	});

	test('verify: a real restore passes, a cut file and a missing image are exit 4, and no container is left', async () => {
		const verified = await lifeboat(stack, 'verify', file);
		expect(verified.exitCode, verified.stderr).toBe(0);
		expect(verified.json).toMatchObject({
			ok: true,
			level: 'restored',
			databases: [{name: 'clerq', tables: 17}],
			findings: [],
		});
		expect(verified.json.databases[0].rows).toBe(verified.json.databases[0].expectedRows);
		const cut = join(settings, 'cut.zip');
		writeFileSync(cut, readFileSync(file).subarray(0, 100_000));
		expect(await lifeboat(stack, 'verify', cut)).toMatchObject({
			exitCode: 4,
			json: {ok: false, findings: [{code: 'bundle-damaged'}]},
		});
		const unproved = await lifeboat(stack, 'verify', file, '--image', 'no-such-image:1');
		expect(unproved).toMatchObject({
			exitCode: 4,
			json: {ok: false, level: 'checksums', findings: [{code: 'not-verified'}]},
		});
		expect((await lifeboat(stack, 'verify', file, '--checksums')).json).toMatchObject({ok: true, level: 'checksums'});
		expect(execFileSync('docker', ['ps', '-aq', '--filter', 'label=com.lifeboat.throwaway-server']).toString()).toBe(
			'',
		);
	});

	test('without --yes nothing happens, and the plan is shown', async () => {
		const asked = await lifeboat(stack, 'restore', file);
		expect(asked).toMatchObject({exitCode: 2, json: {error: {code: 'confirmation-missing'}}});
		expect(asked.stderr).toContain('clerq_restoring_');
		expect(await databases(stack)).toEqual(['clerq']);
	});
});
