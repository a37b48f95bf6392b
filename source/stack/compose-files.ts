import {access, readdir} from 'node:fs/promises';
import {dirname, isAbsolute, join, resolve} from 'node:path';
import type {ComposeTarget} from '../engine/types.js';
import {envFileValues} from './env-file.js';

export type ComposeFiles = {
	/** Top-level compose files in order, absolute; empty when there is none. */
	readonly files: readonly string[];
	readonly projectDirectory: string;
};

const defaultNames = ['compose.yaml', 'compose.yml', 'docker-compose.yml', 'docker-compose.yaml'];
const overrideNames = [
	'compose.override.yml',
	'compose.override.yaml',
	'docker-compose.override.yml',
	'docker-compose.override.yaml',
];

/**
 * The files that Docker Compose takes for a target: `-f`, else COMPOSE_FILE of the shell or `.env`, else the default names in the
 * folder or the nearest one above, with its override (https://docs.docker.com/compose/how-tos/multiple-compose-files/merge/).
 */
export async function findComposeFiles(
	target: ComposeTarget,
	environment: Readonly<Record<string, string | undefined>>,
	read: (path: string) => Promise<string | undefined>,
): Promise<ComposeFiles> {
	const base = target.projectDirectory ?? target.cwd;
	const given = target.files.length > 0 ? target.files : await filesOfVariable(target, environment, read);
	if (given.length > 0) {
		const files = given.filter(file => file !== '-').map(file => (isAbsolute(file) ? file : resolve(target.cwd, file)));
		return {files, projectDirectory: target.projectDirectory ?? (files[0] === undefined ? base : dirname(files[0]))};
	}

	for (let folder = base; ; folder = dirname(folder)) {
		const [main] = await existing(folder, defaultNames);
		if (main !== undefined) {
			const override = await findOverride(folder);
			return {
				files: override === undefined ? [main] : [main, override],
				projectDirectory: target.projectDirectory ?? folder,
			};
		}

		if (folder === dirname(folder)) return {files: [], projectDirectory: base};
	}
}

/** The override file in a folder that Compose takes by itself. */
export async function findOverride(folder: string): Promise<string | undefined> {
	return (await existing(folder, overrideNames))[0];
}

/** Names of files in a folder that look like compose files but have none of the default names. */
export async function findLikelyFiles(folder: string): Promise<readonly string[]> {
	const names = await readdir(folder).catch(() => []);
	return names.filter(name => /compose.*\.ya?ml$|^(?:stack|quickstart)\S*\.ya?ml$/i.test(name)).sort();
}

async function filesOfVariable(
	target: ComposeTarget,
	environment: Readonly<Record<string, string | undefined>>,
	read: (path: string) => Promise<string | undefined>,
): Promise<readonly string[]> {
	const paths = target.envFiles.length > 0 ? target.envFiles : [join(target.projectDirectory ?? target.cwd, '.env')];
	const dotenv: Record<string, string> = {};
	for (const path of paths) Object.assign(dotenv, envFileValues((await read(path)) ?? ''));
	const value = environment['COMPOSE_FILE'] ?? dotenv['COMPOSE_FILE'];
	if (!value) return [];
	const separator =
		environment['COMPOSE_PATH_SEPARATOR'] ??
		dotenv['COMPOSE_PATH_SEPARATOR'] ??
		(process.platform === 'win32' ? ';' : ':');
	return value.split(separator).filter(Boolean);
}

async function existing(folder: string, names: readonly string[]): Promise<readonly string[]> {
	const found = await Promise.all(
		names.map(async name => {
			try {
				await access(join(folder, name));
				return [join(folder, name)];
			} catch {
				return [];
			}
		}),
	);
	return found.flat();
}
