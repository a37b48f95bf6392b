import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {stackSource} from '../lab/repository.js';
import {run} from '../lab/run.js';
import {runLifeboat} from './lifeboat.js';
import {expectUntouched, type StackState, startUpgradeStack, type UpgradeStack} from './upgrade-stack.js';

const source = (path: string) => readFileSync(stackSource('clerq', 'repository', path), 'utf8');

/** Two statements of which the first is committed before the second fails. */
const brokenMigrations = source('migrate.js').replace(
	"await client.query('BEGIN');",
	"await client.query('DELETE FROM invoice_lines');\n\tawait client.query('ALTER TABLE clients ADD COLUMN half_done boolean');\n\tawait client.query('SELECT * FROM workspaces');",
);

describeLab('upgrade of Clerq, from a git origin', () => {
	let clerq: UpgradeStack;
	let before: StackState;
	const tags = () => run(['docker', 'image', 'ls', '--quiet', `lifeboat-rollback/${clerq.stack.project}-*`]);
	const inClone = (...args: readonly string[]) => run(['git', '-C', clerq.stack.directory, ...args]);

	beforeAll(async () => {
		clerq = await startUpgradeStack('clerq');
		// The user's own: git does not know it, and it stands in nobody's way.
		writeFileSync(
			join(clerq.stack.directory, 'docker-compose.override.yml'),
			'services:\n  app:\n    mem_limit: 512m\n',
		);
	});
	afterAll(() => clerq?.remove());
	beforeEach(async () => {
		before = await clerq.state();
	});

	test('the plan tells of commits, files, variables, migrations and notes; nothing new is no plan', async () => {
		const nothing = await clerq.lifeboat('upgrade', '--dry-run');
		expect(nothing.document.plan).toMatchObject({upToDate: true});
		await clerq.release({
			'.env.example': `${source('.env.example')}# Signs the links in mails.\nLINK_KEY=change-me\nSMTP_URL=\n`,
			'docker-compose.yml': `${source('docker-compose.yml').replace('volumes:\n  pgdata:', '  clock:\n    build: .\n    command: ["sleep", "1000000"]\n\nvolumes:\n  pgdata:')}`,
		});
		const {plan} = (await clerq.lifeboat('upgrade', '--dry-run', '--add-variables')).document;
		expect(plan.repository).toMatchObject({
			from: {version: 'v1.0.0'},
			commits: [{subject: 'Change .env.example, docker-compose.yml'}, {subject: 'Release v1.1.0'}],
			changedComposeFiles: ['docker-compose.yml'],
			changedEnvExamples: ['.env.example'],
			migrations: {added: ['0003_vat_numbers'], tools: ['drizzle']},
			notes: ['## 1.1.0', '- VAT numbers of clients.'],
		});
		expect(plan).toMatchObject({
			added: ['clock'],
			environment: [
				{
					envFile: '.env',
					variables: [
						{name: 'LINK_KEY', example: 'change-me'},
						{name: 'SMTP_URL', example: ''},
					],
				},
			],
			wayBack: [{service: 'postgres', name: 'clerq', kind: 'copy'}],
		});
		expect(await clerq.state()).toEqual(before);
	});

	test('a good release brings code, variables, services and migrations; rollback brings everything of before', async () => {
		const upgrade = await clerq.lifeboat('upgrade', '--add-variables', '--verify');
		expect(upgrade.document).toMatchObject({
			ok: true,
			rolledBack: false,
			migrations: {before: 3, after: 4},
			health: {ok: true},
		});
		expect(upgrade.stderr).toContain('Restore');
		expect(upgrade.document.outageMs).toBeGreaterThan(0);
		const after = await clerq.state();
		expect(after.revision).not.toBe(before.revision);
		expect(after.images['app']).not.toBe(before.images['app']);
		expect(Object.keys(after.images)).toContain('clock');
		expect(after.env).toBe(`${before.env}LINK_KEY=change-me\n`);
		expect((await clerq.databases()).length).toBe(2);
		expect(await tags()).not.toBe('');

		await clerq.stack.sql("UPDATE clients SET name = 'written since'");
		const rollback = await clerq.lifeboat('rollback');
		expect(rollback.exitCode, rollback.stderr).toBe(0);
		await expectUntouched(clerq, before);
		const [, kept = ''] = await clerq.databases();
		expect(kept).toMatch(/^clerq_failed_/);
		expect(await clerq.stack.sql('SELECT DISTINCT name FROM clients', {database: kept})).toBe('written since');

		const drop = await clerq.lifeboat('rollback', '--drop');
		expect(drop.document).toMatchObject({ok: true, action: 'dropped'});
		expect(await clerq.databases()).toEqual(['clerq']);
		expect(await tags()).toBe('');
		await expectUntouched(clerq, before);
	});

	test.each([
		{
			failure: 'a migration that breaks half way outside a transaction',
			files: {'migrate.js': brokenMigrations},
			flags: [],
			cause: 'migration-failed',
			says: 'relation "workspaces" does not exist',
		},
		{
			failure: 'an application that crashes at its start',
			files: {'server.js': "console.error('LINK_KEY is not set.');\nprocess.exit(1);\n"},
			flags: ['--keep-writing'],
			cause: null,
			says: 'LINK_KEY',
		},
		{
			failure: 'an application that starts and is unhealthy',
			files: {
				'server.js': source('server.js').replace('SELECT now() AS time', 'SELECT now() AS time FROM no_such_table'),
			},
			flags: ['--health-timeout', '8'],
			// Every migration of the release is applied, and the table is still not there.
			cause: 'app-bug-schema',
			says: 'no_such_table',
		},
		{
			failure: 'a build that fails',
			files: {Dockerfile: `${source('Dockerfile')}RUN echo "no such package: left-pad" && exit 3\n`},
			flags: [],
			cause: null,
			says: 'no such package: left-pad',
		},
	])('$failure: it is told why, and everything is as before', async ({files, flags, cause, says}) => {
		await clerq.release(files);
		const upgrade = await clerq.lifeboat('upgrade', ...flags);
		expect(upgrade.exitCode, upgrade.stderr).toBe(1);
		expect(upgrade.document).toMatchObject({
			ok: false,
			rolledBack: true,
			health: {ok: true},
			error: {code: 'upgrade-failed'},
		});
		if (cause !== null) expect(upgrade.document.findings[0]).toMatchObject({cause});
		expect(upgrade.document.error.details.join('\n')).toContain(says);
		expect(upgrade.stderr.indexOf('Bring back the previous images')).toBeGreaterThan(0);
		await expectUntouched(clerq, before);
		await clerq.lifeboat('rollback', '--drop');
		expect(await clerq.databases()).toEqual(['clerq']);
	});

	test('what stands in the way is refused before anything changes, with what to do', async () => {
		await clerq.release({'server.js': `${source('server.js')}\n// Another.\n`});
		const refused = async (...args: readonly string[]) => {
			const {exitCode, document} = await clerq.lifeboat('upgrade', ...args);
			expect(exitCode).toBe(3);
			return document.error;
		};

		const file = join(clerq.stack.directory, 'server.js');
		writeFileSync(file, `${source('server.js')}\n// Mine.\n`);
		expect(await refused()).toMatchObject({
			code: 'preflight-failed',
			message: expect.stringContaining('server.js'),
			fix: ['git', '-C', clerq.stack.directory, 'diff', '--', 'server.js'],
		});
		await inClone('-c', 'user.name=Me', '-c', 'user.email=me@localhost', 'commit', '--quiet', '--all', '-m', 'Mine');
		expect(await refused()).toMatchObject({message: expect.stringContaining('commits of its own')});
		await inClone('reset', '--quiet', '--hard', 'v1.0.0');

		await clerq.release({'docker-compose.yml': source('docker-compose.yml').replace('postgres:17', 'postgres:18')});
		expect(await refused()).toMatchObject({
			message: expect.stringContaining('PostgreSQL 18'),
			fix: ['lifeboat', 'upgrade', '--postgres', '18'],
		});
		await clerq.release({
			'docker-compose.yml': source('docker-compose.yml').replace(
				'BETTER_AUTH_SECRET: ${BETTER_AUTH_SECRET:-}',
				'LINK_KEY: ${LINK_KEY:?}',
			),
		});
		expect(await refused()).toMatchObject({message: expect.stringContaining('LINK_KEY')});
		await expectUntouched(clerq, before);
	});

	test('the migrations alone: state before and after, and no way to take one back is said', async () => {
		const again = await clerq.lifeboat('upgrade', '--migrations', 'up');
		expect(again.document, again.stderr).toMatchObject({
			ok: true,
			migrations: {before: 3, after: 3},
			health: {ok: true},
		});
		expect((await clerq.state()).rows).toEqual(before.rows);
		await clerq.lifeboat('rollback', '--drop');
		const down = await clerq.lifeboat('upgrade', '--migrations', 'down');
		expect(down.document).toMatchObject({ok: false, error: {code: 'preflight-failed'}});
		rmSync(join(clerq.stack.directory, 'docker-compose.override.yml'));
		expect(
			await runLifeboat(['upgrade', '--migrations', 'sideways', '--yes'], {cwd: clerq.stack.directory, env: clerq.env}),
		).toMatchObject({exitCode: 2});
	});
});
