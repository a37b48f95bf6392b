import {spawn} from 'node:child_process';
import {closeSync, mkdtempSync, openSync, readFileSync, rmSync, statSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';

type Spent = {readonly processorSeconds: number; readonly wallSeconds: number};
/** Of the whole run, Node's start included; `dump` from the start of pg_dump to the end. */
export type Usage = Spent & {readonly peakBytes: number; readonly dump: Spent};
export type Timed = {
	readonly seconds: number;
	readonly exitCode: number;
	readonly stdout: string;
	readonly stderr: string;
	/** When each line of standard error arrived, in seconds from the start. */
	readonly lines: readonly {readonly at: number; readonly text: string}[];
};

const probe = new URL('usage-probe.mjs', import.meta.url).href;
export const builtCli = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

/** Runs a program with its output captured and takes its time. */
export async function time(
	command: string,
	args: readonly string[],
	options: {
		readonly cwd?: string;
		readonly env?: Readonly<Record<string, string>>;
		/** Told of each line of standard error as it comes. */
		readonly onLine?: (text: string) => void;
	} = {},
): Promise<Timed> {
	const started = performance.now();
	return new Promise((resolve, reject) => {
		const child = spawn(command, args, {
			cwd: options.cwd,
			env: {...process.env, ...options.env},
			stdio: ['ignore', 'pipe', 'pipe'],
		});
		let stdout = '';
		let stderr = '';
		let begun = '';
		const lines: {at: number; text: string}[] = [];
		const seconds = () => (performance.now() - started) / 1000;
		child.stdout.on('data', chunk => {
			stdout += String(chunk);
		});
		child.stderr.on('data', chunk => {
			stderr += String(chunk);
			const texts = (begun + String(chunk)).split('\n');
			begun = texts.pop() ?? '';
			const at = seconds();
			for (const text of texts) {
				lines.push({at, text});
				options.onLine?.(text);
			}
		});
		child.on('error', reject);
		child.on('close', code => {
			resolve({seconds: seconds(), exitCode: code ?? 128, stdout, stderr, lines});
		});
	});
}

/** Runs a shell pipeline whose output goes to `file`; resolves with seconds and the size of the file. */
export async function timePipeline(
	script: string,
	cwd: string,
	file: string,
): Promise<{seconds: number; bytes: number}> {
	const output = openSync(file, 'w');
	const started = performance.now();
	const exitCode = await new Promise<number>((resolve, reject) => {
		const child = spawn('bash', ['-o', 'pipefail', '-c', script], {cwd, stdio: ['ignore', output, 'inherit']});
		child.on('error', reject);
		child.on('close', code => resolve(code ?? 128));
	});
	closeSync(output);
	if (exitCode !== 0) throw new Error(`${script} ended with ${exitCode}`);
	return {seconds: (performance.now() - started) / 1000, bytes: statSync(file).size};
}

/** Runs the built Lifeboat and reports its own peak memory and processor time (not those of `docker`). */
export async function timeLifeboat(
	args: readonly string[],
	options: {
		readonly cwd: string;
		readonly env?: Readonly<Record<string, string>>;
		readonly onLine?: (text: string) => void;
	},
): Promise<Timed & {readonly usage: Usage}> {
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-bench-'));
	const report = join(folder, 'usage.json');
	try {
		const timed = await time(process.execPath, [`--import=${probe}`, builtCli, ...args], {
			...options,
			env: {LIFEBOAT_CONFIG_DIR: join(folder, 'settings'), LIFEBOAT_BENCH_REPORT: report, ...options.env},
		});
		if (timed.exitCode !== 0)
			throw new Error(`lifeboat ${args.join(' ')} ended with ${timed.exitCode}\n${timed.stderr}`);
		return {...timed, usage: JSON.parse(readFileSync(report, 'utf8'))};
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
}

export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
