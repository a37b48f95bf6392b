import type {AppError} from '../errors.js';
import type {Runtime} from './runtime.js';
import type {ServerAnswers} from './server-desk.js';
import type {Stack, StackWarning} from './stack.js';
import type {StackFacts} from './stack-facts.js';
import {databaseWarnings} from './warnings-database.js';
import {fileWarnings} from './warnings-files.js';
import {secretWarnings} from './warnings-secrets.js';

/** What is known beyond the stack itself at the time of the question; absent means not known yet. */
export type WarningContext = {
	readonly composeWarnings?: readonly string[] | undefined;
	/** Why the engine was not asked. */
	readonly engineError?: AppError | undefined;
	/** Why Compose refuses the files. */
	readonly refusal?: AppError | undefined;
	/** Folder of a project of the same name that is not this one. */
	readonly strangerDirectory?: string | undefined;
	readonly expectedHashes?: ReadonlyMap<string, string> | undefined;
	readonly runtime?: Runtime | undefined;
	readonly answers?: ServerAnswers | undefined;
	/** Services in whose containers a PostgreSQL was seen to run. */
	readonly embedded?: readonly string[] | undefined;
	/** How many backups Lifeboat remembers. */
	readonly backups?: number | undefined;
};

export type WarningInput = {readonly stack: Stack; readonly facts: StackFacts; readonly context: WarningContext};

/** One thing to warn of. Messages name variables, never their values. */
export type WarningRule = {
	readonly code: string;
	readonly find: (input: WarningInput) => readonly Omit<StackWarning, 'code'>[];
};

export const warningRules: readonly WarningRule[] = [...fileWarnings, ...databaseWarnings, ...secretWarnings];

/** What gives cause to warn, each with what to do. The engine's own errors keep their code. */
export function findWarnings(stack: Stack, facts: StackFacts, context: WarningContext = {}): readonly StackWarning[] {
	return warningRules.flatMap(({code, find}) =>
		find({stack, facts, context}).map(warning => ({
			code: code === 'engine' && context.engineError ? context.engineError.code : code,
			...warning,
		})),
	);
}
