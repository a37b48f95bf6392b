import type {Manifest} from '../../bundle/manifest.js';
import {findBuildContexts, findProjectName, findUnbuildable} from '../../stack/build-contexts.js';
import {envFileValues} from '../../stack/env-file.js';
import type {RestoreSource} from './open-source.js';

/** What names the project in the files themselves: COMPOSE_PROJECT_NAME in `.env`, else `name:` in a compose file. */
export async function readProjectName(
	manifest: Manifest,
	source: Pick<RestoreSource, 'openPart'>,
): Promise<string | undefined> {
	const [dotenv = '', ...composeFiles] = await readParts(['.env', ...manifest.composeFiles], manifest, source);
	return envFileValues(dotenv)['COMPOSE_PROJECT_NAME'] || composeFiles.map(findProjectName).findLast(Boolean);
}

/** The texts of files of the configuration; empty for those that are not in the backup. */
function readParts(
	files: readonly string[],
	manifest: Manifest,
	source: Pick<RestoreSource, 'openPart'>,
): Promise<readonly string[]> {
	return Promise.all(
		files.map(async file => {
			const part = `config/${file}`;
			return manifest.parts.some(one => one.path === part) ? await readText(source.openPart(part)) : '';
		}),
	);
}

/** Services that are built from source code which is not in the folder. */
export async function findUnbuildableServices(
	manifest: Manifest,
	directory: string,
	source: Pick<RestoreSource, 'openPart'>,
): Promise<readonly string[]> {
	const texts = await readParts(manifest.composeFiles, manifest, source);
	const built = new Set(manifest.services.filter(service => service.build).map(service => service.name));
	const contexts = texts.flatMap(findBuildContexts).filter(context => built.has(context.service));
	return findUnbuildable(contexts, directory);
}

async function readText(chunks: AsyncIterable<Buffer>): Promise<string> {
	const all: Buffer[] = [];
	for await (const chunk of chunks) all.push(chunk);
	return Buffer.concat(all).toString('utf8');
}
