import {AppError} from '../errors.js';
import {sanitizeLine} from './lines.js';
import type {Compose, ComposeTarget, Processes} from './types.js';

/** Docker Compose as a plug-in of the `docker` command (v2). */
export function createCompose(processes: Processes): Compose {
	const compose: Compose = {
		async version(signal) {
			const result = await processes.run('docker', ['compose', 'version', '--short'], {signal, timeoutMs: 20_000});
			if (result.exitCode === 0) return result.stdout.trim().replace(/^v/, '');
			throw missingCompose(result.stderr);
		},

		argv: composeArgv,

		run: (target, args, options = {}) =>
			processes.run('docker', composeArgv(target, args), {cwd: target.cwd, ...options}),

		start: (target, args, options = {}) =>
			processes.start('docker', composeArgv(target, args), {cwd: target.cwd, ...options}),

		async config(target, options = {}, signal) {
			const chosen = options.allProfiles ? {...target, profiles: ['*']} : target;
			const flags = ['config', '--format', 'json', ...(options.noInterpolate ? ['--no-interpolate'] : [])];
			const result = await compose.run(chosen, flags, {signal, timeoutMs: 60_000});
			const messages = result.stderr.split('\n').map(plainMessage).filter(Boolean);
			if (result.exitCode !== 0) throw refusedFiles(target, messages, result.stderr);
			return {model: parseModel(result.stdout, target), warnings: messages};
		},
	};
	return compose;
}

/** Global flags in the order Compose documents them, then the subcommand. */
function composeArgv(target: ComposeTarget, args: readonly string[]): readonly string[] {
	return [
		'compose',
		...target.files.flatMap(file => ['-f', file]),
		...(target.projectName === undefined ? [] : ['-p', target.projectName]),
		...(target.projectDirectory === undefined ? [] : ['--project-directory', target.projectDirectory]),
		...target.profiles.flatMap(profile => ['--profile', profile]),
		...target.envFiles.flatMap(file => ['--env-file', file]),
		...args,
	];
}

/** `time="…" level=warning msg="…"` (logrus) to the message alone. */
function plainMessage(line: string): string {
	const logged = line.match(/\bmsg="((?:[^"\\]|\\.)*)"/);
	return sanitizeLine(logged?.[1]?.replace(/\\(["\\])/g, '$1') ?? line).trim();
}

function parseModel(text: string, target: ComposeTarget): unknown {
	try {
		return JSON.parse(text);
	} catch (cause) {
		throw new AppError('compose-file-invalid', 'Docker Compose printed a model that is not JSON', {
			hint: 'Update Docker Compose to 2.20 or newer',
			fix: ['docker', ...composeArgv(target, ['config', '--format', 'json'])],
			cause,
		});
	}
}

function missingCompose(stderr: string): AppError {
	return new AppError('compose-missing', 'Docker Compose v2 is not installed: `docker compose` does not work', {
		hint: 'Install the Compose plug-in (Debian and Ubuntu: docker-compose-plugin from download.docker.com, or docker-compose from the distribution)',
		fix: ['docker', 'compose', 'version'],
		details: stderr.split('\n').map(sanitizeLine).filter(Boolean).slice(-3),
	});
}

function refusedFiles(target: ComposeTarget, messages: readonly string[], stderr: string): AppError {
	if (/is not a docker command|unknown shorthand flag: 'f'|unknown flag: --project/i.test(stderr))
		return missingCompose(stderr);
	if (/no configuration file provided/i.test(stderr)) {
		return new AppError(
			'stack-not-found',
			`There is no compose file in ${target.projectDirectory ?? target.cwd} or above it`,
			{
				hint: 'Change to the folder of the compose file, or name the file with -f',
				fix: ['lifeboat', '-f', 'path/to/docker-compose.yml'],
			},
		);
	}

	return new AppError(
		'compose-file-invalid',
		`Docker Compose refuses the files: ${messages.at(-1) ?? 'no reason given'}`,
		{
			hint: composeHint(messages.join('\n')),
			fix: ['docker', ...composeArgv(target, ['config', '--quiet'])],
			details: messages.slice(-5),
		},
	);
}

/** What to do about the refusals that users meet most. */
function composeHint(text: string): string {
	const file = text.match(/env file (\S+) not found|(\S+): no such file or directory/);
	if (file)
		return `Create ${file[1] ?? file[2]} (often a copy of the .env.example beside it), or name the right files with -f and --env-file`;
	const variable = text.match(/required variable (\w+) is missing a value/);
	if (variable) return `Set ${variable[1]} in the .env file beside the compose file`;
	if (/yaml:/.test(text)) return 'Correct the YAML at the line that Compose names';
	return 'Correct what Compose names, or pass the same -f, --profile and --env-file flags with which the stack was started';
}
