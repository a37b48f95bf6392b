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

/** A small stack of its own, with enough incompressible rows that a dump can be held up half way. */
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
	readonly env?: Readonly<Record<string, string>>;
};

export type FinishedBackup = Finished & {
	// biome-ignore lint/suspicious/noExplicitAny: the document that the test is about
	readonly document: any;
};

export type RunningBackup = {
	readonly pid: number;
	/** Lets what `halfWay` holds up go on. */
	readonly finished: Promise<FinishedBackup>;
	kill(signal: NodeJS.Signals): void;
	/** Resolves when a part of the dump has reached the file; whoever writes it then stands still, as on a disk that hangs, and pg_dump still runs. */
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
		const child = spawn(process.execPath, [builtCommand, 'backup', '--json', ...args], {
			cwd: directory,
			env: {
				...environment,
				LIFEBOAT_CONFIG_DIR: settings,
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
		let held: number | undefined;
		return {
			pid: child.pid ?? 0,
			get finished() {
				if (held !== undefined) signalIfThere(held, 'SIGCONT');
				held = undefined;
				return finished;
			},
			kill: signal => {
				child.kill(signal);
			},
			async halfWay(output) {
				while (!isOver) {
					const hasBegun = partialsIn(output).some(
						file => (statSync(file, {throwIfNoEntry: false})?.size ?? 0) > 500_000,
					);
					const carrier = hasBegun
						? childrenOf(child.pid ?? 0).find(one => one.command.includes('--snapshot='))
						: undefined;
					if (carrier !== undefined) {
						held = carrier.pid;
						signalIfThere(held, 'SIGSTOP');
						return;
					}

					await sleep(5);
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

function signalIfThere(pid: number, signal: NodeJS.Signals): void {
	try {
		process.kill(pid, signal);
	} catch {
		// It has ended.
	}
}
