import type {Docker, Processes} from '../engine/types.js';

/**
 * Prints each PG_VERSION with its path: in PGDATA, where images up to 17 keep it, in the folder per major version of 18 and later, and one level
 * below a mount (a bind mount whose data lies in a subfolder).
 */
const script = `
for file in "$PGDATA/PG_VERSION" /var/lib/postgresql/data/PG_VERSION /var/lib/postgresql/*/docker/PG_VERSION /var/lib/postgresql/data/*/PG_VERSION /bitnami/postgresql/data/PG_VERSION; do
	[ -f "$file" ] && echo "$(cat "$file") $file"
done
exit 0
`;

/** A folder with data of PostgreSQL, by its path in the container, and the major version that wrote it. */
export type DataFolder = {readonly major: number; readonly path: string};

type Tools = {readonly processes: Processes; readonly docker: Pick<Docker, 'inspectContainer'>};

/** Major version of PostgreSQL that wrote the data of a container; null when there is no data or it cannot be read. When there are several, PGDATA comes first. */
export async function readDataMajor(
	services: Tools,
	containerId: string,
	signal?: AbortSignal | undefined,
): Promise<number | null> {
	return (await findDataFolders(services, containerId, signal))[0]?.major ?? null;
}

/**
 * The data folders in the volumes of a container, PGDATA first, read by another container of its image without network: works while the server itself
 * cannot start. Empty when there is no data or it cannot be read.
 */
export async function findDataFolders(
	services: Tools,
	containerId: string,
	signal?: AbortSignal | undefined,
): Promise<readonly DataFolder[]> {
	const details = await services.docker.inspectContainer(containerId, signal);
	if (details === undefined) return [];
	const pgdata = details.environment['PGDATA'] ?? '/var/lib/postgresql/data';
	const result = await services.processes.run(
		'docker',
		[
			'run',
			'--rm',
			'--pull=never',
			'--network=none',
			'--user=0',
			`--volumes-from=${details.id}:ro`,
			`--env=PGDATA=${pgdata}`,
			'--entrypoint=sh',
			details.imageId,
			'-c',
			script,
		],
		{signal, timeoutMs: 60_000},
	);
	return parseDataFolders(result.stdout);
}

/** `17 /var/lib/postgresql/data/PG_VERSION` is 17 in `/var/lib/postgresql/data`. */
export function parseDataFolders(output: string): readonly DataFolder[] {
	const found = [...output.matchAll(/^(\d+)(?:\.\d+)? (\/.*)\/PG_VERSION$/gm)].map(([, major = '', path = '']) => ({
		major: Number(major),
		path,
	}));
	return found.filter((folder, index) => found.findIndex(other => other.path === folder.path) === index);
}
