import {cp, mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {StackDefinition} from './definitions.js';
import {releasesUpTo, stackSource} from './repository.js';
import {attempt, run} from './run.js';
import {withLock} from './state.js';

const container = 'lifeboat-lab-registry';

/** Starts the lab's registry where it does not run, and returns the port on this machine at which it answers. */
export function ensureRegistry(): Promise<string> {
	return withLock('registry', async () => {
		if ((await attempt(['docker', 'start', container])).exitCode !== 0) {
			await run([
				...['docker', 'run', '--detach', '--name', container, '--restart', 'unless-stopped'],
				...['--label', 'lifeboat-lab=registry', '--publish', '127.0.0.1::5000', 'registry:2'],
			]);
		}
		const published = await run(['docker', 'port', container, '5000/tcp']);
		return published.trim().split('\n')[0]?.split(':').at(-1) ?? '';
	});
}

/** Removes the registry with everything that was pushed to it. */
export async function removeRegistry(): Promise<void> {
	await attempt(['docker', 'rm', '--force', '--volumes', container]);
}

/** How the stacks of a project name the lab's registry in `image:`. */
export async function findImagePrefix(project: string): Promise<string> {
	return `127.0.0.1:${await ensureRegistry()}/${project}`;
}

/**
 * Builds an application's images of one release and pushes them as `:1.1.0` and `:latest`, by another name of the
 * registry than the stacks use, so that this engine's own `latest` changes only when somebody pulls.
 */
export async function pushRelease(definition: StackDefinition, project: string, tag: string): Promise<void> {
	const port = await ensureRegistry();
	const context = await mkdtemp(join(tmpdir(), 'lifeboat-lab-'));
	try {
		await cp(stackSource(definition.name, 'image'), context, {recursive: true});
		for (const release of releasesUpTo(definition, tag).slice(1)) {
			await cp(stackSource(definition.name, 'releases', release, 'image'), context, {recursive: true});
		}
		const repositories = (definition.ownImages ?? []).map(service => ({
			service,
			repository: `localhost:${port}/${project}/${service}`,
		}));
		const version = tag.replace(/^v/, '');
		for (const {service, repository} of repositories) {
			const tags = ['--tag', `${repository}:${version}`, '--tag', `${repository}:latest`];
			await run(['docker', 'build', '--quiet', ...tags, '--build-arg', `SERVICE=${service}`, context]);
		}
		await Promise.all(repositories.map(({repository}) => run(['docker', 'push', '--quiet', '--all-tags', repository])));
		await run([
			'docker',
			'image',
			'rm',
			...repositories.flatMap(({repository}) => [`${repository}:${version}`, `${repository}:latest`]),
		]);
	} finally {
		await rm(context, {recursive: true});
	}
}
