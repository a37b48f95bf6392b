import {parse} from 'yaml';
import * as z from 'zod';
import {findMajor} from '../stack/database-servers.js';
import {expandVariables} from '../stack/env-file.js';

const filesSchema = z.object({
	services: z.record(z.string(), z.object({image: z.string().optional()}).nullish()).nullish(),
});

/** Images that a compose file names, by service, for files that Compose itself cannot resolve. One that is no YAML names none. */
export function imagesInText(
	text: string,
	lookUp: (variable: string) => string | undefined,
): ReadonlyMap<string, string> {
	const files = filesSchema.safeParse(parseYaml(text));
	return new Map(
		Object.entries((files.success ? files.data.services : undefined) ?? {}).flatMap(([name, service]) =>
			service?.image === undefined ? [] : [[name, expandVariables(service.image, lookUp)] as const],
		),
	);
}

/** The PostgreSQL that an image runs; null when its name does not tell. */
export function majorOfImage(image: string): number | null {
	return findMajor({image, environment: {}})?.major ?? null;
}

function parseYaml(text: string): unknown {
	try {
		return parse(text);
	} catch {
		return undefined;
	}
}
