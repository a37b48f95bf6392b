import {basename, dirname, join, resolve} from 'node:path';
import type {ComposeTarget} from '../engine/types.js';
import {findComposeFiles, findOverride} from './compose-files.js';
import {readText} from './load-stack.js';
import {type RawFiles, readRawFiles} from './raw-files.js';

/** The files of a stack as text, for what edits them. Holds secrets: never print it. */
export type StackFiles = {
	readonly raw: RawFiles;
	readonly projectDirectory: string;
	/** Text of every compose and env file that could be read, by absolute path. */
	readonly texts: ReadonlyMap<string, string>;
	/** Where a `.env` belongs that is not there yet. */
	readonly dotenv: string;
	/** The override file beside the first compose file that Compose loads by itself; null when the files were named one by one. */
	readonly override: string | null;
	/** The environment that Lifeboat was started with: it wins over every file. */
	readonly shell: Readonly<Record<string, string | undefined>>;
};

/** Reads the compose and env files of a stack whose target names its files. Never throws for a file that is missing or broken. */
export async function readStackFiles(
	target: ComposeTarget,
	directory: string,
	shell: Readonly<Record<string, string | undefined>>,
): Promise<StackFiles> {
	const raw = await readRawFiles({
		files: target.files,
		projectDirectory: directory,
		envFiles: target.envFiles,
		cwd: target.cwd,
		environment: shell,
	});
	const dotenv = resolve(target.cwd, target.envFiles[0] ?? join(directory, '.env'));
	const paths = [...new Set([...raw.composeFiles, ...raw.dotenvFiles, ...raw.envFiles, dotenv])];
	const found = await Promise.all(
		paths.map(async path => {
			const text = await readText(path);
			return text === undefined ? [] : [[path, text] as const];
		}),
	);
	// Without flags Compose takes an override file beside the compose file; named files stand for themselves.
	const byItself = await findComposeFiles({...target, files: []}, shell, readText);
	const [main] = target.files;
	const isByItself = main !== undefined && byItself.files.join('\n') === target.files.join('\n');
	return {
		raw,
		projectDirectory: directory,
		texts: new Map(found.flat()),
		dotenv,
		override: isByItself && shell['COMPOSE_FILE'] === undefined ? await overrideOf(main) : null,
		shell,
	};
}

/** `compose.yaml` is overridden by `compose.override.yaml`, if no other spelling is there already. */
async function overrideOf(main: string): Promise<string> {
	return (
		(await findOverride(dirname(main))) ?? join(dirname(main), basename(main).replace(/(\.ya?ml)$/, '.override$1'))
	);
}
