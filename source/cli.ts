#!/usr/bin/env node
import {setMaxListeners} from 'node:events';
import {Command, CommanderError, InvalidArgumentError, Option} from 'commander';
import type {CommandDefinition, GlobalOptions} from './commands/command.js';
import {commands} from './commands/registry.js';
import {prepareEnvironment} from './environment.js';
import {AppError, describeError} from './errors.js';
import type {Invocation} from './run.js';
import {version} from './version.js';

process.on('uncaughtException', failAsBug);
// One signal cancels all that runs in parallel, which is more than the ten at which Node suspects a leak, and its warning would stand across the screen.
setMaxListeners(0);
process.exitCode = await main(process.argv.slice(2));
// Everything has been said. A connection that is still open somewhere must not keep the terminal waiting.
setTimeout(() => process.exit(), 500).unref();

async function main(argv: readonly string[]): Promise<number> {
	prepareEnvironment(process.env, argv);
	for (const stream of [process.stdout, process.stderr]) {
		stream.on('error', (error: NodeJS.ErrnoException) => {
			// `lifeboat … | head`: the reader has gone, there is nobody left to tell.
			if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
			throw error;
		});
	}

	let invocation: Invocation | undefined;
	const program = buildProgram(found => {
		invocation = found;
	});
	try {
		await program.parseAsync(argv, {from: 'user'});
	} catch (error) {
		return failUsage(error, argv);
	}

	if (invocation === undefined) return 0;
	await import('./validation.js');
	const {run} = await import('./run.js');
	return run(invocation);
}

/** A mistake of ours that nobody caught: one readable message instead of a page of bundled code. */
function failAsBug(error: unknown): never {
	const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
	process.stderr.write(`lifeboat: this is a mistake in Lifeboat, please report it:\n${text}\n`);
	process.exit(1);
}

function buildProgram(onFound: (invocation: Invocation) => void): Command {
	const program = new Command('lifeboat')
		.description(
			'Back up, restore, upgrade and troubleshoot a Docker Compose stack with PostgreSQL.\nWithout a command: the wizard, on the stack of this folder.',
		)
		.version(version, '--version', 'show the version')
		.helpOption('-h, --help', 'show help')
		.helpCommand(false)
		.showSuggestionAfterError(true)
		.exitOverride()
		.configureOutput({outputError: () => {}});
	addGlobalOptions(program);
	program.action((_options, command: Command) => {
		const [word] = command.args;
		if (word !== undefined) throw unknownCommand(word);
		onFound({definition: undefined, arguments: [], options: {}, globals: globalsOf(command)});
	});
	program.allowExcessArguments(true);
	for (const definition of commands) addCommand(program, definition, onFound);
	program.addHelpText(
		'after',
		'\nExamples:\n  lifeboat                        open the wizard\n  lifeboat backup                 back up the stack of this folder\n  lifeboat -f compose.prod.yml detect --json\n\nExit codes: 0 done, 1 failed (nothing lost), 2 wrong usage, 3 the environment refused, 4 problems found, 130 cancelled',
	);
	return program;
}

function addCommand(program: Command, definition: CommandDefinition, onFound: (invocation: Invocation) => void): void {
	const command = program
		.command(definition.name)
		.description(definition.summary)
		.helpOption('-h, --help', 'show help')
		.exitOverride()
		.configureOutput({outputError: () => {}});
	if (definition.alias !== undefined) command.alias(definition.alias);
	for (const argument of definition.arguments ?? []) command.argument(argument.syntax, argument.description);
	for (const {flags, description, repeatable, choices, integer} of definition.options ?? []) {
		const option = new Option(flags, description);
		if (repeatable)
			option.argParser((value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value]);
		if (integer) option.argParser(parseInteger);
		if (choices) option.choices(choices);
		command.addOption(option);
	}

	addGlobalOptions(command, definition.options?.map(option => option.flags) ?? []);
	command.addHelpText(
		'after',
		`\nExamples:\n${definition.examples.map(([line, meaning]) => `  ${line.padEnd(42)}  ${meaning}`).join('\n')}`,
	);
	command.action((...parameters: unknown[]) => {
		const self = parameters.at(-1) as Command;
		onFound({definition, arguments: self.args, options: self.opts(), globals: globalsOf(self)});
	});
}

