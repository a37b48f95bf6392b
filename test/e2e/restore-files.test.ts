import {execFileSync} from 'node:child_process';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {choose, keys, waitFor} from '../demo/play.js';
import {openScreen, type Screen} from '../demo/screen.js';
import {ensureImages} from '../lab/build-images.js';
import {describeLab} from '../lab/describe-lab.js';
import {removeProject} from '../lab/projects.js';
import {builtCommand, runLifeboat} from './lifeboat.js';

const project = `restore-files-${process.pid}`;
const root = mkdtempSync(join(tmpdir(), 'lifeboat-restore-files-'));
const env = {LIFEBOAT_CONFIG_DIR: join(root, 'settings')};

/** Shows the key that it was started with and a file of each place; `REFUSED` makes it ill with a key that it does not like. */
const server = `
const {createServer} = require('node:http');
const {readFileSync} = require('node:fs');
const read = path => { try { return readFileSync(path, 'utf8').trim(); } catch { return null; } };
createServer((request, response) => {
	const ok = process.env.APP_KEY !== read('/code/refused');
	response.writeHead(ok ? 200 : 503, {'content-type': 'application/json'});
	response.end(JSON.stringify({ok, key: process.env.APP_KEY, upload: read('/uploads/a.txt'), page: read('/content/page.md')}));
}).listen(3000);
process.on('SIGTERM', () => process.exit(0));
`;

const composeFile = (port: number) => `name: ${project}
services:
  app:
    image: lifeboat-lab/node:20
    command: node /code/server.js
    ports: ["${port}:3000"]
    environment:
      APP_KEY: \${APP_KEY:?set a key}
      DATABASE_URL: postgres://app:\${POSTGRES_PASSWORD}@db:5432/app
    volumes: ["uploads:/uploads", "./content:/content", "./code:/code:ro"]
    depends_on: {db: {condition: service_healthy}}
    healthcheck: {test: ["CMD-SHELL", "node -e \\"fetch('http://localhost:3000/health').then(r => process.exit(r.ok ? 0 : 1))\\""], interval: 2s}
  db:
    image: postgres:17
    environment: {POSTGRES_USER: app, POSTGRES_PASSWORD: "\${POSTGRES_PASSWORD}"}
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -U app -h 127.0.0.1"], interval: 1s, retries: 60}
  cache:
    image: redis:7
    volumes: ["cache:/data"]
volumes: {uploads: {}, data: {}, cache: {}}
`;

