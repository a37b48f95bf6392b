import {readFile} from 'node:fs/promises';
import {join, resolve} from 'node:path';
import type {ComposeModel} from './compose-model.js';
import {expandVariables} from './env-file.js';

/** What a Dockerfile tells about the image that it makes. */
export type Dockerfile = {
	/** Image of the last stage, looked through stages of its own. */
	readonly base: string | null;
	/** Command of HEALTHCHECK; null without one. */
	readonly healthcheck: string | null;
};

/** Reads the last stage of a Dockerfile; `args` are the build's own and win over defaults. */
export function parseDockerfile(text: string, args: Readonly<Record<string, string>> = {}): Dockerfile {
	const known: Record<string, string> = {};
	const stages = new Map<string, string>();
	let base: string | null = null;
	let healthcheck: string | null = null;
	for (const line of text.replace(/\\\s*\n/g, ' ').split('\n')) {
		const [, word = '', rest = ''] = /^\s*([A-Za-z]+)\s+(.*?)\s*$/.exec(line) ?? [];
		const instruction = word.toUpperCase();
		if (instruction === 'ARG') {
			const [, name = '', value] = /^(\w+)(?:=["']?([^"'\s]*))?/.exec(rest) ?? [];
			known[name] = args[name] ?? value ?? '';
		} else if (instruction === 'FROM') {
			const [, image = '', stage] = /^(?:--\S+\s+)*(\S+)(?:\s+as\s+(\S+))?/i.exec(rest) ?? [];
			const named = expandVariables(image, name => known[name]);
			base = stages.get(named.toLowerCase()) ?? named;
			healthcheck = null;
			if (stage !== undefined) stages.set(stage.toLowerCase(), base);
		} else if (instruction === 'HEALTHCHECK') {
			healthcheck = /^NONE$/i.test(rest) ? null : rest.replace(/^(?:--\S+\s+)*CMD\s*/i, '');
		}
	}

	return {base, healthcheck};
}

/** The Dockerfiles of all services that are built, and of the project directory (key ''), as far as they can be read. */
export async function readDockerfiles(
	model: ComposeModel,
	directory: string,
): Promise<ReadonlyMap<string, Dockerfile>> {
	const found = new Map<string, Dockerfile>();
	const read = async (key: string, path: string, args: Readonly<Record<string, string>>) => {
		try {
			found.set(key, parseDockerfile(await readFile(path, 'utf8'), args));
		} catch {
			// Built elsewhere, or a context that is a URL: the image's name has to do.
		}
	};
	await Promise.all([
		read('', join(directory, 'Dockerfile'), {}),
		...model.services.flatMap(({name, build}) =>
			build === null ? [] : [read(name, resolve(directory, build.context, build.dockerfile), build.args)],
		),
	]);
	return found;
}
