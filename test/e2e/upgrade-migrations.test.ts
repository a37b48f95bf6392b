import {afterAll, beforeAll, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {startUpgradeStack, type UpgradeStack} from './upgrade-stack.js';

describeLab('the migrations of Avnology alone', () => {
	let avnology: UpgradeStack;
	const hasAudit = async () =>
		(await avnology.stack.sql("SELECT count(*) FROM pg_namespace WHERE nspname = 'audit'")).trim() === '1';
	const version = async () => (await avnology.stack.sql('SELECT version FROM schema_migrations')).trim();

	beforeAll(async () => {
		avnology = await startUpgradeStack('avnology');
	});
	afterAll(() => avnology?.remove());

	test('the newest one is taken back, with a way back to what it held; then it runs again', async () => {
		const before = await avnology.stack.checksums();
		const {plan} = (await avnology.lifeboat('upgrade', '--migrations', 'down', '--dry-run')).document;
		expect(plan).toMatchObject({
			alone: {direction: 'down', environment: {MIGRATE_COMMAND: 'down'}},
			build: [],
			pull: [],
			images: expect.any(Array),
		});
		expect(plan.wayBack.map((one: {name: string}) => one.name)).toEqual(avnology.stack.databases);
		const down = await avnology.lifeboat('upgrade', '--migrations', 'down');
		expect(down.document, down.stderr).toMatchObject({ok: true, health: {ok: true}});
		expect([await version(), await hasAudit()]).toEqual(['1', false]);

		const rollback = await avnology.lifeboat('rollback');
		expect(rollback.exitCode, rollback.stderr).toBe(0);
		expect([await version(), await hasAudit()]).toEqual(['2', true]);
		expect(await avnology.stack.checksums()).toEqual(before);
		await avnology.lifeboat('rollback', '--drop');

		const up = await avnology.lifeboat('upgrade', '--migrations', 'up');
		expect(up.document, up.stderr).toMatchObject({ok: true});
		expect(await avnology.stack.checksums()).toEqual(before);
		await avnology.lifeboat('rollback', '--drop');
		expect(await avnology.databases()).toEqual([...avnology.stack.databases].sort());
	});
});
