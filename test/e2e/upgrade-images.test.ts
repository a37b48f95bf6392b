import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {removeImageNames} from '../lab/projects.js';
import {expectUntouched, type StackState, startUpgradeStack, type UpgradeStack} from './upgrade-stack.js';

describeLab('upgrade of Cronicorn, by images of a registry', () => {
	let cronicorn: UpgradeStack;
	let before: StackState;
	const own = ['ai-planner', 'api', 'docs', 'scheduler', 'web'];
	const rename = async (tag: string) => {
		const file = join(cronicorn.stack.directory, '.env');
		const text = (await readFile(file, 'utf8')).replace(/^IMAGE_TAG=.*\n/m, '');
		await writeFile(file, tag === '' ? text : `${text}IMAGE_TAG=${tag}\n`);
		before = {...before, env: await readFile(file, 'utf8')};
	};

	const repositoryOf = async (service: string) => {
		const images = (await cronicorn.stack.compose('config', '--images', service)).trim().split('\n');
		return images.find(image => image.includes(`/${service}:`))?.replace(/:[^:/]*$/, '') ?? '';
	};

	beforeAll(async () => {
		cronicorn = await startUpgradeStack('cronicorn');
		// The scheduler has nothing to do, so that rows can be compared.
		await cronicorn.stack.sql("UPDATE job_endpoints SET next_run_at = 'infinity'");
	});
	afterAll(() => cronicorn?.remove());
	beforeEach(async () => {
		before = await cronicorn.state();
	});

	test('the plan shows the new digests; a good release, and back by digest', async () => {
		await cronicorn.stack.publish('v1.1.0');
		const {plan} = (await cronicorn.lifeboat('upgrade', '--dry-run')).document;
		const api = plan.images.find((image: {service: string}) => image.service === 'api');
		expect(api.remoteDigest).toMatch(/^sha256:/);
		expect(api.runningDigest).not.toContain(api.remoteDigest);
		const upgrade = await cronicorn.lifeboat('upgrade');
		expect(upgrade.document, upgrade.stderr).toMatchObject({ok: true, migrations: {before: 2, after: 3}});
		expect(upgrade.document.to.images.api).toContain(api.remoteDigest);
		const after = await cronicorn.state();
		for (const service of own) expect(after.images[service]).not.toBe(before.images[service]);
		expect((await cronicorn.lifeboat('rollback')).document).toMatchObject({ok: true, action: 'undone'});
		await expectUntouched(cronicorn, before);
		await cronicorn.lifeboat('rollback', '--drop');
		expect(await cronicorn.databases()).toEqual(['db']);
	});

	test('a release that is unhealthy goes back by digest, with its reason, although nobody knows what its pruned migrator was', async () => {
		await cronicorn.stack.publish('v1.2.0');
		await rename('1.2.0');
		const {stack} = cronicorn;
		await stack.compose('rm', '--stop', '--force', 'migrator');
		await removeImageNames(await repositoryOf('migrator'));
		const {plan} = (await cronicorn.lifeboat('upgrade', '--dry-run')).document;
		expect(plan.forgotten).toEqual(['migrator']);
		const upgrade = await cronicorn.lifeboat('upgrade', '--health-timeout', '10');
		expect(upgrade.exitCode, upgrade.stderr).toBe(1);
		expect(upgrade.document).toMatchObject({rolledBack: true, health: {ok: true}});
		expect(upgrade.document.error.details.join('\n')).toContain('column "colour" does not exist');
		await expectUntouched(cronicorn, before);
		expect(await stack.compose('ps', '--all', '--quiet', 'migrator')).toBe('');
		await cronicorn.lifeboat('rollback', '--drop');
		await rename('1.0.0');
		// In the foreground: it has ended when this returns.
		await stack.compose('up', '--no-deps', 'migrator');
		await rename('');
	});

	test('another tag in the env file that the registry does not have: the pull fails, nothing else', async () => {
		await rename('9.9.9');
		const upgrade = await cronicorn.lifeboat('upgrade');
		expect(upgrade.document, upgrade.stderr).toMatchObject({
			ok: false,
			rolledBack: true,
			findings: [{cause: 'image-not-found'}],
		});
		await expectUntouched(cronicorn, before);
		await rename('');
	});

	test('another tag, one service built here, and the application writes on: all is upgraded and comes back', async () => {
		const {directory} = cronicorn.stack;
		const override = join(directory, 'docker-compose.override.yml');
		const text = await readFile(override, 'utf8');
		await writeFile(join(directory, 'Dockerfile'), 'FROM lifeboat-lab/node:20\nCMD ["sleep", "infinity"]\n');
		await writeFile(override, `${text}  docs:\n    build: .\n    image: ${cronicorn.stack.project}-docs\n`);
		await rename('1.1.0');
		const {plan} = (await cronicorn.lifeboat('upgrade', '--dry-run')).document;
		expect(plan).toMatchObject({mode: 'mixed', build: ['docs']});
		const upgrade = await cronicorn.lifeboat('upgrade', '--keep-writing');
		expect(upgrade.document, upgrade.stderr).toMatchObject({ok: true, migrations: {before: 2, after: 3}});
		expect(upgrade.stderr).not.toContain('Stop what writes');
		expect(upgrade.document.wayBack).toMatchObject([{name: 'db', kind: 'backup'}]);
		const after = await cronicorn.state();
		for (const service of own) expect(after.images[service]).not.toBe(before.images[service]);
		const rollback = await cronicorn.lifeboat('rollback');
		expect(rollback.exitCode, rollback.stderr).toBe(0);
		await expectUntouched(cronicorn, before);
		// What the files ask for means the previous image until somebody pulls: `docker compose up` changes nothing.
		await cronicorn.stack.compose('up', '--detach', '--no-build');
		await expectUntouched(cronicorn, before);
	});
});

describeLab('upgrade of Tracearr, whose TimescaleDB cannot be copied', () => {
	let tracearr: UpgradeStack;

	beforeAll(async () => {
		tracearr = await startUpgradeStack('tracearr');
		await tracearr.stack.publish('v1.1.0');
	});
	afterAll(() => tracearr?.remove());

	test('the plan says that the way back is a backup; it brings rows and images of before', async () => {
		const before = await tracearr.state();
		const {plan} = (await tracearr.lifeboat('upgrade', '--dry-run')).document;
		expect(plan.wayBack).toMatchObject([{name: 'tracearr', kind: 'backup'}]);
		const upgrade = await tracearr.lifeboat('upgrade');
		expect(upgrade.document, upgrade.stderr).toMatchObject({
			ok: true,
			wayBack: [{kind: 'backup'}],
			migrations: {before: 2, after: 3},
		});
		const rollback = await tracearr.lifeboat('rollback');
		expect(rollback.exitCode, rollback.stderr).toBe(0);
		const after = await tracearr.state();
		expect(tablesOf(after)).toEqual(tablesOf(before));
		expect(after.images).toEqual(before.images);
		expect(await tracearr.databases()).toHaveLength(2);
		await tracearr.lifeboat('rollback', '--drop');
		expect(await tracearr.databases()).toEqual(['tracearr']);
		await tracearr.stack.waitHealthy();
	});
});

/** The application's tables; the chunks of hypertables have other names after a restore. */
function tablesOf({rows}: StackState): Readonly<Record<string, string>> {
	return Object.fromEntries(Object.entries(rows).filter(([name]) => /^table public\./.test(name)));
}
