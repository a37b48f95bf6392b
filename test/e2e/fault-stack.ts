import {spawn} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {ensureImages} from '../lab/build-images.js';
import {ensureLab} from '../lab/lab.js';
import {attempt, run} from '../lab/run.js';
import {builtCommand, type Finished} from './lifeboat.js';

const slowDisk = new URL('../bench/usage-probe.mjs', import.meta.url).href;

/** A small stack of its own, with enough incompressible rows that a slow disk holds a dump up half way. */
export type FaultStack = {
	readonly directory: string;
	readonly project: string;
	readonly container: string;
	/** Empties and names a folder for backups. */
	newOutput(): string;
	compose(...args: readonly string[]): Promise<string>;
	sql(query: string): Promise<string>;
	/** Runs a script in the database's container as root. */
	inside(script: string): Promise<string>;
	start(args: readonly string[], options?: StartOptions): RunningBackup;
	run(args: readonly string[], options?: StartOptions): Promise<FinishedBackup>;
	/** Brings the server back after whatever a test did to it. */
	heal(): Promise<void>;
	/** What of ours still runs in the container or is connected to the server; empty when all is clean. */
	leftovers(): Promise<readonly string[]>;
	remove(): Promise<void>;
};

export type StartOptions = {
	/** Bytes a second that the disk of the output takes; absent: as fast as it is. */
	readonly bytesPerSecond?: number;
	readonly env?: Readonly<Record<string, string>>;
};

export type FinishedBackup = Finished & {
	// biome-ignore lint/suspicious/noExplicitAny: the document that the test is about
	readonly document: any;
};

export type RunningBackup = {
	readonly pid: number;
	readonly finished: Promise<FinishedBackup>;
	kill(signal: NodeJS.Signals): void;
	/** Resolves when a good part of the dump has reached the file and pg_dump still runs. */
	halfWay(output: string): Promise<void>;
};

const composeFile = `services:
  postgres:
    image: postgres:17
    environment: {POSTGRES_USER: faults, POSTGRES_PASSWORD: faults-secret-1, POSTGRES_DB: faults}
    tmpfs: ["/small:size=1m"]
    volumes: ["data:/var/lib/postgresql/data"]
    healthcheck: {test: ["CMD-SHELL", "pg_isready -h 127.0.0.1"], interval: 1s, timeout: 5s, retries: 60}
volumes: {data: {}}
`;

const ballast = `
CREATE TABLE first (id int PRIMARY KEY, note text);
INSERT INTO first SELECT i, 'note ' || i FROM generate_series(1, 1000) i;
CREATE TABLE ballast AS SELECT i AS id, (SELECT string_agg(gen_random_uuid()::text, '') FROM generate_series(1, 1500 + i % 2)) AS text FROM generate_series(1, 700) i;
`;

export async function startFaultStack(name: string, image = 'postgres:17'): Promise<FaultStack> {
	await ensureLab();
	await ensureImages(['postgres:17'], () => {});
	const project = `faults-${name}-${randomBytes(3).toString('hex')}`;
	const directory = join(mkdtempSync(join(tmpdir(), 'lifeboat-faults-')), project);
	mkdirSync(directory);
	writeFileSync(join(directory, 'docker-compose.yml'), composeFile.replace('postgres:17', image));
	const settings = mkdtempSync(join(tmpdir(), 'lifeboat-settings-'));
	const container = `${project}-postgres-1`;
	const compose = (...args: readonly string[]) => run(['docker', 'compose', ...args], {cwd: directory});
	const sql = (query: string) =>
		run(['docker', 'exec', '-i', container, 'psql', '-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-U', 'faults'], {
			input: query,
		});
	await compose('up', '-d', '--wait');
	await sql(ballast);

	const start = (args: readonly string[], options: StartOptions = {}): RunningBackup => {
		const {CI: _ci, ...environment} = process.env;
		const slow = options.bytesPerSecond === undefined ? [] : [`--import=${slowDisk}`];
		const child = spawn(process.execPath, [...slow, builtCommand, 'backup', '--json', ...args], {
			cwd: directory,
			env: {
				...environment,
				LIFEBOAT_CONFIG_DIR: settings,
				...(options.bytesPerSecond === undefined ? {} : {LIFEBOAT_BENCH_WRITE_RATE: String(options.bytesPerSecond)}),
				...options.env,
			},
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		let stdout = '';
		let stderr = '';
		child.stdout.setEncoding('utf8').on('data', text => {
			stdout += text;
		});
		child.stderr.setEncoding('utf8').on('data', text => {
			stderr += text;
		});
		let isOver = false;
		const finished = new Promise<FinishedBackup>((resolve, reject) => {
			child.once('error', reject);
			child.once('close', (exitCode, signal) => {
				isOver = true;
				resolve({exitCode, signal, stdout, stderr, document: stdout === '' ? undefined : JSON.parse(stdout)});
			});
		});
		return {
			pid: child.pid ?? 0,
			finished,
			kill: signal => {
				child.kill(signal);
			},
			async halfWay(output) {
				while (!isOver) {
					if (partialsIn(output).some(file => (statSync(file, {throwIfNoEntry: false})?.size ?? 0) > 500_000)) return;
					await sleep(100);
				}

				throw new Error(`the backup was over before it was half way:\n${stdout}\n${stderr}`);
			},
		};
	};

	const heal = async () => {
		await attempt(['docker', 'unpause', container]);
		await compose('up', '-d', '--wait');
	};

	return {
		directory,
		project,
		container,
		newOutput: () => mkdtempSync(join(tmpdir(), 'lifeboat-faults-output-')),
		compose,
		sql,
		inside: script => run(['docker', 'exec', '-i', '--user', 'root', container, 'sh', '-c', script]),
		start,
		run: (args, options) => start(args, options).finished,
		heal,
		async leftovers() {
			const processes = (await run(['docker', 'top', container, '-eo', 'pid,args']))
				.split('\n')
				.filter(line => /pg_dump|lifeboat/.test(line) && !/postgres: /.test(line));
			const sessions = await sql(
				`SELECT application_name FROM pg_stat_activity WHERE application_name LIKE 'lifeboat-%'`,
			);
			return [...processes, ...sessions.split('\n')].filter(Boolean);
		},
		async remove() {
			await attempt(['docker', 'compose', 'down', '-v'], {cwd: directory});
			rmSync(directory, {recursive: true, force: true});
		},
	};
}

export function partialsIn(output: string): readonly string[] {
	if (!existsSync(output)) return [];
	return readdirSync(output)
		.filter(name => name.endsWith('.partial'))
		.map(name => join(output, name));
}

/** What lies in a folder of backups besides its .gitignore. */
export function namesIn(output: string): readonly string[] {
	return existsSync(output) ? readdirSync(output).filter(name => name !== '.gitignore') : [];
}

/** Ids of the processes below one, on this machine. */
export function childrenOf(pid: number): readonly {readonly pid: number; readonly command: string}[] {
	const file = `/proc/${pid}/task/${pid}/children`;
	const ids = existsSync(file) ? readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number) : [];
	return ids.map(id => ({
		pid: id,
		command: existsSync(`/proc/${id}/cmdline`) ? readFileSync(`/proc/${id}/cmdline`, 'utf8').replaceAll('\0', ' ') : '',
	}));
}
