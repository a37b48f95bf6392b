import {existsSync, mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {openBundle} from '../../source/bundle/read.js';
import {describeLab} from '../lab/describe-lab.js';
import {type LabStack, startStack} from '../lab/lab.js';
import {run} from '../lab/run.js';
import {runLifeboat} from './lifeboat.js';
import {type BareServer, startBareServer, unzip} from './restore-by-hand.js';

const settings = mkdtempSync(join(tmpdir(), 'lifeboat-settings-'));
const newFolder = () => mkdtempSync(join(tmpdir(), 'lifeboat-backups-'));

describeLab('backup', () => {
	let stack: LabStack;

	beforeAll(async () => {
		stack = await startStack('clerq');
		await stack.sql(`CREATE DATABASE "odd ""name""; drop -- ü"`);
		await stack.sql('CREATE TABLE "Ünï ""T""" (a int); INSERT INTO "Ünï ""T""" SELECT generate_series(1, 7)', {
			database: 'odd "name"; drop -- ü',
		});
	});
	afterAll(async () => {
		await stack.remove();
	});

	async function backup(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
		const finished = await runLifeboat(['backup', '--json', ...args], {
			cwd: stack.directory,
			env: {LIFEBOAT_CONFIG_DIR: settings, ...env},
		});
		return {...finished, document: JSON.parse(finished.stdout)};
	}

	test('the bundle restores by hand, without Lifeboat, to the same checksums', async () => {
		const {exitCode, document} = await backup([]);
		expect(exitCode).toBe(0);
		expect(document).toMatchObject({ok: true, encrypted: false, copies: []});
		expect(document.file).toMatch(new RegExp(`/backups/${stack.project}-\\d{8}T\\d{6}Z\\.zip$`));
		expect(statSync(document.file)).toMatchObject({size: document.bytes});
		expect(statSync(document.file).mode & 0o777).toBe(0o600);
		expect(statSync(join(stack.directory, 'backups')).mode & 0o777).toBe(0o700);
		expect(readdirSync(join(stack.directory, 'backups')).sort()).toEqual([
			'.gitignore',
			expect.stringMatching(/\.zip$/),
		]);
		const clerq = document.databases.find((one: {name: string}) => one.name === 'clerq');
		expect(clerq.rows).toBeGreaterThan(3000);

		const folder = await unzip(document.file);
		let server: BareServer | undefined;
		try {
			server = await startBareServer('postgres:17', 'clerq');
			await server.exec(['psql', '-X', '-q', '-U', 'clerq', '-d', 'postgres', '-f', '-'], join(folder, 'globals.sql'));
			await server.exec(['createdb', '-U', 'clerq', '-T', 'template0', 'restored']);
			await server.exec(
				['pg_restore', '-U', 'clerq', '--exit-on-error', '-d', 'restored'],
				join(folder, 'databases', 'clerq.dump'),
			);
			expect(withoutDatabase(await server.checksums('restored'))).toEqual(
				withoutDatabase(await stack.checksums('clerq')),
			);
		} finally {
			await server?.remove();
		}
	});

	test('the manifest is last, and says what is in the backup and where it came from', async () => {
		const {document} = await backup(['--output', newFolder()]);
		const bundle = await openBundle(document.file);
		const {manifest} = bundle;
		await bundle.close();
		expect(manifest.git?.revision).toMatch(/^[0-9a-f]{40}$/);
		expect(manifest.composeFiles).toEqual(['docker-compose.yml']);
		expect(manifest.services.map(one => one.name).sort()).toEqual(['app', 'migrate', 'postgres']);
		expect(manifest.services.every(one => one.imageId?.startsWith('sha256:'))).toBe(true);
		expect(Object.keys(manifest.fingerprints.entries)).toContain('POSTGRES_PASSWORD');
		const database = manifest.servers[0]?.databases.find(one => one.name === 'clerq');
		expect(database?.migrations).toMatchObject([{tool: 'drizzle', count: 3}]);
		expect(database?.largeObjects).toBeGreaterThan(0);
		expect(database?.dump).toMatchObject({format: 'custom', compression: 'zstd'});
		const env = readFileSync(join(stack.directory, '.env'), 'utf8');
		const password = /^BETTER_AUTH_SECRET=(.*)$/m.exec(env)?.[1] ?? '';
		expect(password.length).toBeGreaterThan(0);
		expect(JSON.stringify(manifest)).not.toContain(password);
	});

	test('a database that somebody has made a template is said to be left out', async () => {
		await stack.sql('CREATE DATABASE blueprint IS_TEMPLATE true');
		try {
			const {document} = await backup(['--output', newFolder()]);
			expect(document.databases.map((one: {name: string}) => one.name)).not.toContain('blueprint');
			expect(document.notes.join('\n')).toContain('Database blueprint (postgres). It is marked as a template');
		} finally {
			await stack.sql('ALTER DATABASE blueprint IS_TEMPLATE false; DROP DATABASE blueprint');
		}
	});

	test('one database with an odd name, as plain SQL', async () => {
		const {document} = await backup([
			'--database',
			'odd "name"; drop -- ü',
			'--format',
			'plain',
			'--output',
			newFolder(),
		]);
		expect(document.databases).toEqual([{service: 'postgres', name: 'odd "name"; drop -- ü', tables: 1, rows: 7}]);
		expect(document.parts[0].path).toMatch(/^databases\/odd.*\.sql\.gz$/);
	});

	test('some tables only: counted alone, and said to be partial', async () => {
		const {document} = await backup([
			'--database',
			'clerq',
			'--table',
			'clients',
			'--table',
			'projects',
			'--output',
			newFolder(),
		]);
		expect(document.databases[0].tables).toBe(2);
		expect(document.notes.join('\n')).toMatch(/all other tables/);
		const bundle = await openBundle(document.file);
		expect(bundle.manifest.servers[0]?.databases[0]?.partial?.tables).toEqual(['clients', 'projects']);
		await bundle.close();
	});

	test('a table that does not exist is a failure, not an empty backup', async () => {
		const folder = newFolder();
		const {exitCode, document} = await backup(['--database', 'clerq', '--table', 'nowhere', '--output', folder]);
		expect(exitCode).toBe(1);
		expect(document).toMatchObject({ok: false, error: {code: 'dump-failed'}});
		expect(readdirSync(folder).filter(name => !name.startsWith('.git'))).toEqual([]);
	});

	test('definitions only have no counted rows', async () => {
		const {document} = await backup(['--database', 'clerq', '--schema-only', '--output', newFolder()]);
		expect(document.databases[0].rows).toBeNull();
	});

	test('the directory format is unpacked from the zip and restored by pg_restore as a folder', async () => {
		const {exitCode, document} = await backup(['--jobs', '2', '--output', newFolder()]);
		expect(exitCode).toBe(0);
		const paths = document.parts.map((part: {path: string}) => part.path);
		expect(paths).toContain('databases/clerq/toc.dat');
		const folder = await unzip(document.file);
		const listing = await run(
			'docker run --rm --entrypoint pg_restore -v'
				.split(' ')
				.concat(`${folder}:/b:ro`, 'postgres:17', '--list', '/b/databases/clerq'),
		);
		expect(listing).toContain('TABLE DATA public clients');
		expect(existsSync(join(folder, 'databases', 'clerq', 'toc.dat'))).toBe(true);
		expect(await stack.compose('exec', '-T', 'postgres', 'sh', '-c', 'ls -d /tmp/lifeboat-* 2>/dev/null || true')).toBe(
			'',
		);
	});

	test('encrypted with a passphrase of a file, which shows nowhere', async () => {
		const folder = newFolder();
		const key = join(newFolder(), 'key');
		writeFileSync(key, 'correct horse battery\n', {mode: 0o600});
		const {document, stderr, stdout} = await backup(['--passphrase-file', key, '--output', folder]);
		expect(document.encrypted).toBe(true);
		expect(document.file).toMatch(/\.zip\.age$/);
		expect(stdout + stderr).not.toContain('correct horse');
		await expect(openBundle(document.file)).rejects.toMatchObject({code: 'bundle-encrypted'});
		const bundle = await openBundle(document.file, {passphrase: 'correct horse battery'});
		expect(bundle.manifest.project).toBe(stack.project);
		await bundle.close();
	});

	test('--output names a file, which is never replaced', async () => {
		const file = join(newFolder(), 'night.zip');
		expect((await backup(['--output', file])).document.file).toBe(file);
		const again = await backup(['--output', file]);
		expect(again.exitCode).toBe(1);
		expect(again.document.error).toMatchObject({code: 'output-unwritable'});
	});

	test('BACKUP_DIR is the place when no flag says otherwise', async () => {
		const folder = newFolder();
		const {document} = await backup(['--database', 'clerq'], {BACKUP_DIR: folder});
		expect(document.file.startsWith(`${folder}/`)).toBe(true);
	});

	test('--dry-run shows the plan and writes nothing', async () => {
		const folder = newFolder();
		const {exitCode, document} = await backup(['--dry-run', '--output', join(folder, 'new')]);
		expect(exitCode).toBe(0);
		expect(document.plan.servers[0].databases.length).toBe(2);
		expect(existsSync(join(folder, 'new'))).toBe(false);
	});

	test('list shows the backups of the stack', async () => {
		const finished = await runLifeboat(['list', '--json'], {
			cwd: stack.directory,
			env: {LIFEBOAT_CONFIG_DIR: settings},
		});
		const document = JSON.parse(finished.stdout);
		expect(document.ok).toBe(true);
		expect(document.backups[0]).toMatchObject({project: stack.project, state: 'complete'});
		expect(document.backups.some((one: {state: string}) => one.state === 'encrypted')).toBe(true);
	});
});

/** Properties of the database itself lie in the manifest, not in the dump. */
function withoutDatabase(checksums: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
	return Object.fromEntries(Object.entries(checksums).filter(([object]) => !/^(?:database|settings)\b/.test(object)));
}
