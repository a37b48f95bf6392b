import {access} from 'node:fs/promises';
import {resolve} from 'node:path';
import {isMap, parseDocument} from 'yaml';

export type BuildContext = {readonly service: string; readonly context: string; readonly dockerfile: string};

/** Folders that services of a compose file are built from, as written there. Those elsewhere (URLs) or behind a variable are left out; text that is no YAML has none. */
export function findBuildContexts(text: string): readonly BuildContext[] {
	const {services} = parseYaml(text) as {
		readonly services?: Readonly<Record<string, {readonly build?: unknown} | null>>;
	};
	return Object.entries(services ?? {}).flatMap(([service, definition]) => {
		const build = definition?.build;
		if (build === undefined || build === null) return [];
		const {
			context,
			dockerfile,
			dockerfile_inline: inline,
		} = typeof build === 'string' ? {context: build} : (build as Readonly<Record<string, unknown>>);
		const folder = String(context ?? '.');
		const isElsewhere = /^(?:\w+:\/\/|git@|github\.com\/)|\$/.test(`${folder}`);
		return isElsewhere || inline !== undefined
			? []
			: [{service, context: folder, dockerfile: String(dockerfile ?? 'Dockerfile')}];
	});
}

/** The name that a compose file gives its project; undefined when it gives none, or by a variable. */
export function findProjectName(text: string): string | undefined {
	const {name} = parseYaml(text);
	return typeof name === 'string' && !name.includes('$') ? name : undefined;
}

function parseYaml(text: string): Readonly<Record<string, unknown>> {
	const document = parseDocument(text, {merge: true, logLevel: 'silent'});
	return document.errors.length > 0 || !isMap(document.contents) ? {} : document.toJS();
}

/** Services whose Dockerfile is not here, so that they cannot be built. */
export async function findUnbuildable(
	contexts: readonly BuildContext[],
	directory: string,
): Promise<readonly string[]> {
	const missing: string[] = [];
	for (const {service, context, dockerfile} of contexts) {
		try {
			await access(resolve(directory, context, dockerfile));
		} catch {
			missing.push(service);
		}
	}

	return [...new Set(missing)];
}
