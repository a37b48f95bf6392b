import {afterEach, expect, it} from 'vitest';
import type {Checksums} from './checksums.js';
import {describeLab} from './describe-lab.js';
import {type LabStack, type StackName, startStack} from './lab.js';
import {run} from './run.js';

const started: LabStack[] = [];

afterEach(async () => {
	for (const stack of started.splice(0)) {
		await stack.remove();
	}
});

async function start(name: StackName): Promise<LabStack> {
	const stack = await startStack(name, {rows: 500});
	started.push(stack);
	return stack;
}

function findDifferences(left: Checksums, right: Checksums): string[] {
	return Object.keys({...left, ...right}).filter(object => left[object] !== right[object]);
}

describeLab.each(['clerq', 'cronicorn', 'tracearr', 'avnology', 'everworks'] as const)('the stack %s', name => {
	it('starts with data, answers, and leaves nothing behind when removed', async () => {
		const stack = await start(name);
		for (const database of stack.databases) {
			const checksums = await stack.checksums(database);
			const tables = Object.keys(checksums).filter(object => object.startsWith('table '));
			expect(tables.length, database).toBeGreaterThan(0);
		}
		expect(
			await run(['git', 'ls-files', '--others', '--exclude-standard'], {cwd: stack.directory}).catch(() => ''),
		).toBe('');
		await stack.remove();
		const filter = ['--filter', `label=com.docker.compose.project=${stack.project}`];
		expect(await run(['docker', 'ps', '--all', '--quiet', ...filter])).toBe('');
		expect(await run(['docker', 'volume', 'ls', '--quiet', ...filter])).toBe('');
	});
});

describeLab('checksums', () => {
	it('are equal for a dump and its restore, and differ after the least change of any kind', async () => {
		const stack = await start('clerq');
		const before = await stack.checksums();
		const copy = [
			'pg_dump -U clerq -C -Fc -f /tmp/dump clerq',
			'psql -qU clerq postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = \'clerq\'" -c "ALTER DATABASE clerq RENAME TO before"',
			'pg_restore -U clerq -C -d postgres --exit-on-error /tmp/dump',
		];
		await stack.compose('stop', 'app');
		await stack.compose('exec', '-T', 'postgres', 'bash', '-euc', copy.join('; '));
		expect(findDifferences(before, await stack.checksums())).toEqual([]);

		await stack.sql(`
			UPDATE expenses SET merchant = merchant || ' ' WHERE id = 5;
			SELECT nextval('invoice_number');
			SELECT lo_put((SELECT min(oid) FROM pg_largeobject_metadata), 3, 'x');
			REVOKE SELECT ON settings FROM clerq_readers;
			COMMENT ON TABLE clients IS 'changed';
			DROP INDEX invoices_open;
			ALTER DATABASE clerq SET timezone = 'UTC';
			ALTER ROLE clerq_report PASSWORD 'another'`);
		const largeObject = Object.keys(before).find(object => object.startsWith('large object')) ?? '';
		expect(findDifferences(before, await stack.checksums())).toEqual([
			'comments',
			'definition public.invoices',
			'grants public.settings',
			largeObject,
			'roles',
			'sequence public.invoice_number',
			'settings',
			'table public.expenses',
		]);
	});
});

describeLab('a later release', () => {
	it('comes by git pull where the application is a clone', async () => {
		const stack = await start('clerq');
		await stack.publish('v1.1.0');
		await run(['git', 'pull', '--quiet', '--ff-only'], {cwd: stack.directory});
		await stack.compose('up', '--detach', '--build');
		await stack.waitHealthy();
		expect((await stack.sql('SELECT count(*) FROM drizzle.__drizzle_migrations')).trim()).toBe('4');
	});

	it('comes by docker compose pull, not before, where the application is images', async () => {
		const stack = await start('cronicorn');
		const migrations = async () => (await stack.sql('SELECT count(*) FROM drizzle.__drizzle_migrations')).trim();
		await stack.publish('v1.1.0');
		await stack.compose('up', '--detach');
		expect(await migrations()).toBe('2');
		await stack.compose('pull', '--quiet');
		await stack.compose('up', '--detach');
		await stack.waitHealthy();
		expect(await migrations()).toBe('3');
	});
});
