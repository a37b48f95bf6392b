import type {AppError} from '../errors.js';
import type {Runtime} from './runtime.js';
import type {ServerAnswers} from './server-desk.js';
import type {Stack, StackWarning} from './stack.js';
import type {StackFacts} from './stack-facts.js';

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
	/** How many backups Lifeboat remembers. */
	readonly backups?: number | undefined;
};

/** What gives cause to warn, each with what to do. */
export function findWarnings(
	_stack: Stack,
	_facts: StackFacts,
	_context: WarningContext = {},
): readonly StackWarning[] {
	return [];
}
