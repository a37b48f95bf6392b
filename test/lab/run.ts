import {execa, type Options} from 'execa';

export type RunOptions = {
	readonly cwd?: string;
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly input?: string | Uint8Array;
	/** Milliseconds; the child is killed after that. */
	readonly timeout?: number;
};

export type RunResult = {readonly stdout: string; readonly stderr: string; readonly exitCode: number};

/** Where the lab says what it is doing, one line each. */
export type Report = (line: string) => void;

/** Runs a command and returns what it printed, whatever its exit code; 127 when the command does not exist. */
export async function attempt(argv: readonly string[], options: RunOptions = {}): Promise<RunResult> {
	const [file = '', ...args] = argv;
	const result = await execa(file, args, toExecaOptions(options));
	return {
		stdout: String(result.stdout ?? ''),
		stderr: String(result.stderr ?? ''),
		exitCode: result.exitCode ?? (result.code === 'ENOENT' ? 127 : 1),
	};
}

/** Runs a command and returns its standard output. Throws with the end of its standard error when it fails. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<string> {
	const result = await attempt(argv, options);
	if (result.exitCode !== 0) {
		const output = [result.stdout, result.stderr].map(text => text.trim().split('\n').slice(-15).join('\n')).join('\n');
		throw new Error(`${argv.slice(0, 12).join(' ')} exited with ${result.exitCode}:\n${output}`);
	}
	return result.stdout;
}

/** Runs a shell pipeline with pipefail; values go in by environment variables, never spliced into the script. */
export function runShell(script: string, env: Readonly<Record<string, string>> = {}): Promise<string> {
	return run(['bash', '-euo', 'pipefail', '-c', script], {env});
}

/** True when the command exists on the PATH. */
export async function commandExists(name: string): Promise<boolean> {
	const {exitCode} = await attempt(['sh', '-c', 'command -v "$0"', name]);
	return exitCode === 0;
}

function toExecaOptions(options: RunOptions) {
	return {
		reject: false,
		stdin: options.input === undefined ? 'ignore' : 'pipe',
		maxBuffer: 256 * 1024 * 1024,
		...(options.cwd === undefined ? {} : {cwd: options.cwd}),
		...(options.env === undefined ? {} : {env: options.env as Record<string, string>}),
		...(options.input === undefined ? {} : {input: options.input}),
		...(options.timeout === undefined ? {} : {timeout: options.timeout}),
	} satisfies Options;
}
