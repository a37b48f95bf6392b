import type {Stack, StackWarning} from './stack.js';
import type {StackFacts} from './stack-facts.js';

/** What the files alone give cause to warn of. */
export function findWarnings(_stack: Stack, _facts: StackFacts): readonly StackWarning[] {
	return [];
}
