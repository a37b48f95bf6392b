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

export type EditedService = {
	readonly service: string;
	/** The override file that was added after the containers were made; null when a file that they were made from has changed. */
	readonly file: string | null;
};

/**
 * Services whose containers were made from other text than the files have now. One with an env file is left out: Compose's fingerprint does not
 * hold still there.
 */
export async function findEditedServices(
	stack: Stack,
	tools: {readonly compose: Pick<Compose, 'run'>; readonly docker: Pick<Docker, 'listContainers'>},
	environment: Readonly<Record<string, string | undefined>>,
	signal: AbortSignal,
): Promise<readonly EditedService[]> {
	const containers = await tools.docker.listContainers({project: stack.project, all: true}, signal);
	const made = containers.filter(({labels}) => labels[composeLabels.oneOff]?.toLowerCase() !== 'true');
	const added = await findNewerOverride(stack.target, Math.max(0, ...made.map(({createdAt}) => createdAt)));
	const files = added === null ? stack.target.files : [...stack.target.files, added];
	const [hashes, raw] = await Promise.all([
		readConfigHashes({...stack.target, files}, tools, signal),
		readRawFiles({
			files,
			projectDirectory: stack.directory,
			envFiles: stack.target.envFiles,
			cwd: stack.target.cwd,
			environment,
		}),
	]);
	return stack.services.flatMap(({name, dependsOn}) => {
		const wanted = hashes?.get(name);
		const hasEnvFile = raw.services.get(name)?.some(({envFiles}) => envFiles.length > 0) ?? false;
		const own = made.filter(({labels}) => labels[composeLabels.service] === name);
		if (wanted === undefined || hasEnvFile) return [];
		return own.some(({labels}) => isMadeOtherwise(labels, wanted, dependsOn)) ? [{service: name, file: added}] : [];
	});
}

/** An override file that Compose would take by itself at the next `up`, while what runs was made without it. One that is older was left out on purpose. */
async function findNewerOverride({files}: ComposeTarget, since: number): Promise<string | null> {
	const [main, ...others] = files;
	if (main === undefined || others.length > 0) return null;
	const override = await findOverride(dirname(main));
	if (override === undefined || override === main) return null;
	const changed = await stat(override).catch(() => undefined);
	return changed !== undefined && changed.mtimeMs > since ? override : null;
}
