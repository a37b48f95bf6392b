import {readFile, stat} from 'node:fs/promises';
import type {Compose, ComposeTarget, ContainerSummary} from '../engine/types.js';
import {findComposeFiles} from './compose-files.js';
import {type ComposeModel, parseComposeModel} from './compose-model.js';
import {describeStack, type StackDraft} from './describe-stack.js';
import {readDockerfiles} from './dockerfile.js';
import {readRawFiles} from './raw-files.js';
import {composeLabels, modelFromContainers, type Runtime} from './runtime.js';

export type FilesDraft = StackDraft & {
	/** What Docker Compose warned of, in its own words. */
	readonly composeWarnings: readonly string[];
};

/**
 * Reads a stack from its files with `docker compose config` and no engine. Throws what Compose's refusal is translated to
 * (compose-file-invalid, stack-not-found), docker-cli-missing and compose-missing.
 */
export async function loadStackFromFiles(
	target: ComposeTarget,
	tools: {
		readonly compose: Pick<Compose, 'config'>;
		readonly environment: Readonly<Record<string, string | undefined>>;
	},
	signal?: AbortSignal,
): Promise<FilesDraft> {
	const [config, files] = await Promise.all([
		tools.compose.config(target, {}, signal),
		findComposeFiles(target, tools.environment, readText).then(async found => ({
			...found,
			raw: await readRawFiles({
				files: found.files,
				projectDirectory: found.projectDirectory,
				envFiles: target.envFiles,
				cwd: target.cwd,
				environment: tools.environment,
			}),
		})),
	]);
	const model = parseComposeModel(config.model);
	const [dockerfiles, secretValues] = await Promise.all([
		readDockerfiles(model, files.projectDirectory),
		readSecretValues(model, files.raw.variables),
	]);
	const draft = await describeStack({
		model,
		raw: files.raw,
		directory: files.projectDirectory,
		dockerfiles,
		secretValues,
		target: {
			...target,
			files: files.files,
			projectName: target.projectName,
			projectDirectory: target.projectDirectory,
		},
		source: 'model',
	});
	return {...draft, composeWarnings: config.warnings};
}

export async function readText(path: string): Promise<string | undefined> {
	try {
		return await readFile(path, 'utf8');
	} catch {
		return undefined;
	}
}

/** Draws up the stack from its containers alone, with what can be read of the raw files that their labels name. */
export async function loadStackFromContainers(
	containers: readonly ContainerSummary[],
	target: ComposeTarget,
	runtime: Runtime,
	environment: Readonly<Record<string, string | undefined>>,
): Promise<FilesDraft> {
	const labels = containers[0]?.labels ?? {};
	const project = labels[composeLabels.project] ?? '';
	const directory = labels[composeLabels.directory] ?? target.cwd;
	const raw = await readRawFiles({
		files: target.files,
		projectDirectory: directory,
		envFiles: target.envFiles,
		cwd: target.cwd,
		environment,
	});
	const draft = await describeStack({
		model: modelFromContainers(project, runtime),
		raw,
		directory,
		dockerfiles: new Map(),
		secretValues: new Map(),
		target: {...target, projectName: project},
		source: 'containers',
	});
	return {...draft, composeWarnings: []};
}

/** Contents of the small files behind top-level secrets: a server may be told its user and database by them. */
async function readSecretValues(
	model: ComposeModel,
	variables: Readonly<Record<string, string>>,
): Promise<ReadonlyMap<string, string>> {
	const values = new Map<string, string>();
	for (const {name, file, variable} of model.secrets) {
		if (variable !== null && variables[variable] !== undefined) values.set(name, variables[variable]);
		if (file === null) continue;
		try {
			const {size} = await stat(file);
			if (size <= 4096) values.set(name, await readFile(file, 'utf8'));
		} catch {
			// Not here or not ours to read: then nothing is known of it.
		}
	}

	return values;
}
