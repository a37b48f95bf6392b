import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
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

	test('switch: the old rows are back, the former database is kept, the outage is at most 8 s', async () => {
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
		expect(outage).toBeLessThan(8000);
		expect(await stack.checksums()).toEqual(saved);
		const {previous} = restored?.json.databases[0] ?? {};
		expect(previous).toMatch(/^clerq_before_\d{8}t\d{6}z$/);
		expect(await stack.checksums(previous)).toMatchObject({'table public.clients': changed['table public.clients']});
	});

	test('rollback brings the former rows back and keeps what was restored; --drop ends that', async () => {
		const rolledBack = await lifeboat(stack, 'rollback', '--yes');
		expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
		expect(rolledBack.json).toMatchObject({ok: true, action: 'undone', health: {ok: true}});
		expect(await stack.sql('SELECT count(*) FROM invoice_lines')).toBe('0\n');
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
		expect(await stack.sql('SELECT count(*) FROM invoice_lines', {database: 'Look "here"'})).not.toBe('0\n');
		const again = await lifeboat(stack, 'restore', file, '--to-database', 'Look "here"', '--yes');
		expect(again).toMatchObject({exitCode: 2, json: {ok: false, error: {code: 'usage'}}});
		await stack.sql('DROP DATABASE "Look ""here"""');
	});

	test('an application that is not healthy with the restored data: everything goes back by itself', async () => {
		const before = await stack.checksums();
		const broken = join(settings, 'broken.dump');
		const container = (await stack.compose('ps', '-q', 'postgres')).trim();
		await stack.sql('CREATE DATABASE wrong');
		await stack.sql(
			'CREATE SCHEMA drizzle; CREATE TABLE drizzle.__drizzle_migrations (id serial, hash text, created_at bigint); INSERT INTO drizzle.__drizzle_migrations (hash, created_at) VALUES (1, 9999999999999)',
			{database: 'wrong'},
		);
		execFileSync('sh', ['-c', `docker exec ${container} pg_dump -U clerq -Fc wrong > ${broken}`]);
		await stack.sql('DROP DATABASE wrong; DROP TABLE IF EXISTS nothing');
		await stack.sql('ALTER ROLE clerq CONNECTION LIMIT -1');
		const restored = await lifeboat(stack, 'restore', broken, '--yes', '--health-timeout', '15');
		expect(restored.exitCode).not.toBe(0);
		expect(restored.json).toMatchObject({ok: false, rolledBack: true});
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(before);
	});

	test('without --yes nothing happens, and the plan is shown', async () => {
		const asked = await lifeboat(stack, 'restore', file);
		expect(asked).toMatchObject({exitCode: 2, json: {error: {code: 'confirmation-missing'}}});
		expect(asked.stderr).toContain('clerq_restoring_');
		expect(await databases(stack)).toEqual(['clerq']);
	});
});