function addGlobalOptions(command: Command, taken: readonly string[] = []): void {
	const collect = (value: string, previous: readonly string[] | undefined) => [...(previous ?? []), value];
	const options = [
		new Option('-f, --file <file>', 'compose file (repeatable)').argParser(collect),
		new Option('-p, --project-name <name>', 'project name'),
		new Option('--project-directory <folder>', 'project directory'),
		new Option('--profile <name>', 'profile to enable (repeatable)').argParser(collect),
		new Option('--env-file <file>', 'environment file (repeatable)').argParser(collect),
		new Option('--json', 'print one JSON document on stdout'),
		new Option('-y, --yes', 'run the plan without questions'),
		new Option('--dry-run', 'show the plan, change nothing'),
		new Option('-q, --quiet', 'print results and errors only'),
		new Option('--verbose', 'show the plan, reasons and tool output'),
		new Option('--no-color', 'no colours'),
	];
	for (const option of options) {
		if (!taken.some(flags => flags.includes(option.long ?? '-'))) command.addOption(option);
	}
}

/** Global flags count before and after the command's name. */
function globalsOf(command: Command): GlobalOptions {
	const own = command.opts();
	const above = command.parent?.opts() ?? {};
	const list = (name: string): readonly string[] => [...(above[name] ?? []), ...(own[name] ?? [])];
	const flag = (name: string): boolean => Boolean(own[name] ?? above[name]);
	return {
		file: list('file'),
		projectName: own['projectName'] ?? above['projectName'],
		projectDirectory: own['projectDirectory'] ?? above['projectDirectory'],
		profile: list('profile'),
		envFile: list('envFile'),
		json: flag('json'),
		yes: flag('yes'),
		dryRun: flag('dryRun'),
		quiet: flag('quiet'),
		verbose: flag('verbose'),
	};
}

function parseInteger(value: string): number {
	if (!/^\d+$/.test(value)) throw new InvalidArgumentError('It must be a whole number.');
	return Number(value);
}

function unknownCommand(word: string): AppError {
	const names = commands.flatMap(command => [command.name, ...(command.alias === undefined ? [] : [command.alias])]);
	const nearest = names
		.map(name => ({name, distance: editDistance(word, name)}))
		.sort((a, b) => a.distance - b.distance)[0];
	const suggestion =
		nearest && nearest.distance <= 3 ? `did you mean \`lifeboat ${nearest.name}\`?` : 'see `lifeboat --help`';
	return new AppError('usage', `There is no command ${word}: ${suggestion}`);
}

/** Levenshtein distance of two short words. */
function editDistance(left: string, right: string): number {
	let row = Array.from({length: right.length + 1}, (_, index) => index);
	for (let i = 1; i <= left.length; i++) {
		const next = [i];
		for (let j = 1; j <= right.length; j++) {
			const change = (row[j - 1] ?? 0) + (left[i - 1] === right[j - 1] ? 0 : 1);
			next[j] = Math.min(change, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1);
		}
		row = next;
	}

	return row[right.length] ?? 0;
}

/** Wrong usage is one line with the nearest right word (exit 2); help and version asked for are no errors. */
function failUsage(error: unknown, argv: readonly string[]): number {
	if (error instanceof CommanderError && error.exitCode === 0) return 0;
	const usage =
		error instanceof AppError
			? error
			: new AppError(
					'usage',
					error instanceof Error ? error.message.replace(/^error: /, '').replace(/\s*\n\s*/g, ' ') : String(error),
					{hint: 'See `lifeboat --help`'},
				);
	if (argv.includes('--json')) process.stdout.write(`${JSON.stringify({ok: false, error: describeError(usage)})}\n`);
	else process.stderr.write(`lifeboat: ${usage.message}\n`);
	return usage.exitCode;
}
