import {type ChildProcess, spawn} from 'node:child_process';
import {fileURLToPath} from 'node:url';

/** The built command, as `npx compose-lifeboat` would start it. */
export const builtCommand = fileURLToPath(new URL('../../dist/cli.js', import.meta.url));

export type Finished = {
	readonly exitCode: number | null;
	readonly signal: string | null;
	readonly stdout: string;
	readonly stderr: string;
};

export type LifeboatOptions = {
	readonly cwd: string;
	readonly env?: Readonly<Record<string, string | undefined>>;
	readonly input?: string;
};

export type Running = {readonly child: ChildProcess; readonly finished: Promise<Finished>};

/** Starts the built command; `finished` settles when it has ended. */
export function startLifeboat(args: readonly string[], options: LifeboatOptions): Running {
	return startCommand([process.execPath, builtCommand, ...args], options);
}

/** Starts a program. The environment has no CI, so that nothing depends on where the tests run. */
export function startCommand([file = '', ...args]: readonly string[], options: LifeboatOptions): Running {
	const {CI: _ci, ...environment} = process.env;
	const child = spawn(file, args, {
		cwd: options.cwd,
		env: {...environment, ...options.env},
		stdio: 'pipe',
	});
	let stdout = '';
	let stderr = '';
	child.stdout.setEncoding('utf8').on('data', text => {
		stdout += text;
	});
	child.stderr.setEncoding('utf8').on('data', text => {
		stderr += text;
	});
	child.stdin.on('error', () => {}).end(options.input ?? '');
	const finished = new Promise<Finished>((resolve, reject) => {
		child.once('error', reject);
		child.once('close', (exitCode, signal) => resolve({exitCode, signal, stdout, stderr}));
	});
	return {child, finished};
}

export function runLifeboat(args: readonly string[], options: LifeboatOptions): Promise<Finished> {
	return startLifeboat(args, options).finished;
}

/** The document of a run with `--json`; what failed stands at the end of `stderr` as well, where an assertion's message shows it. */
export function readAnswer(ended: Finished) {
	const json = ended.stdout === '' ? undefined : JSON.parse(ended.stdout);
	return json?.error ? {...ended, json, stderr: `${ended.stderr}${JSON.stringify(json.error)}\n`} : {...ended, json};
}
