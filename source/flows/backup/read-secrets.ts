import {readFile} from 'node:fs/promises';
import {resolve} from 'node:path';
import {isCancellation} from '../../errors.js';
import type {Services} from '../../services.js';
import {parseComposeModel} from '../../stack/compose-model.js';
import type {Stack} from '../../stack/stack.js';

/**
 * Values of the stack's secrets for fingerprints: variables by name (`service.NAME` where services differ), secret files by path.
 * Read from the files that Compose resolves, else from the containers. Never to be shown or kept.
 */
export async function readSecretValues(
	stack: Stack,
	services: Pick<Services, 'compose' | 'docker'>,
	signal: AbortSignal,
): Promise<Readonly<Record<string, string>>> {
	const environments = await readEnvironments(stack, services, signal);
	const values: Record<string, string> = {};
	for (const name of stack.secrets) {
		const found = Object.entries(environments).flatMap(([service, environment]) => {
			const value = environment[name];
			return value ? [{service, value}] : [];
		});
		const [first] = found;
		if (first === undefined) continue;
		if (found.every(one => one.value === first.value)) values[name] = first.value;
		else for (const {service, value} of found) values[`${service}.${name}`] = value;
	}

	for (const file of stack.secretFiles) {
		const value = await readFile(resolve(stack.directory, file), 'utf8').catch(() => undefined);
		if (value !== undefined) values[file] = value;
	}

	return values;
}

export type Environments = Readonly<Record<string, Readonly<Record<string, string | null | undefined>>>>;

/** Variables of every service, as Compose resolves them, else as the containers have them. Holds secrets. */
export async function readEnvironments(
	stack: Pick<Stack, 'project' | 'target'>,
	{compose, docker}: Pick<Services, 'compose' | 'docker'>,
	signal?: AbortSignal,
): Promise<Environments> {
	try {
		const {model} = await compose.config(stack.target, {}, signal);
		return Object.fromEntries(parseComposeModel(model).services.map(one => [one.name, one.environment]));
	} catch (error) {
		if (isCancellation(error)) throw error;
		const containers = await docker.listContainers({project: stack.project, all: true}, signal);
		const found = await Promise.all(
			containers.map(async ({id, labels}) => {
				const container = await docker.inspectContainer(id, signal);
				return [labels['com.docker.compose.service'] ?? '', container?.environment ?? {}] as const;
			}),
		);
		return Object.fromEntries(found);
	}
}
