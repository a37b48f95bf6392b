import type {Processes} from '../engine/types.js';
import {AppError} from '../errors.js';

/** An extension that an image carries. `versions` are those whose library or script is there. */
export type ImageExtension = {
	readonly name: string;
	readonly defaultVersion: string;
	readonly versions: readonly string[];
};

/** Prints each control file's default version and each script's name, wherever an image keeps them. */
const script = `
for folder in "$(pg_config --sharedir 2>/dev/null)/extension" /usr/share/postgresql/*/extension /usr/local/share/postgresql/extension /usr/pgsql-*/share/extension /opt/bitnami/postgresql/share/extension; do
	[ -d "$folder" ] || continue
	cd "$folder" || continue
	grep -H '^ *default_version' *.control
	ls | sed -n 's/^\\(.*\\)--\\([^-]*\\)\\.sql$/script \\1 \\2/p'
done
exit 0
`;

/** Extensions of an image that is here, read by a container without network that starts no server. Throws AppError client-missing when the image is not here. */
export async function readImageExtensions(
	processes: Pick<Processes, 'run'>,
	image: string,
	signal?: AbortSignal,
): Promise<readonly ImageExtension[]> {
	const args = ['run', '--rm', '--pull=never', '--network=none', '--entrypoint=sh', image, '-c', script];
	const result = await processes.run('docker', args, {signal, timeoutMs: 60_000});
	if (result.exitCode !== 0)
		throw new AppError('client-missing', `The image ${image} cannot be looked into`, {
			hint: 'Pull it first',
			fix: ['docker', 'pull', image],
			details: result.stderr.split('\n').filter(Boolean).slice(-4),
		});
	return parseImageExtensions(result.stdout);
}

export function parseImageExtensions(output: string): readonly ImageExtension[] {
	const found = new Map<string, {defaultVersion: string; versions: Set<string>}>();
	for (const [, name = '', version = ''] of output.matchAll(/^(.+)\.control: *default_version *= *'([^']*)'/gm))
		found.set(name, {defaultVersion: version, versions: new Set([version])});
	for (const [, name = '', version = ''] of output.matchAll(/^script (\S+) (\S+)$/gm))
		found.get(name)?.versions.add(version);
	return [...found].map(([name, {defaultVersion, versions}]) => ({name, defaultVersion, versions: [...versions]}));
}
