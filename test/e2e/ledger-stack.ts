import {randomBytes} from 'node:crypto';
import {cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {ensureImages} from '../lab/build-images.js';
import {type Checksums, readChecksums} from '../lab/checksums.js';
import {ensureLab} from '../lab/lab.js';
import {findFreePort} from '../lab/place.js';
import {attempt, run} from '../lab/run.js';
import {builtCommand, type Finished, type Running, readAnswer, startCommand} from './lifeboat.js';

/** What a restore can be held at, so that a fault hits it at that very moment: `rollback point` in place only, `switching` beside the live database only. */
export type Moment = 'rollback point' | 'loading' | 'switching' | 'migrating' | 'starting';

// biome-ignore lint/suspicious/noExplicitAny: the document that a test is about
export type Answer = Finished & {readonly json: any};
export type Restore = {readonly child: Running['child']; readonly finished: Promise<Answer>};

/** A small application whose restore can be held at each of its moments. The data of its database lies on a small disk. */
export type LedgerStack = {
	readonly project: string;
	readonly directory: string;
	readonly healthUrl: string;
	/** The backup, and the rows in it. */
	readonly file: string;
	readonly newRows: Checksums;
	/** The rows that were there before the restore. */
	readonly oldRows: Checksums;
	readonly env: Readonly<Record<string, string>>;
	docker(...args: readonly string[]): Promise<string>;
	compose(...args: readonly string[]): Promise<string>;
	sql(query: string, database?: string): Promise<string>;
	checksums(): Promise<Checksums>;
	/** All databases but the server's own. */
	databases(): Promise<readonly string[]>;
	/** Starts the built command with `--json`. */
	start(...args: readonly string[]): Restore;
	lifeboat(...args: readonly string[]): Promise<Answer>;
	/** Starts a restore and resolves when it is held at the moment. */
	restoreUntil(moment: Moment, ...flags: readonly string[]): Promise<Restore>;
	/** Lets go what is held, whatever it is. */
	release(): Promise<void>;
	/** Leaves the disk of the database without a byte; `freeDisk` takes that back. */
	fillDisk(): Promise<void>;
	freeDisk(): Promise<void>;
	waitHealthy(): Promise<void>;
	remove(): Promise<void>;
};

/** The user is not named like the database, as in Cronicorn: `psql -U keeper` alone connects to nothing. */
const composeFile = (folder: string, data: string) => `services:
  postgres:
    image: postgres:17
    restart: unless-stopped
    environment: {POSTGRES_USER: keeper, POSTGRES_PASSWORD: ledger-secret-1, POSTGRES_DB: ledger}
    volumes: ["${data}:/var/lib/postgresql/data", "${folder}/hold:/hold"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -h 127.0.0.1 -U keeper -d ledger"], interval: 1s, timeout: 5s, retries: 60}
  migrate: &application
    image: lifeboat-lab/node:20
    command: ["node", "migrate.js"]
    restart: "no"
    environment: {DATABASE_URL: "postgres://keeper:ledger-secret-1@postgres:5432/ledger"}
    volumes: ["./app:/app:ro", "${folder}/hold:/hold"]
    depends_on: {postgres: {condition: service_healthy}}
  app:
    <<: *application
    command: ["node", "server.js"]
    restart: unless-stopped
    ports: ["\${APP_PORT}:3000"]
    depends_on: {migrate: {condition: service_completed_successfully}}
    healthcheck: {test: ["CMD", "curl", "-fsS", "http://localhost:3000/health"], interval: 2s, timeout: 5s, start_period: 20s, retries: 5}
volumes: {data: {}}
`;

/** \`held()\` in a CHECK makes every load of the rows wait for as long as \`hold/load\` exists. */
const schema = `
CREATE FUNCTION held() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN
	WHILE (pg_stat_file('/hold/load', true)).size IS NOT NULL LOOP PERFORM pg_sleep(0.05); END LOOP;
	RETURN true;
END $$;
CREATE TABLE accounts (id int PRIMARY KEY, name text NOT NULL);
INSERT INTO accounts SELECT i, 'account ' || i FROM generate_series(1, 100) i;
CREATE TABLE entries (id int PRIMARY KEY, account int NOT NULL REFERENCES accounts, amount numeric, note text, CHECK (id <> 1000 OR held()));
INSERT INTO entries SELECT i, 1 + i % 100, i / 7.0, md5(i::text) || md5((i * 7)::text) FROM generate_series(1, 20000) i;
CREATE TABLE keyless AS SELECT i AS n FROM generate_series(1, 500) i;
`;

export type LedgerOptions = {
	/** The data lies on a disk of 300 MB that `fillDisk` can fill. Mounting it takes root. */
	readonly smallDisk?: boolean;
	/** Another engine than the shared one, and the command that runs a program where its ports are. */
	readonly engine?: {readonly host: string; inside(argv: readonly string[]): readonly string[]};
};

export async function startLedger(name: string, options: LedgerOptions = {}): Promise<LedgerStack> {
	await ensureLab();
	await ensureImages(['postgres:17', 'lifeboat-lab/node:20'], () => {});
	const project = `restores-${name}-${randomBytes(3).toString('hex')}`;
	const folder = mkdtempSync(join(tmpdir(), `${project}-`));
	const [directory, hold, data] = [join(folder, project), join(folder, 'hold'), join(folder, 'data')];
	for (const path of [directory, hold, data]) mkdirSync(path, {mode: 0o755});
	if (options.smallDisk) await run(['mount', '-t', 'tmpfs', '-o', 'size=300m', 'tmpfs', data]);
	cpSync(fileURLToPath(new URL('ledger', import.meta.url)), join(directory, 'app'), {recursive: true});
	writeFileSync(join(directory, 'docker-compose.yml'), composeFile(folder, options.smallDisk ? data : 'data'));
	const port = await findFreePort();
	writeFileSync(join(directory, '.env'), `APP_PORT=${port}\n`, {mode: 0o600});
	const healthUrl = `http://localhost:${port}/health`;

	const {engine} = options;
	const env = {
		LIFEBOAT_CONFIG_DIR: join(folder, 'settings'),
		...(engine === undefined ? {} : {DOCKER_HOST: engine.host}),
	};
	const inside = (argv: readonly string[]) => (engine === undefined ? argv : engine.inside(argv));
	const docker = (...args: readonly string[]) => run(['docker', ...args], {cwd: directory, env});
	const sql = (query: string, database = 'ledger') =>
		run(
			[
				'docker',
				'exec',
				'-i',
				`${project}-postgres-1`,
				'psql',
				'-XAtq',
				'-v',
				'ON_ERROR_STOP=1',
				'-U',
				'keeper',
				database,
			],
			{input: query, env},
		);
	const checksums = () => readChecksums(query => sql(query));
	const start = (...args: readonly string[]): Restore => {
		const {child, finished} = startCommand(inside([process.execPath, builtCommand, ...args, '--json']), {
			cwd: directory,
			env,
		});
		return {
			child,
			finished: finished.then(readAnswer),
		};
	};
	const lifeboat = (...args: readonly string[]) => start(...args).finished;
	const waitHealthy = async () => {
		for (let tries = 0; ; tries++) {
			const {exitCode} = await attempt(inside(['curl', '-fsS', '-m', '5', healthUrl]));
			if (exitCode === 0) return;
			if (tries > 300) throw new Error(`${project} is not healthy:\n${await docker('compose', 'ps', '-a')}`);
			await sleep(300);
		}
	};

	const locker = {application: 'locker', pending: undefined as Promise<unknown> | undefined};
	const lock = async (query: string, database: string) => {
		locker.pending = sql(`SET application_name = 'locker'; BEGIN; ${query}; SELECT pg_sleep(3600);`, database).catch(
			() => {},
		);
		await until(
			`SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name = 'locker' AND wait_event = 'PgSleep'`,
		);
	};
	const until = async (question: string) => {
		for (let tries = 0; ; tries++) {
			const {exitCode, stdout} = await attempt(
				['docker', 'exec', '-i', `${project}-postgres-1`, 'psql', '-XAtq', '-U', 'keeper', 'postgres'],
				{input: question, env},
			);
			if (exitCode === 0 && stdout.trim() === 't') return;
			if (tries > 600) throw new Error(`never true: ${question}`);
			await sleep(100);
		}
	};
	const untilFile = async (file: string) => {
		for (let tries = 0; !existsSync(join(hold, file)); tries++) {
			if (tries > 1200) throw new Error(`${file} never came`);
			await sleep(50);
		}
	};
	const ours = (condition: string) =>
		`SELECT count(*) > 0 FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%' AND ${condition}`;
	const holdAt = (what: string) => writeFileSync(join(hold, what), '');
	const letGo = (what: string) => rmSync(join(hold, what), {force: true});

	/** Everything up to the load goes on unheld; from there on the next hold is set before the last one is let go. */
	const reach: Record<Moment, () => Promise<void>> = {
		'rollback point': () => until(ours("wait_event_type = 'Lock'")),
		loading: () => until(ours("wait_event = 'PgSleep'")),
		async switching() {
			await reach.loading();
			// The rename of the live database changes its row; a lock on the whole of pg_database would hold up the ANALYZE before it.
			await lock("SELECT oid FROM pg_database WHERE datname = 'ledger' FOR UPDATE", 'postgres');
			letGo('load');
			await until(ours("wait_event_type = 'Lock' AND query LIKE 'ALTER DATABASE%'"));
		},
		async migrating() {
			await untilFile('migrating');
		},
		async starting() {
			await reach.loading();
			holdAt('health');
			letGo('asked');
			letGo('load');
			await untilFile('migrating');
			letGo('asked');
			letGo('migrate');
			await untilFile('asked');
		},
	};

	await docker('compose', 'up', '--detach', '--wait', 'postgres');
	await sql(schema);
	await docker('compose', 'up', '--detach', '--wait', 'app');
	await waitHealthy();
	const newRows = await checksums();
	const backup = await lifeboat('backup');
	if (backup.exitCode !== 0) throw new Error(backup.stderr);
	await sql("DELETE FROM entries WHERE id % 3 = 0; UPDATE accounts SET name = 'live'; CREATE TABLE newer (n int)");
	const oldRows = await checksums();

	return {
		project,
		directory,
		healthUrl,
		file: backup.json.file,
		newRows,
		oldRows,
		env,
		docker,
		compose: (...args) => docker('compose', ...args),
		sql,
		checksums,
		async databases() {
			const names = await sql(
				"SELECT datname FROM pg_database WHERE NOT datistemplate AND datname <> 'postgres' ORDER BY 1",
				'postgres',
			);
			return names.trim().split('\n');
		},
		start,
		lifeboat,
		async restoreUntil(moment, ...flags) {
			if (moment === 'rollback point') await lock('LOCK TABLE entries IN ACCESS EXCLUSIVE MODE', 'ledger');
			if (['loading', 'switching', 'starting'].includes(moment)) holdAt('load');
			if (['migrating', 'starting'].includes(moment)) holdAt('migrate');
			const restore = start('restore', backup.json.file, ...flags, '--yes', '--health-timeout', '20');
			const over = restore.finished.then(ended => {
				throw new Error(`the restore was over before it was held at ${moment}:\n${ended.stdout}\n${ended.stderr}`);
			});
			await Promise.race([reach[moment](), over]);
			over.catch(() => {});
			return restore;
		},
		async release() {
			for (const what of ['load', 'migrate', 'migrating', 'health', 'asked']) letGo(what);
			await attempt(['docker', 'exec', '-i', `${project}-postgres-1`, 'psql', '-XAtq', '-U', 'keeper', 'postgres'], {
				input: `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'locker'`,
				env,
			});
			await locker.pending;
		},
		async fillDisk() {
			await attempt(['dd', 'if=/dev/zero', `of=${data}/ballast`, 'bs=64k']);
		},
		async freeDisk() {
			rmSync(join(data, 'ballast'), {force: true});
		},
		waitHealthy,
		async remove() {
			await attempt(['docker', 'compose', 'down', '-v', '--timeout', '2'], {cwd: directory, env});
			if (options.smallDisk) await run(['umount', '--lazy', data]);
			rmSync(folder, {recursive: true, force: true});
		},
	};
}