describeLab('files, configuration and whole stacks from a backup', () => {
	let port = 0;
	let directory = join(root, 'app');
	let backup = '';
	let saved = '';

	const run = (command: string, ...args: readonly string[]) =>
		execFileSync(command, args, {cwd: directory, stdio: ['ignore', 'pipe', 'pipe']}).toString();
	const lifeboat = async (...args: readonly string[]) => {
		const finished = await runLifeboat([...args, '--json'], {cwd: directory, env});
		return {...finished, json: finished.stdout === '' ? undefined : JSON.parse(finished.stdout)};
	};
	const inApp = (script: string) => run('docker', 'compose', 'exec', '-T', 'app', 'sh', '-c', script);
	const sql = (query: string) =>
		run('docker', 'compose', 'exec', '-T', 'db', 'psql', '-U', 'app', '-Atc', query).trim();
	const look = async () => (await fetch(`http://localhost:${port}/health`)).json();
	/** Everything that must be as it was: rows, names, content, owners and modes of the volume, the folder, the key. */
	const state = async () => ({
		seen: await look(),
		rows: sql('SELECT string_agg(note, $$,$$ ORDER BY id) FROM notes'),
		uploads: inApp(
			"cd /uploads && find . ! -path '*/.lifeboat-*' ! -name '.lifeboat-*' -printf '%P %u:%g %m %l\\n' | sort",
		),
		content: readdirSync(join(directory, 'content')).filter(name => !name.startsWith('.lifeboat-')),
		dotenv: readFileSync(join(directory, '.env'), 'utf8'),
	});
	/** What a dump does not hold of a database: grants, comment, settings, owner. */
	const properties = () =>
		sql(`SELECT (SELECT string_agg(a::text, ' ' ORDER BY a::text) FROM unnest(d.datacl) a), pg_get_userbyid(d.datdba), shobj_description(d.oid, 'pg_database'),
			(SELECT string_agg(coalesce(r.rolname, '') || s.setconfig::text, ' ' ORDER BY 1) FROM pg_db_role_setting s LEFT JOIN pg_roles r ON r.oid = s.setrole WHERE s.setdatabase = d.oid)
			FROM pg_database d WHERE datname = 'app'`);
	const waitHealthy = () => run('docker', 'compose', 'up', '-d', '--wait');

	beforeAll(async () => {
		await ensureImages(['redis:7'], () => {});
		port = await freePort();
		for (const folder of ['content', 'code']) mkdirSync(join(directory, folder), {recursive: true});
		writeFileSync(join(directory, 'docker-compose.yml'), composeFile(port));
		writeFileSync(join(directory, '.env'), 'APP_KEY=old-key-0123456789abcdef\nPOSTGRES_PASSWORD=Secret-1-aeiou\n', {
			mode: 0o600,
		});
		writeFileSync(join(directory, 'code/server.js'), server);
		writeFileSync(join(directory, 'content/page.md'), 'old page');
		waitHealthy();
		sql(
			`CREATE TABLE session (id text PRIMARY KEY, token text, "expiresAt" timestamptz); INSERT INTO session VALUES ('1', 'a', now()), ('2', 'b', now())`,
		);
		sql(
			"CREATE ROLE reader; ALTER DATABASE app SET statement_timeout = '7min'; ALTER ROLE reader IN DATABASE app SET search_path = public, pg_temp; COMMENT ON DATABASE app IS 'the books'; REVOKE CONNECT ON DATABASE app FROM PUBLIC; GRANT CONNECT ON DATABASE app TO reader WITH GRANT OPTION",
		);
		sql("CREATE TABLE notes (id int PRIMARY KEY, note text); INSERT INTO notes VALUES (1, 'old')");
		inApp(
			'cd /uploads && echo old > a.txt && mkdir -p deep/er && echo x > "deep/er/Ünïcode name.txt" && ln -s ../a.txt deep/link && chown -R 1000:1000 deep && chmod 640 a.txt && chmod 2775 .',
		);
		saved = properties();
		expect(saved).toMatch(/reader=c\*\/app.*the books.*statement_timeout=7min/);
		const made = await lifeboat('backup', '--output', join(root, `${project}.zip`));
		expect(made.exitCode, made.stderr).toBe(0);
		backup = made.json.file;
	});

	afterAll(async () => {
		await removeProject(project);
		rmSync(root, {recursive: true, force: true});
	});

	const change = () => {
		writeFileSync(join(directory, '.env'), 'APP_KEY=new-key-0123456789abcdef\nPOSTGRES_PASSWORD=Secret-1-aeiou\n');
		writeFileSync(join(directory, 'content/page.md'), 'new page');
		writeFileSync(join(directory, 'content/later.md'), 'made since');
		inApp('cd /uploads && echo new > a.txt && rm -r deep && echo later > b.txt && chmod 755 .');
		sql("UPDATE notes SET note = 'new'");
		waitHealthy();
	};

	test('without being asked only the databases come back, and the rest is named', async () => {
		const was = await state();
		change();
		const shown = await lifeboat('restore', backup, '--dry-run');
		expect(shown.json.plan).toMatchObject({mode: 'switch', files: [], volumes: []});
		const messages = shown.json.plan.warnings.map((warning: {message: string}) => warning.message).join('\n');
		expect(messages).toContain('.env is not as in the backup');
		expect(messages).toContain('Volume uploads, Folder ./content');
		expect(messages).toMatch(/APP_KEY is not what it was/);
		expect(shown.stdout + shown.stderr).not.toContain('new-key-0123456789abcdef');
		expect(await state()).not.toEqual(was);
	});

	test('files, key and rows come back together, and rollback returns all of them', async () => {
		const before = await state();
		const restored = await lifeboat('restore', backup, '--config', '--volumes', '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(restored.json).toMatchObject({files: ['.env'], volumes: ['uploads', './content']});
		const after = await state();
		expect(after).toMatchObject({
			seen: {ok: true, key: 'old-key-0123456789abcdef', upload: 'old', page: 'old page'},
			rows: 'old',
			content: ['page.md'],
		});
		expect(after.uploads).toContain('a.txt root:root 640');
		expect(after.uploads).toContain('deep/link 1000:1000 777 ../a.txt');
		expect(after.uploads).toContain('deep/er/Ünïcode name.txt 1000:1000');
		expect(after.uploads).toMatch(/^ root:root 2775/m);
		expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o600);

		const rolledBack = await lifeboat('rollback', '--yes');
		expect(rolledBack.exitCode, rolledBack.stderr).toBe(0);
		expect(await state()).toEqual(before);
		const dropped = await lifeboat('rollback', '--drop', '--yes');
		expect(dropped.exitCode, dropped.stderr).toBe(0);
		expect(inApp('ls -A /uploads')).not.toContain('.lifeboat');
		expect([...readdirSync(join(directory, 'content')), ...readdirSync(directory)].join()).not.toMatch(
			/lifeboat|before_|undone_/,
		);
		expect(await state()).toEqual(before);
		expect(properties()).toBe(saved);
	});

	test('an application that refuses the restored key: rows, files and key go back by themselves', async () => {
		const before = await state();
		writeFileSync(join(directory, 'code/refused'), 'old-key-0123456789abcdef');
		const refused = await lifeboat('restore', backup, '--config', '--volumes', '--yes', '--health-timeout', '8');
		expect(refused).toMatchObject({exitCode: 1, json: {ok: false, rolledBack: true, error: {code: 'health-failed'}}});
		waitHealthy();
		expect(await state()).toEqual(before);
		expect(inApp('ls -A /uploads')).not.toContain('.lifeboat');
		rmSync(join(directory, 'code/refused'));
	});

	test('caches and sessions go only when it is said, and what would be lost is shown', async () => {
		const redis = (...args: readonly string[]) =>
			run('docker', 'compose', 'exec', '-T', 'cache', 'redis-cli', ...args).trim();
		redis('SET', 'page', 'old');
		redis('LPUSH', 'bull:mail:wait', 'one', 'two');
		redis('-n', '1', 'HSET', 'user', 'name', 'x');
		const shown = await lifeboat('restore', backup, '--dry-run');
		const hints = shown.json.plan.warnings.map((warning: {hint?: string}) => warning.hint).join('\n');
		expect(hints).toContain('--flush-cache');
		expect(hints).toMatch(/3 keys/);
		const kept = await lifeboat('restore', backup, '--yes');
		expect(kept.exitCode, kept.stderr).toBe(0);
		expect([redis('DBSIZE'), redis('-n', '1', 'DBSIZE'), sql('SELECT count(*) FROM session')]).toEqual(['2', '1', '2']);
		const cleared = await lifeboat('restore', backup, '--flush-cache', '--clear-sessions', '--yes', '--verbose');
		expect(cleared.exitCode, cleared.stderr).toBe(0);
		expect(cleared.stderr).toMatch(/Destroys: What is in cache: .*3 keys/);
		expect([redis('DBSIZE'), redis('-n', '1', 'DBSIZE'), sql('SELECT count(*) FROM session')]).toEqual(['0', '0', '0']);
	});

	test('the wizard asks about sessions, caches, configuration and files, shows what is lost, and does what was said', async () => {
		const redis = (...args: readonly string[]) =>
			run('docker', 'compose', 'exec', '-T', 'cache', 'redis-cli', ...args).trim();
		redis('SET', 'page', 'old');
		sql("DELETE FROM session; UPDATE notes SET note = 'written since'");
		const screen = openScreen(process.execPath, [builtCommand], {
			cwd: directory,
			columns: 80,
			rows: 24,
			env: {...process.env, ...env},
		});
		await choose(screen, 'Restore');
		await waitFor(screen, /Which backup/);
		screen.type(keys.enter);
		await choose(screen, 'Beside the live data');
		await waitFor(screen, /Sign everybody out \(delete the rows of public\.session\)/);
		await answer(screen, 'Yes', /Empty cache \(1 key/);
		await answer(screen, 'Yes', /Write \.env as in the backup/);
		await answer(screen, 'No', /Bring back files too/);
		await answer(screen, 'No', /Review[\s\S]*What is in cache: 1 key/);
		await choose(screen, 'Start');
		expect(await waitFor(screen, /Outcome[\s\S]*❯/)).toContain('is restored');
		screen.kill();
		expect([redis('DBSIZE'), sql('SELECT count(*) FROM session'), sql('SELECT note FROM notes')]).toEqual([
			'0',
			'0',
			'old',
		]);
		expect(readFileSync(join(directory, '.env'), 'utf8')).toContain('new-key');
	});

	test('the machine is lost: an empty folder and the backup are enough', async () => {
		run('docker', 'compose', 'down', '-v');
		rmSync(directory, {recursive: true});
		directory = join(root, 'new-machine');
		mkdirSync(join(directory, 'code'), {recursive: true});
		// Code comes from elsewhere, here as a bind.
		writeFileSync(join(directory, 'code/server.js'), server);
		const shown = await lifeboat('restore', backup, '--dry-run');
		expect(shown.exitCode, shown.stderr).toBe(0);
		expect(shown.json.plan).toMatchObject({mode: 'rebuild', project});
		expect(existsSync(join(directory, '.env'))).toBe(false);
		const restored = await lifeboat('restore', backup, '--yes');
		expect(restored.exitCode, restored.stderr).toBe(0);
		expect(restored.json).toMatchObject({
			ok: true,
			mode: 'fresh',
			health: {ok: true},
			volumes: ['uploads', './content'],
		});
		expect(await state()).toMatchObject({
			seen: {ok: true, key: 'old-key-0123456789abcdef', upload: 'old', page: 'old page'},
			rows: 'old',
			content: ['page.md'],
		});
		expect(statSync(join(directory, '.env')).mode & 0o777).toBe(0o600);
		expect(inApp('ls -A /uploads')).not.toContain('.lifeboat');
		expect(properties()).toBe(saved);
	});

	test('setting up that ends on data nobody spoke of: that data stays, and nothing else of it does', async () => {
		const volumes = () =>
			run('docker', 'volume', 'ls', '-q', '--filter', `label=com.docker.compose.project=${project}`);
		run('docker', 'compose', 'down');
		run('docker', 'volume', 'rm', `${project}_uploads`);
		const left = volumes();
		const place = join(root, 'another-machine');
		mkdirSync(join(place, 'code'), {recursive: true});
		writeFileSync(join(place, 'code/server.js'), server);
		const {exitCode, stdout} = await runLifeboat(['restore', backup, '--yes', '--json'], {cwd: place, env});
		expect({exitCode, json: JSON.parse(stdout)}).toMatchObject({
			exitCode: 1,
			json: {
				rolledBack: true,
				error: {
					code: 'preflight-failed',
					message: expect.stringMatching(/The database app holds data.*Everything is as it was before/s),
				},
			},
		});
		expect(readdirSync(place)).toEqual(['code']);
		expect(volumes()).toBe(left);
		expect(run('docker', 'ps', '-aq', '--filter', `label=com.docker.compose.project=${project}`)).toBe('');
		waitHealthy();
		expect(sql('SELECT note FROM notes')).toBe('old');
	});

	test('a folder without compose file and a dump without one: said, with what to do', async () => {
		const place = join(root, 'nothing');
		mkdirSync(place);
		writeFileSync(
			join(place, 'dump.sql'),
			'--\n-- PostgreSQL database dump\n--\nSET x;\n-- PostgreSQL database dump complete\n',
		);
		const {exitCode, stdout} = await runLifeboat(['restore', 'dump.sql', '--yes', '--json'], {cwd: place, env});
		expect({exitCode, json: JSON.parse(stdout)}).toMatchObject({
			exitCode: 3,
			json: {ok: false, error: {code: 'stack-not-found'}},
		});
	});

	test('a project that runs elsewhere is not taken over', async () => {
		const place = join(root, 'elsewhere');
		mkdirSync(place);
		const {exitCode, stdout} = await runLifeboat(['restore', backup, '--yes', '--json'], {cwd: place, env});
		expect({exitCode, json: JSON.parse(stdout)}).toMatchObject({
			exitCode: 3,
			json: {error: {code: 'preflight-failed'}},
		});
		expect(readdirSync(place)).toEqual([]);
	});
});

function freePort(): Promise<number> {
	return new Promise((resolve, reject) => {
		const listener = createServer().once('error', reject);
		listener.listen(0, () => {
			const address = listener.address();
			listener.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
		});
	});
}

/** Answers the question on the screen and waits for what comes next. */
async function answer(screen: Screen, choice: 'Yes' | 'No', next: RegExp): Promise<void> {
	// A confirmation begins with No, below Yes.
	if (choice === 'Yes') screen.type(keys.up);
	await waitFor(screen, new RegExp(`❯ ${choice}`));
	screen.type(keys.enter);
	await waitFor(screen, next);
}
