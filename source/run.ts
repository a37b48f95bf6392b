import type {CommandDefinition, GlobalOptions} from './commands/command.js';
import {canUseScreen} from './environment.js';
import {AppError, cancelled} from './errors.js';

// Everything heavy is imported where it is used: the first frame waits for Ink alone.

export type Invocation = {
	readonly definition: CommandDefinition | undefined;
	readonly arguments: readonly string[];
	readonly options: Readonly<Record<string, unknown>>;
	readonly globals: GlobalOptions;
};

/** Chooses the front end once, runs, and resolves with the exit code. Never throws. */
export async function run(invocation: Invocation): Promise<number> {
	const {globals} = invocation;
	try {
		return isForScreen(invocation) ? await runWizard(invocation) : await runHeadless(invocation);
	} catch (error) {
		const {reportFailure} = await import('./headless.js');
		return reportFailure(error, globals);
	}
}

/** The wizard opens without a command, and on a flow whose plan nobody has consented to yet. */
function isForScreen({definition, globals}: Invocation): boolean {
	if (
		!canUseScreen(
			{stdinIsTty: process.stdin.isTTY === true, stdoutIsTty: process.stdout.isTTY === true},
			process.env,
			globals,
		)
	)
		return false;
	if (definition === undefined) return true;
	return 'flow' in definition && !globals.yes && !globals.dryRun && !globals.quiet;
}

async function runWizard({definition, globals, ...input}: Invocation): Promise<number> {
	const {runInteractive} = await import('./interactive.js');
	return runInteractive(async () => {
		const [{createServices}, {wizardOptions}, {targetOf}] = await Promise.all([
			import('./create-services.js'),
			import('./wizard.js'),
			import('./commands/target.js'),
		]);
		const services = createServices(process.env, process.cwd());
		const initial =
			definition !== undefined && 'flow' in definition
				? {
						flow: await definition.flow(input),
						given: definition.answers(input),
						setsUp: definition.setsUp === true && input.arguments.length > 0,
					}
				: undefined;
		return wizardOptions(services, targetOf(globals, services.cwd), initial);
	});
}

async function runHeadless({definition, globals, ...input}: Invocation): Promise<number> {
	if (definition === undefined) throw wizardNeedsTerminal();
	const [{createServices}, {createHeadlessContext, runFlowHeadless}, {stackOf, stackOrPlace}] = await Promise.all([
		import('./create-services.js'),
		import('./headless.js'),
		import('./commands/stack-of.js'),
	]);
	const services = createServices(process.env, process.cwd());
	const controller = new AbortController();
	const removeHandlers = abortOnSignals(controller);
	try {
		const context = createHeadlessContext(services, globals, controller.signal);
		const {recoverFirst} = await import('./recover-first.js');
		await recoverFirst(definition.name, context, 'run' in definition);
		if ('run' in definition) {
			const command = await definition.run();
			return await command(input, context);
		}

		const findStack = definition.setsUp ? stackOrPlace : stackOf;
		const [flow, stack] = await Promise.all([definition.flow(input), findStack(globals, services, controller.signal)]);
		return await runFlowHeadless(flow, definition.answers(input), stack, context);
	} finally {
		removeHandlers();
	}
}

/** Signals closer together are one: npx passes on the Ctrl+C that the terminal has sent already, and a library of conf's sends each once more. */
const echoMs = 700;

/** First signal: abort and clean up. Second: leave at once; the journal tells the next start what was under way. */
function abortOnSignals(controller: AbortController): () => void {
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	let abortedAt = 0;
	const handler = () => {
		if (controller.signal.aborted && performance.now() - abortedAt > echoMs) process.exit(130);
		if (controller.signal.aborted) return;
		abortedAt = performance.now();
		controller.abort(cancelled('Cancelled'));
	};
	for (const signal of signals) process.on(signal, handler);
	return () => {
		for (const signal of signals) process.off(signal, handler);
	};
}

function wizardNeedsTerminal(): AppError {
	return new AppError('usage', 'The wizard needs a terminal; without one, name a command', {
		hint: 'See `lifeboat --help` for the commands, for example `lifeboat detect --json` or `lifeboat backup`',
		fix: ['lifeboat', '--help'],
	});
}
