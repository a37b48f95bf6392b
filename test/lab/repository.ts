import {createHash} from 'node:crypto';
import {access, cp, mkdtemp, readdir, readFile, rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import type {StackDefinition} from './definitions.js';
import {run} from './run.js';
import {labPath, prepareLabPath, withLock} from './state.js';

const firstRelease = 'v1.0.0';
const stacks = fileURLToPath(new URL('stacks/', import.meta.url));

/** The releases from v1.0.0 to that one, each following the one before. */
export function releasesUpTo(definition: StackDefinition, tag: string): readonly string[] {
	const parent = definition.releases[tag];
	return parent === undefined ? [tag] : [...releasesUpTo(definition, parent), tag];
}

/** The folder with an application's own files. */
export function stackSource(name: string, ...parts: readonly string[]): string {
	return join(stacks, name, ...parts);
}

/**
 * Clones an application into `directory` from a bare origin of its own at `origin`; both stand at v1.0.0, and the
 * later releases are there as tags only until one is published.
 */
export async function cloneApplication(definition: StackDefinition, directory: string, origin: string): Promise<void> {
	const template = await ensureTemplate(definition);
	await run(['git', 'clone', '--quiet', '--bare', template, origin]);
	await publishRelease(origin, firstRelease);
	await run(['git', 'clone', '--quiet', origin, directory]);
}

/** Makes a bare repository of an application's content folder at `origin` and clones it into `directory`. */
export async function cloneContent(definition: StackDefinition, directory: string, origin: string): Promise<void> {
	await run(['git', 'init', '--quiet', '--bare', '--initial-branch', 'main', origin]);
	await run(['git', 'clone', '--quiet', origin, directory]);
	await cp(stackSource(definition.name, 'content'), directory, {recursive: true});
	const git = (...args: readonly string[]) => run(['git', '-C', directory, ...args], {env: authorship});
	await commit(git, 'content');
	await git('push', '--quiet', 'origin', 'HEAD:main');
}

/** Makes that release the newest commit of the origin's main branch, as if its authors had pushed it. */
export async function publishRelease(origin: string, tag: string): Promise<void> {
	await run(['git', '-C', origin, 'update-ref', 'refs/heads/main', `refs/tags/${tag}^{commit}`]);
}

/** A bare repository with every release, made once for each state of the application's files. */
async function ensureTemplate(definition: StackDefinition): Promise<string> {
	const path = await prepareLabPath(
		'templates',
		`${definition.name}-${await hashFolder(stackSource(definition.name))}.git`,
	);
	return withLock(`template-${definition.name}`, async () => {
		const exists = await access(path).then(
			() => true,
			() => false,
		);
		if (!exists) {
			await makeTemplate(definition, path);
		}
		return path;
	});
}

async function makeTemplate(definition: StackDefinition, path: string): Promise<void> {
	const folder = await mkdtemp(labPath('templates', 'new-'));
	const git = (...args: readonly string[]) => run(['git', '-C', folder, ...args], {env: authorship});
	await git('init', '--quiet', '--initial-branch', 'main');
	await cp(stackSource(definition.name, 'repository'), folder, {recursive: true});
	await commit(git, firstRelease);
	for (const [tag, parent] of Object.entries(definition.releases)) {
		await git('checkout', '--quiet', '-B', 'main', parent);
		await cp(stackSource(definition.name, 'releases', tag), folder, {recursive: true});
		await commit(git, tag);
	}
	await run(['git', 'clone', '--quiet', '--bare', folder, `${path}.partial`]);
	await rename(`${path}.partial`, path);
	await rm(folder, {recursive: true});
}

async function commit(git: (...args: readonly string[]) => Promise<string>, tag: string): Promise<void> {
	await git('add', '--all');
	await git('commit', '--quiet', '--message', `Release ${tag}`);
	await git('tag', tag);
}

/** Fixed, so that the same files give the same revisions on every machine. */
const authorship = {
	GIT_AUTHOR_NAME: 'Lab',
	GIT_AUTHOR_EMAIL: 'lab@localhost',
	GIT_AUTHOR_DATE: '2026-03-01T12:00:00Z',
	GIT_COMMITTER_NAME: 'Lab',
	GIT_COMMITTER_EMAIL: 'lab@localhost',
	GIT_COMMITTER_DATE: '2026-03-01T12:00:00Z',
	GIT_CONFIG_GLOBAL: '/dev/null',
};

async function hashFolder(folder: string): Promise<string> {
	const hash = createHash('sha256');
	const files = await readdir(folder, {recursive: true, withFileTypes: true});
	const paths = files.filter(file => file.isFile()).map(file => join(file.parentPath, file.name));
	for (const path of paths.sort()) {
		hash.update(path.slice(folder.length)).update(await readFile(path));
	}
	return hash.digest('hex').slice(0, 12);
}
