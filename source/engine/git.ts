import {AppError} from '../errors.js';
import {sanitizeLine} from './lines.js';
import type {Processes, RunResult} from './types.js';

/** A file that a range of commits changed. `status` is git's letter: A added, M modified, D deleted, R renamed. */
export type ChangedFile = {readonly status: string; readonly path: string};

/** `git` in one work tree. Asks for no password and opens no editor. */
export interface Git {
	/** Runs git with captured output; a non-zero exit is a result. */
	run(args: readonly string[], signal?: AbortSignal): Promise<RunResult>;
	/** Runs git and resolves with standard output without its last newline. Throws AppError tool-failed with git's words. */
	read(args: readonly string[], signal?: AbortSignal): Promise<string>;
}

/**
 * @param folder a folder in the work tree.
 */
export function createGit(processes: Processes, folder: string): Git {
	const run: Git['run'] = (args, signal) =>
		processes.run('git', ['-C', folder, ...args], {
			signal,
			env: {
				GIT_TERMINAL_PROMPT: '0',
				GIT_EDITOR: 'true',
				GIT_PAGER: 'cat',
				LC_ALL: 'C',
				GIT_SSH_COMMAND: 'ssh -o BatchMode=yes',
			},
		});
	return {
		run,
		async read(args, signal) {
			const result = await run(args, signal);
			if (result.exitCode === 0) return result.stdout.replace(/\n$/, '');
			throw gitFailure(folder, args, result.stderr);
		},
	};
}

/** Git's own words, with what to do about those that people meet. */
function gitFailure(folder: string, args: readonly string[], stderr: string): AppError {
	const details = stderr.split('\n').map(sanitizeLine).filter(Boolean).slice(-6);
	const fail = (message: string, hint: string, fix?: readonly string[]) =>
		new AppError('tool-failed', message, {hint, fix, details});
	if (/dubious ownership/.test(stderr)) {
		return fail(
			`git refuses to work in ${folder}: the folder belongs to another user`,
			'Run Lifeboat as the owner of the folder, or tell git that the folder is safe',
			['git', 'config', '--global', '--add', 'safe.directory', folder],
		);
	}

	if (
		/could not read Username|Permission denied \(publickey|Authentication failed|terminal prompts disabled/.test(stderr)
	) {
		return fail(
			'git cannot sign in at the origin of the repository',
			'Sign in once by hand with the command below, then try again',
			['git', '-C', folder, 'fetch'],
		);
	}

	if (
		/Could not resolve host|unable to access|Could not read from remote|does not appear to be a git repository|Connection refused/.test(
			stderr,
		)
	) {
		return fail(
			'git cannot reach the origin of the repository',
			'Look at the address of the origin and at the network, then try again',
			['git', '-C', folder, 'remote', '-v'],
		);
	}

	return fail(`git ${args[0] ?? ''} does not work in ${folder}`, 'Run the command by hand to see what git says', [
		'git',
		'-C',
		folder,
		...args,
	]);
}
