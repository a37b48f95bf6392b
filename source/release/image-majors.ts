import {parse} from 'yaml';
import {z} from 'zod';
import type {Compose} from '../engine/types.js';
import {findMajor} from '../stack/database-servers.js';
import {expandVariables} from '../stack/env-file.js';
import type {Stack} from '../stack/stack.js';

const filesSchema = z.object({
	services: z.record(z.string(), z.object({image: z.string().optional()}).nullish()).nullish(),
});

export type ImageMajor = {readonly service: string; readonly image: string; readonly major: number | null};

/**
 * Which PostgreSQL the database services would run: by the files of today, overridden by the compose files that a release changes.
 * @param changed text of those files at the release.
 */
export async function readImageMajors(
	stack: Stack,
	changed: readonly {readonly file: string; readonly text: string}[],
	tools: {
		readonly compose: Pick<Compose, 'config'>;
		readonly environment: Readonly<Record<string, string | undefined>>;
	},
	signal?: AbortSignal,
): Promise<readonly ImageMajor[]> {
	const model = filesSchema.safeParse((await tools.compose.config(stack.target, {}, signal)).model);
	const images = new Map(
		Object.entries((model.success ? model.data.services : undefined) ?? {}).flatMap(([name, service]) =>
			service?.image === undefined ? [] : [[name, service.image] as const],
		),
	);
	for (const {text} of changed) {
		const files = filesSchema.safeParse(parseYaml(text));
		for (const [name, service] of Object.entries((files.success ? files.data.services : undefined) ?? {})) {
			if (service?.image !== undefined)
				images.set(
					name,
					expandVariables(service.image, variable => tools.environment[variable]),
				);
		}
	}

	return stack.databases.flatMap(server => {
		const image = images.get(server.service);
		return image === undefined
			? []
			: [{service: server.service, image, major: findMajor({image, environment: {}})?.major ?? null}];
	});
}

function parseYaml(text: string): unknown {
	try {
		return parse(text);
	} catch {
		return undefined;
	}
}
