import {setTimeout as sleep} from 'node:timers/promises';
import {afterAll, beforeAll, expect, test} from 'vitest';
import type {Checksums} from '../lab/checksums.js';
import {describeLab} from '../lab/describe-lab.js';
import {type ExternalStack, startExternal} from './external-stack.js';

/** The database is outside of the stack, and its role no superuser: what a restore may do there, and what is refused before anything changes. */
describeLab('restore into a database outside of the stack', () => {
	let stack: ExternalStack;
	let file = '';
	let helpers = '';
	let saved: Checksums = {};
	let live: Checksums = {};

	beforeAll(async () => {
		stack = await startExternal('external');
		helpers = await stack.helpers();
		saved = await stack.checksums();
		const backup = await stack.lifeboat('backup');
		expect(backup.exitCode, backup.stderr).toBe(0);
		file = backup.json.file;
		await stack.sql("DELETE FROM entries WHERE id % 3 = 0; UPDATE accounts SET name = 'live'");
		live = await stack.checksums();
	});
	afterAll(async () => stack?.remove());

	async function expectUntouched() {
		expect(await stack.checksums()).toEqual(live);
		expect(await stack.databases()).toEqual(['ledger', 'postgres']);
		expect(await stack.helpers()).toBe(helpers);
		await stack.waitHealthy();
	}

	test('a role that may not create databases is refused before anything changes, with what an administrator types', async () => {
		for (const flags of [[], ['--to-database', 'look']]) {
			const refused = await stack.lifeboat('restore', file, ...flags, '--yes');
			expect(refused.exitCode).toBe(3);
			expect(refused.json.error).toMatchObject({
				code: 'preflight-failed',
				message: 'keeper may not create databases on db.ledger.internal, as every restore does',
				hint: expect.stringContaining('ALTER ROLE "keeper" CREATEDB'),
				fix: expect.arrayContaining(['psql', '-h', 'db.ledger.internal']),
			});
		}

		await expectUntouched();
		await stack.sql('ALTER ROLE keeper CREATEDB', 'postgres');
		live = await stack.checksums();
		saved = {...saved, roles: live['roles'] ?? ''};
	});

	test('a database of somebody else can be neither renamed nor dropped; a copy beside it can be made', async () => {
		await stack.sql('ALTER DATABASE ledger OWNER TO administrator', 'postgres');
		const refused = await stack.lifeboat('restore', file, '--yes');
		expect(refused.exitCode).toBe(3);
		expect(refused.json.error.message).toBe(
			'The database ledger belongs to administrator: keeper may neither rename nor drop it',
		);
		const copy = await stack.lifeboat('restore', file, '--to-database', 'look', '--yes');
		expect(copy.exitCode, copy.stderr).toBe(0);
		expect(await stack.sql('SELECT count(*) FROM entries', 'look')).toBe('5000');
		await stack.sql('DROP DATABASE look; ALTER DATABASE ledger OWNER TO keeper', 'postgres');
		await expectUntouched();
	});

	test('an extension that only a superuser may create is found out on an empty database, before anything is loaded or dropped', async () => {
		await stack.sql('CREATE EXTENSION file_fdw');
		const other = await stack.lifeboat('backup');
		const refused = await stack.lifeboat('restore', other.json.file, '--in-place', '--yes');
		expect(refused.exitCode).toBe(1);
		expect(refused.json.error.message).toContain('permission denied to create extension "file_fdw"');
		expect(refused.json.rolledBack).toBe(true);
		await stack.sql('DROP EXTENSION file_fdw');
		await expectUntouched();
	});

	test('objects of a role that ours cannot become: refused, and restored without owners', async () => {
		await stack.sql(
			'CREATE ROLE auditor; CREATE TABLE audit (n int); ALTER TABLE audit OWNER TO auditor; GRANT SELECT ON audit TO keeper',
		);
		const other = await stack.lifeboat('backup');
		expect(other.exitCode, other.stderr).toBe(0);
		const refused = await stack.lifeboat('restore', other.json.file, '--yes');
		expect(refused.json.error).toMatchObject({code: 'role-missing', fix: expect.arrayContaining(['--no-owner'])});
		const kept = await stack.lifeboat('restore', file, '--in-place', '--yes');
		expect(kept.json.error.message).toContain('ledger holds objects of auditor, which could not be given back');
		const restored = await stack.lifeboat('restore', other.json.file, '--no-owner', '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(await stack.sql("SELECT tableowner FROM pg_tables WHERE tablename = 'audit'")).toBe('keeper');
		expect((await stack.lifeboat('rollback', '--yes')).exitCode).toBe(0);
		await stack.lifeboat('rollback', '--drop', '--yes');
		await stack.sql('DROP TABLE audit; DROP ROLE auditor');
		await expectUntouched();
	});

	test('switch: the rows of the backup are back, the application works with them; rolled back, and dropped', async () => {
		const restored = await stack.lifeboat('restore', file, '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(restored.json).toMatchObject({ok: true, mode: 'switch', health: {ok: true}, databases: [{name: 'ledger'}]});
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(saved);
		expect(await stack.helpers()).toBe(helpers);
		const back = await stack.lifeboat('rollback', '--yes');
		expect(back.exitCode, back.stderr).toBe(0);
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(live);
		const dropped = await stack.lifeboat('rollback', '--drop', '--yes');
		expect(dropped.exitCode, dropped.stderr).toBe(0);
		await expectUntouched();
	});

	test('killed while loading: the next command puts it right, and no helper stays', async () => {
		// LIFEBOAT_KILLS=all takes it in place as well.
		for (const flags of process.env['LIFEBOAT_KILLS'] === 'all' ? [[], ['--in-place']] : [[]]) {
			await stack.sql("ALTER ROLE keeper SET ledger.hold = 'on'", 'postgres');
			const restore = stack.start('restore', file, ...flags, '--yes');
			const loading =
				"SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%' AND wait_event = 'PgSleep'";
			for (let tries = 0; (await stack.sql(loading, 'postgres')) !== '1' && tries < 600; tries++) await sleep(100);
			restore.child.kill('SIGKILL');
			await restore.finished;
			await stack.sql('ALTER ROLE keeper RESET ALL', 'postgres');
			const next = await stack.lifeboat('rollback', '--yes');
			expect(next.exitCode, next.stderr).toBe(0);
			expect(next.json.action).toBe('undone');
			await expectUntouched();
		}
	});

	test('in place: the rows of the backup are back', async () => {
		const restored = await stack.lifeboat('restore', file, '--in-place', '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(restored.json).toMatchObject({ok: true, mode: 'in-place', health: {ok: true}});
		await stack.waitHealthy();
		expect(await stack.checksums()).toEqual(saved);
		expect(await stack.databases()).toEqual(['ledger', 'postgres']);
		expect(await stack.helpers()).toBe(helpers);
	});
});
