import {constants} from 'node:os';
import type {Readable, Writable} from 'node:stream';
import {PassThrough} from 'node:stream';
import {execa, type Options, type ResultPromise} from 'execa';
import {AppError, cancelled} from '../errors.js';
import {sanitizeLine, splitLines} from './lines.js';
import type {Processes, RunningProcess, RunOptions} from './types.js';

const outputLimit = 64 * 1024 * 1024;
const killDelay = 5000;

/**
 * The only place that starts programs. Arguments go straight to the program, never through a shell.
 * @param environment what children inherit; `docker` needs HOME, PATH, DOCKER_HOST and their like.
 */
export function createProcesses(environment: Readonly<Record<string, string | undefined>> = process.env): Processes {
	const baseOptions = (options: RunOptions): Options => ({
		...(options.cwd === undefined ? {} : {cwd: options.cwd}),
		env: {...environment, ...options.env},
		extendEnv: false,
		...(options.signal === undefined ? {} : {cancelSignal: options.signal}),
		...(options.timeoutMs === undefined ? {} : {timeout: options.timeoutMs}),
		reject: false,
		stripFinalNewline: false,
		forceKillAfterDelay: killDelay,
		windowsHide: true,
	});

	return {
		async run(command, args, options = {}) {
			throwIfCancelled(options.signal);
			const result = await execa(command, args, {
				...baseOptions(options),
				...(options.input === undefined ? {stdin: 'ignore'} : {input: options.input}),
				maxBuffer: outputLimit,
				lines: false,
				encoding: 'utf8',
			} as Options);
			if (options.signal?.aborted) throw cancelledBy(options.signal);
			if (result.exitCode === undefined && result.signal === undefined && !result.timedOut)
				throw startFailure(command, options, result);
			return {
				exitCode: exitCodeOf(result),
				stdout: String(result.stdout ?? ''),
				stderr: String(result.stderr ?? ''),
				timedOut: result.timedOut === true,
			};
		},

		start(command, args, options = {}) {
			throwIfCancelled(options.signal);
			const subprocess = execa(command, args, {
				...baseOptions(options),
				buffer: false,
				stdin: 'pipe',
				stdout: options.stdout ?? 'pipe',
				stderr: 'pipe',
			} as Options);
			return runningProcess(command, options, subprocess);
		},

		async attach(command, args, options = {}) {
			const result = await execa(command, args, {...baseOptions(options), stdio: 'inherit'} as Options);
			if (result.exitCode === undefined && result.signal === undefined) throw startFailure(command, options, result);
			return exitCodeOf(result);
		},
	};
}

function runningProcess(command: string, options: RunOptions, subprocess: ResultPromise): RunningProcess {
	const exit = subprocess.then(result => {
		if (options.signal?.aborted) throw cancelledBy(options.signal);
		if (result.exitCode === undefined && result.signal === undefined && !result.timedOut)
			throw startFailure(command, options, result);
		return {exitCode: exitCodeOf(result), signal: result.signal};
	});
	// Whoever awaits `exit` later still gets the rejection; without this a quick failure would be reported as unhandled.
	exit.catch(() => {});
	const stdin = (subprocess.stdin ?? new PassThrough()) as Writable;
	// A program that ends before it has read its input is told by its exit code, not by EPIPE.
	stdin.on('error', () => {});
	return {
		pid: subprocess.pid,
		stdin,
		stdout: (subprocess.stdout ?? new PassThrough().end()) as Readable,
		stderr: linesOf((subprocess.stderr ?? new PassThrough().end()) as Readable),
		exit,
		kill: signal => {
			subprocess.kill(signal ?? 'SIGTERM');
		},
	};
}

async function* linesOf(stream: Readable): AsyncGenerator<string> {
	try {
		for await (const line of splitLines(stream)) yield sanitizeLine(line);
	} catch {
		// The pipe broke because the program ended; its exit code says why.
	}
}

type Outcome = {
	readonly exitCode?: number | undefined;
	readonly signal?: string | undefined;
	readonly timedOut?: boolean;
	readonly code?: string | undefined;
	readonly cause?: unknown;
	readonly originalMessage?: string | undefined;
};

function exitCodeOf(outcome: Outcome): number {
	if (outcome.exitCode !== undefined) return outcome.exitCode;
	return 128 + (constants.signals[outcome.signal as NodeJS.Signals] ?? 0);
}

function throwIfCancelled(signal: AbortSignal | undefined): void {
	if (signal?.aborted) throw cancelledBy(signal);
}

function cancelledBy(signal: AbortSignal): AppError {
	return signal.reason instanceof AppError ? signal.reason : cancelled('Cancelled');
}

function startFailure(command: string, options: RunOptions, outcome: Outcome): AppError {
	const code = outcome.code ?? (outcome.cause as NodeJS.ErrnoException | undefined)?.code;
	if (code === 'ENOENT' && command === 'docker') {
		return new AppError('docker-cli-missing', 'The docker command is not installed or not on PATH', {
			hint: 'Install Docker (https://docs.docker.com/engine/install/), then try again',
			fix: ['docker', 'version'],
			cause: outcome,
		});
	}

	if (code === 'ENOENT') {
		return new AppError(
			'tool-failed',
			`The program ${command} cannot be started: it is not installed, or the folder ${options.cwd ?? '.'} does not exist`,
			{
				hint: `Install ${command}, or correct the folder`,
				cause: outcome,
			},
		);
	}

	return new AppError('tool-failed', `The program ${command} cannot be started`, {
		details: [outcome.originalMessage ?? code ?? 'unknown reason'],
		cause: outcome,
	});
}
