import type {AnyFlow} from '../flows/flow.js';
import type {HeadlessContext} from '../headless.js';

/** Global flags, the same words as Docker Compose's (product.md, "The commands"). */
export type GlobalOptions = {
	readonly file: readonly string[];
	readonly projectName?: string | undefined;
	readonly projectDirectory?: string | undefined;
	readonly profile: readonly string[];
	readonly envFile: readonly string[];
	readonly json: boolean;
	readonly yes: boolean;
	readonly dryRun: boolean;
	readonly quiet: boolean;
	readonly verbose: boolean;
};

export type CommandInput = {
	readonly arguments: readonly string[];
	/** Options by their camel-case name, as commander parsed them; absent ones are undefined. */
	readonly options: Readonly<Record<string, unknown>>;
};

/**
 * A command as the command line sees it: words only, so that `--help` and usage errors load nothing else.
 * Either `flow` (shared with the wizard) with the answers that its flags give, or `run`.
 */
export type CommandDefinition = {
	readonly name: string;
	readonly alias?: string;
	readonly summary: string;
	readonly arguments?: readonly {readonly syntax: string; readonly description: string}[];
	readonly options?: readonly {
		readonly flags: string;
		readonly description: string;
		/** May be given more than once. */
		readonly repeatable?: boolean;
		readonly choices?: readonly string[];
		/** Whole number. */
		readonly integer?: boolean;
	}[];
	readonly examples: readonly (readonly [command: string, meaning: string])[];
} & (
	| {
			readonly flow: (input: CommandInput) => Promise<AnyFlow>;
			readonly answers: (input: CommandInput) => Readonly<Record<string, unknown>>;
			/** The flow can begin where there is no stack yet, or none that Compose accepts. */
			readonly setsUp?: boolean;
	  }
	| {readonly run: () => Promise<CommandRunner>}
);

/** Runs a command that is no flow and resolves with the exit code. Throws AppError. */
export type CommandRunner = (input: CommandInput, context: HeadlessContext) => Promise<number>;
