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

/**
 * Major version of PostgreSQL that wrote the data of a container, read from its volumes by another container of its image without network: works while
 * the server itself cannot start. Null when there is no data or it cannot be read. When there are several, PGDATA comes first.
 */
export async function readDataMajor(
	services: {readonly processes: Processes; readonly docker: Pick<Docker, 'inspectContainer'>},
	containerId: string,
	signal?: AbortSignal | undefined,
): Promise<number | null> {
	const details = await services.docker.inspectContainer(containerId, signal);
	if (details === undefined) return null;
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
	return parseDataMajor(result.stdout);
}

/** `17 /var/lib/postgresql/data/PG_VERSION` is 17. */
export function parseDataMajor(output: string): number | null {
	const match = /^(\d+)(?:\.\d+)? \//m.exec(output);
	return match === null ? null : Number(match[1]);
}
