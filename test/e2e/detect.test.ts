import {execFile, spawn} from 'node:child_process';
import {chmodSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import {describeLab} from '../lab/describe-lab.js';
import {builtCommand, runLifeboat} from './lifeboat.js';

const run = promisify(execFile);
const configuration = mkdtempSync(join(tmpdir(), 'lifeboat-config-'));
const secret = 'tide-and-time-4711';

type Service = {
	readonly name: string;
	readonly role: string;
	readonly state: string;
	readonly health: string | null;
	readonly stopForRestore: boolean;
};
type Answer = {
	readonly ok: boolean;
	readonly project: string;
	readonly directory: string;
	readonly composeFiles: readonly string[];
	readonly databases: readonly Readonly<Record<string, unknown>>[];
	readonly services: readonly Service[];
	readonly warnings: readonly {readonly code: string; readonly message: string; readonly hint: string}[];
	readonly engineReached: boolean;
	readonly source: string;
	readonly error?: {readonly code: string; readonly message: string; readonly hint: string};
};

/** A folder of its own, which is the project's name too. */
function placeFiles(prefix: string, files: Readonly<Record<string, string>>): string {
	const folder = mkdtempSync(join(tmpdir(), `detect-${prefix}-`)).toLowerCase();
	mkdirSync(folder, {recursive: true});
	for (const [name, text] of Object.entries(files)) {
		mkdirSync(join(folder, name, '..'), {recursive: true});
		writeFileSync(join(folder, name), text);
	}

	return folder;
}

async function detect(folder: string, flags: readonly string[] = [], env: Readonly<Record<string, string>> = {}) {
	const finished = await runLifeboat(['detect', '--json', ...flags], {
		cwd: folder,
		env: {LIFEBOAT_CONFIG_DIR: configuration, ...env},
	});
	expect(finished.stdout + finished.stderr).not.toContain(secret);
	return {exitCode: finished.exitCode, answer: JSON.parse(finished.stdout) as Answer};
}

const compose = (folder: string, ...args: readonly string[]) => run('docker', ['compose', ...args], {cwd: folder});
const started: (readonly [folder: string, ...flags: readonly string[]])[] = [];

async function up(folder: string, flags: readonly string[] = [], ...services: readonly string[]) {
	started.push([folder, ...flags]);
	await compose(folder, ...flags, 'up', '-d', '--wait', ...services);
}

const stateOf = (answer: Answer) => Object.fromEntries(answer.services.map(({name, state}) => [name, state]));
const codesOf = (answer: Answer) => answer.warnings.map(({code}) => code);

const database = `
    image: postgres:17
    environment:
      POSTGRES_USER: shop
      POSTGRES_PASSWORD: \${DB_PASSWORD}
      POSTGRES_DB: shop
    volumes: [pgdata:/var/lib/postgresql/data]
    healthcheck: {test: [CMD-SHELL, pg_isready -U shop], interval: 1s, retries: 60}`;
/** A client that holds one connection, told by a mounted script alone: nothing in the compose file gives it away. */
const hidden = `
    image: lifeboat-lab/node:20
    working_dir: /
    command: node /job.js
    volumes: ["./job.js:/job.js:ro"]
    secrets: [token]`;
const job = `
const {Client} = require('pg');
const client = new Client({host: 'db', user: 'shop', password: process.argv[2] ?? '${secret}', database: 'shop'});
client.connect().then(() => client.query('select pg_sleep(3600)')).catch(() => process.exit(1));
`;
const shop = {
	'compose.yaml': `
services:
  db:${database}
  web:
    image: lifeboat-lab/node:20
    command: sleep infinity
    init: true
    environment: {DATABASE_URL: "postgres://shop:\${DB_PASSWORD}@db:5432/shop"}
    depends_on: {db: {condition: service_healthy}}
  reports:${hidden}
    restart: always
secrets: {token: {file: ./token.txt}}
volumes: {pgdata: {}}
`,
	'.env': `DB_PASSWORD=${secret}\n`,
	'token.txt': 'x',
	'job.js': job,
};

afterAll(async () => {
	for (const [folder, ...flags] of started)
		await compose(folder, ...flags, 'down', '-v', '--timeout', '1').catch(() => {});
});

describeLab('a running stack', () => {
	let folder = '';
	beforeAll(async () => {
		folder = placeFiles('shop', shop);
		await up(folder);
		await compose(
			folder,
			'exec',
			'-T',
			'db',
			'psql',
			'-U',
			'shop',
			'-qc',
			'create table goods as select generate_series(1, 100) id',
		);
	});

	test('is known from the files, the containers and the server itself', async () => {
		const {exitCode, answer} = await detect(folder);
		expect(exitCode).toBe(0);
		expect(answer).toMatchObject({
			ok: true,
			engineReached: true,
			source: 'model',
			composeFiles: ['compose.yaml'],
			envFiles: ['.env'],
			secrets: ['DATABASE_URL', 'DB_PASSWORD', 'POSTGRES_PASSWORD'],
		});
		expect(answer.databases).toHaveLength(1);
		expect(answer.databases[0]).toMatchObject({
			service: 'db',
			image: 'postgres:17',
			major: 17,
			serverVersion: expect.stringMatching(/^17\.\d+$/),
			user: 'shop',
			database: 'shop',
			databases: ['shop'],
			passwordSource: 'dotenv',
			state: 'running',
			health: 'healthy',
			extensions: ['plpgsql'],
			dataMount: {type: 'volume', name: 'pgdata', target: '/var/lib/postgresql/data'},
			superuser: true,
			replica: false,
		});
		expect(answer.databases[0]?.['sizeBytes']).toBeGreaterThan(1_000_000);
		expect(answer.databases[0]?.['freeBytes']).toBeGreaterThan(1_000_000);
		expect(codesOf(answer)).toContain('no-backup');
		expect(codesOf(answer)).not.toContain('edited-since-up');
	});

	test('a service that nothing in the files gives away is found by its connection', async () => {
		await expect
			.poll(async () => (await detect(folder)).answer.services.find(({name}) => name === 'reports')?.stopForRestore, {
				timeout: 30_000,
				interval: 1000,
			})
			.toBe(true);
	});

	test('--verbose tells why', async () => {
		const {stdout} = await runLifeboat(['detect', '--verbose'], {
			cwd: folder,
			env: {LIFEBOAT_CONFIG_DIR: configuration},
		});
		expect(stdout).toMatch(/db is PostgreSQL: image library\/postgres|db is PostgreSQL: image postgres/);
		expect(stdout).toContain('web uses the database: DATABASE_URL names db as its host');
		expect(stdout).not.toContain(secret);
	});

	test('through a context', async () => {
		const config = mkdtempSync(join(tmpdir(), 'docker-config-'));
		const {stdout} = await run('docker', ['context', 'inspect', '--format', '{{.Endpoints.docker.Host}}']);
		const env = {DOCKER_CONFIG: config, DOCKER_HOST: ''};
		await run(
			'docker',
			['context', 'create', 'elsewhere', '--docker', `host=${process.env['DOCKER_HOST'] ?? stdout.trim()}`],
			{env: {...process.env, ...env}},
		);
		await run('docker', ['context', 'use', 'elsewhere'], {env: {...process.env, ...env}});
		const {answer} = await detect(folder, [], env);
		expect(answer.engineReached).toBe(true);
		expect(answer.databases[0]).toMatchObject({state: 'running', serverVersion: expect.stringMatching(/^17/)});
	});

	test.skipIf(process.getuid?.() !== 0)(
		'a socket that is denied: the files, and a warning that says what to type',
		async () => {
			const home = mkdtempSync(join(tmpdir(), 'nobody-'));
			chmodSync(home, 0o777);
			chmodSync(folder, 0o755);
			const child = spawn(process.execPath, [builtCommand, 'detect', '--json'], {
				cwd: folder,
				uid: 65_534,
				gid: 65_534,
				env: {PATH: process.env['PATH'], HOME: home, LIFEBOAT_CONFIG_DIR: home},
			});
			let stdout = '';
			child.stdout.on('data', text => {
				stdout += text;
			});
			await new Promise(resolve => child.once('close', resolve));
			const answer = JSON.parse(stdout) as Answer;
			expect(answer).toMatchObject({ok: true, engineReached: false});
			expect(answer.databases[0]).toMatchObject({service: 'db', major: 17, state: 'absent'});
			expect(answer.warnings.find(({code}) => code === 'engine-permission-denied')?.hint).toMatch(/group docker/);
		},
	);

	test('files edited after the last up', async () => {
		const file = join(folder, 'compose.yaml');
		const before = readFileSync(file, 'utf8');
		writeFileSync(file, before.replace('POSTGRES_DB: shop', 'POSTGRES_DB: shop\n      TZ: UTC'));
		const {answer} = await detect(folder);
		writeFileSync(file, before);
		expect(answer.warnings.find(({code}) => code === 'edited-since-up')?.message).toContain('db');
	});

	test('files that Compose refuses: what runs, with its message', async () => {
		const file = join(folder, 'compose.yaml');
		const before = readFileSync(file, 'utf8');
		writeFileSync(file, before.replace('  web:\n', '  web:\n    extra-key: 1\n'));
		const {exitCode, answer} = await detect(folder);
		writeFileSync(file, before);
		expect(exitCode).toBe(0);
		expect(answer).toMatchObject({source: 'containers', engineReached: true});
		expect(answer.databases[0]).toMatchObject({
			service: 'db',
			user: 'shop',
			database: 'shop',
			serverVersion: expect.stringMatching(/^17/),
			dataMount: {type: 'volume', name: 'pgdata'},
		});
		expect(answer.services.find(({name}) => name === 'web')).toMatchObject({role: 'app', stopForRestore: true});
		expect(answer.warnings.find(({code}) => code === 'compose-file-invalid')?.message).toContain('extra-key');
	});

	test('elsewhere, its name is offered', async () => {
		const empty = placeFiles('empty', {});
		const {exitCode, answer} = await detect(empty);
		expect(exitCode).toBe(3);
		expect(answer.error).toMatchObject({code: 'stack-not-found'});
		expect(answer.error?.hint).toContain(folder.split('/').at(-1) ?? '-');
		const named = await detect(empty, ['-p', folder.split('/').at(-1) ?? '']);
		expect(named.answer).toMatchObject({ok: true, directory: folder});
		expect(named.answer.databases[0]).toMatchObject({state: 'running'});
	});

	test('stopped', async () => {
		await compose(folder, 'stop', '--timeout', '1');
		const {exitCode, answer} = await detect(folder);
		expect(exitCode).toBe(0);
		expect(stateOf(answer)).toMatchObject({db: 'exited', web: 'exited'});
		expect(answer.databases[0]).toMatchObject({
			user: 'shop',
			database: 'shop',
			major: 17,
			serverVersion: null,
			state: 'exited',
		});
		expect(codesOf(answer)).toContain('database-not-running');
	});

	test('half-started', async () => {
		await compose(folder, 'rm', '-sf', 'web');
		await compose(folder, 'up', '-d', '--wait', 'db');
		const {answer} = await detect(folder);
		expect(stateOf(answer)).toMatchObject({db: 'running', web: 'absent'});
		expect(answer.databases[0]).toMatchObject({state: 'running', serverVersion: expect.stringMatching(/^17/)});
	});
});

describeLab('stacks that are easily mistaken', () => {
	test('started from another folder with three -f files and a profile', async () => {
		const folder = placeFiles('three', {
			'base/compose.yaml': `services:\n  db:${database}\nvolumes: {pgdata: {}}\n`,
			'over/one.yaml':
				'services:\n  worker:\n    image: lifeboat-lab/node:20\n    init: true\n    command: sleep infinity\n    profiles: [jobs]\n    environment: {PGHOST: db}\n',
			'over/two.yaml': 'services:\n  db:\n    environment: {POSTGRES_DB: orders}\n',
			'base/.env': `DB_PASSWORD=${secret}\n`,
			'other/x': '',
		});
		const name = `detect-three-${process.pid}`;
		const flags = [
			'-p',
			name,
			...['base/compose.yaml', 'over/one.yaml', 'over/two.yaml'].flatMap(file => ['-f', join(folder, file)]),
			'--profile',
			'jobs',
		];
		await up(join(folder, 'other'), flags);
		for (const [place, given] of [
			[join(folder, 'other'), ['-p', name]],
			[join(folder, 'base'), []],
		] as const) {
			const {answer} = await detect(place, given);
			expect(answer).toMatchObject({
				project: name,
				directory: join(folder, 'base'),
				composeFiles: ['compose.yaml', join(folder, 'over/one.yaml'), join(folder, 'over/two.yaml')],
			});
			expect(answer.databases).toMatchObject([
				{service: 'db', database: 'orders', state: 'running', databases: ['orders']},
			]);
			expect(stateOf(answer)).toEqual({db: 'running', worker: 'running'});
			expect(codesOf(answer)).not.toContain('edited-since-up');
		}
	});

	test('two projects with the same service names, and two servers in one', async () => {
		const file = {
			'compose.yaml': `services:\n  db:${database}\nvolumes: {pgdata: {}}\n`,
			'.env': `DB_PASSWORD=${secret}\n`,
		};
		const one = placeFiles('one', file);
		const two = placeFiles('two', {
			...file,
			'compose.yaml': `services:\n  db:${database}\n  events:${database.replace('pgdata:', 'events:').replace('POSTGRES_DB: shop', 'POSTGRES_DB: events')}\nvolumes: {pgdata: {}, events: {}}\n`,
		});
		await up(one);
		await up(two);
		await compose(one, 'exec', '-T', 'db', 'createdb', '-U', 'shop', 'only_in_one');
		const [first, second] = [await detect(one), await detect(two)];
		expect(first.answer.databases).toMatchObject([
			{service: 'db', databases: ['only_in_one', 'shop'], state: 'running'},
		]);
		expect(second.answer.databases).toMatchObject([
			{service: 'db', databases: ['shop'], dataMount: {name: 'pgdata'}, state: 'running'},
			{service: 'events', databases: ['events'], database: 'events', dataMount: {name: 'events'}, state: 'running'},
		]);
	});
});

describe('without an engine', () => {
	const env = {DOCKER_HOST: 'unix:///nonexistent.sock'};

	test('no PostgreSQL: an answer, and a warning', async () => {
		const folder = placeFiles('none', {
			'compose.yaml':
				'services:\n  db:\n    image: mariadb:11\n  web:\n    image: example/web:1\n    depends_on: [db]\n',
		});
		const {exitCode, answer} = await detect(folder, [], env);
		expect(exitCode).toBe(0);
		expect(answer).toMatchObject({databases: [], engineReached: false});
		expect(codesOf(answer)).toEqual(expect.arrayContaining(['no-postgres', 'other-database', 'engine-unreachable']));
	});

	test('files that Compose refuses are refused with its message', async () => {
		const folder = placeFiles('bad', {'compose.yaml': 'services:\n  web:\n    environment: {A: "1"}\n'});
		const {exitCode, answer} = await detect(folder, [], env);
		expect(exitCode).toBe(3);
		expect(answer).toMatchObject({
			ok: false,
			error: {code: 'compose-file-invalid', message: expect.stringContaining('web')},
		});
	});
});
