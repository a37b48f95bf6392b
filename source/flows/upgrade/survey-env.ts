import {readFile} from 'node:fs/promises';
import {dirname, join, relative} from 'node:path';
import type {Git} from '../../engine/git.js';
import {findNewVariables, isEnvExample, type NewVariable} from '../../release/env-examples.js';
import {type Incoming, type RepositoryState, readFileAt} from '../../release/repository.js';
import {envFileValues} from '../../stack/env-file.js';
import type {Stack} from '../../stack/stack.js';

/** New variables of an example file that the stack's own env file lacks. */
export type EnvDifference = {
	readonly example: string;
	readonly envFile: string;
	readonly variables: readonly NewVariable[];
};

/** Compares the example files that a release changes with the env file beside them. */
export async function surveyEnvironment(
	git: Git,
	state: RepositoryState,
	incoming: Incoming,
	stack: Stack,
	signal: AbortSignal,
): Promise<readonly EnvDifference[]> {
	const examples = incoming.files.filter(file => file.status !== 'D' && isEnvExample(file.path));
	const found = await Promise.all(
		examples.map(async ({path}) => {
			const [before, after] = await Promise.all([
				readFileAt(git, state.revision, path, signal),
				readFileAt(git, incoming.revision, path, signal),
			]);
			const folder = dirname(join(state.root, path));
			const envFile =
				stack.envFiles.find(name => dirname(join(stack.directory, name)) === folder) ??
				stack.envFiles[0] ??
				join(relative(stack.directory, folder), '.env');
			const have = await namesIn(join(stack.directory, envFile));
			return {example: path, envFile, variables: findNewVariables(path, before, after ?? '', have)};
		}),
	);
	return found.filter(difference => difference.variables.length > 0);
}

async function namesIn(file: string): Promise<ReadonlySet<string>> {
	try {
		return new Set(Object.keys(envFileValues(await readFile(file, 'utf8'))));
	} catch {
		return new Set();
	}
}
