import {stat} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Compose, ComposeTarget, Docker} from '../engine/types.js';
import {findOverride} from './compose-files.js';
import {readRawFiles} from './raw-files.js';
import {composeLabels} from './runtime.js';
import type {Stack} from './stack.js';

/** Compose's own fingerprint of each service as the files define it now; what a container was made from stands in its label. Undefined where Compose refuses. */
export async function readConfigHashes(
	target: ComposeTarget,
	{compose}: {readonly compose: Pick<Compose, 'run'>},
	signal: AbortSignal | undefined,
): Promise<ReadonlyMap<string, string> | undefined> {
	const result = await compose
		.run(target, ['config', '--hash', '*'], {signal, timeoutMs: 20_000})
		.catch(() => undefined);
	if (result?.exitCode !== 0) return undefined;
	return new Map(
		result.stdout.split('\n').flatMap(line => {
			const [service, hash] = line.trim().split(/\s+/);
			return service && hash ? [[service, hash] as const] : [];
		}),
	);
}

/**
 * Whether a container was made from another definition than this fingerprint stands for. `up --no-deps` takes the dependencies out of the definition
 * before it makes the fingerprint: such a container differs without an edit, and nothing is known of it.
 */
export function isMadeOtherwise(
	labels: Readonly<Record<string, string>>,
	wanted: string,
	dependsOn: readonly string[],
): boolean {
	if (dependsOn.length > 0 && !labels[composeLabels.dependsOn]) return false;
	return (labels[composeLabels.configHash] ?? wanted) !== wanted;
}

/**
 * The override file that Compose would take by itself at the next `up`, while what runs was made without it: added since. Null when there is none;
 * one that is older was left out on purpose.
 */
export async function findNewerOverride(
	{project, target: {files}}: Stack,
	{docker}: {readonly docker: Pick<Docker, 'listContainers'>},
	signal: AbortSignal,
): Promise<string | null> {
	const [main, ...others] = files;
	if (main === undefined || others.length > 0) return null;
	const override = await findOverride(dirname(main));
	if (override === undefined || override === main) return null;
	const made = await listMade(project, docker, signal);
	const changed = await stat(override).catch(() => undefined);
	return changed !== undefined && made.every(({createdAt}) => createdAt < changed.mtimeMs) ? override : null;
}

/**
 * Services whose containers were made from other text than the files of the target have now. One with an env file is left out: Compose's fingerprint
 * does not hold still there.
 */
export async function findEditedServices(
	{project, directory, target, services}: Stack,
	tools: {readonly compose: Pick<Compose, 'run'>; readonly docker: Pick<Docker, 'listContainers'>},
	environment: Readonly<Record<string, string | undefined>>,
	signal: AbortSignal,
): Promise<readonly string[]> {
	const {files, envFiles, cwd} = target;
	const [made, hashes, raw] = await Promise.all([
		listMade(project, tools.docker, signal),
		readConfigHashes(target, tools, signal),
		readRawFiles({files, projectDirectory: directory, envFiles, cwd, environment}),
	]);
	return services.flatMap(({name, dependsOn}) => {
		const wanted = hashes?.get(name);
		const hasEnvFile = raw.services.get(name)?.some(definition => definition.envFiles.length > 0) ?? false;
		const own = made.filter(({labels}) => labels[composeLabels.service] === name);
		if (wanted === undefined || hasEnvFile) return [];
		return own.some(({labels}) => isMadeOtherwise(labels, wanted, dependsOn)) ? [name] : [];
	});
}

async function listMade(project: string, docker: Pick<Docker, 'listContainers'>, signal: AbortSignal) {
	const containers = await docker.listContainers({project, all: true}, signal);
	return containers.filter(({labels}) => labels[composeLabels.oneOff]?.toLowerCase() !== 'true');
}
