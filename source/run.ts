import type {CommandDefinition, GlobalOptions} from './commands/command.js';
import {createServices} from './create-services.js';
import {canUseScreen} from './environment.js';
import {AppError, cancelled} from './errors.js';
import {createHeadlessContext, reportFailure} from './headless.js';

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
		return await runHeadless(invocation);
	} catch (error) {
		return reportFailure(error, globals);
	}
}

async function runHeadless({definition, globals, ...input}: Invocation): Promise<number> {
	if (definition === undefined) throw wizardNeedsTerminal();
	const services = createServices(process.env, process.cwd());
	const controller = new AbortController();
	const removeHandlers = abortOnSignals(controller);
	try {
		const context = createHeadlessContext(services, globals, controller.signal);
		if ('run' in definition) {
			const command = await definition.run();
			return await command(input, context);
		}

		throw new AppError('bug', `${definition.name} has no runner`);
	} finally {
		removeHandlers();
	}
}

/** First signal: abort and clean up. Second: leave at once; the journal tells the next start what was under way. */
function abortOnSignals(controller: AbortController): () => void {
	const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
	const handler = () => {
		if (controller.signal.aborted) process.exit(130);
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

/** For the wizard: both ends of the terminal are there. */
export function hasScreen(globals: GlobalOptions): boolean {
	return canUseScreen(
		{stdinIsTty: process.stdin.isTTY === true, stdoutIsTty: process.stdout.isTTY === true},
		process.env,
		globals,
	);
}
