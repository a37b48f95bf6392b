import {basename, relative, resolve} from 'node:path';
import {fingerprintSecrets} from '../../bundle/fingerprints.js';
import type {ManifestContent} from '../../bundle/manifest.js';
import type {Services} from '../../services.js';
import {readGitRevision} from '../../stack/git-revision.js';
import {describeServices} from './describe-services.js';
import type {BackupPlan} from './plan.js';
import {readSecretValues} from './read-secrets.js';

/** Services, revision and fingerprints for the manifest. Throws what `readSecretValues` and `describeServices` throw. */
export async function describeStack(
	stack: BackupPlan['stack'],
	services: Services,
	signal: AbortSignal,
): Promise<Pick<ManifestContent, 'services' | 'git' | 'fingerprints'>> {
	const [described, git, secrets] = await Promise.all([
		describeServices(stack, services, signal),
		readGitRevision(services.processes, stack.directory, signal),
		readSecretValues(stack, services, signal),
	]);
	return {services: described, git, fingerprints: fingerprintSecrets(secrets)};
}

/** With default names and no profile `docker compose` finds the files by itself. */
export function describeFlags({target, directory}: BackupPlan['stack']): ManifestContent['flags'] {
	const shorten = (file: string) => {
		const inside = relative(directory, resolve(target.cwd, file));
		return inside.startsWith('..') ? resolve(target.cwd, file) : inside;
	};
	const files = target.files.map(shorten);
	const isDefault = files.every(file => /^(?:docker-)?compose(?:\.override)?\.ya?ml$/.test(file));
	return {
		files: isDefault ? [] : files,
		profiles: [...target.profiles],
		envFiles: target.envFiles.map(shorten),
		projectName: target.projectName === basename(directory) ? null : (target.projectName ?? null),
	};
}
