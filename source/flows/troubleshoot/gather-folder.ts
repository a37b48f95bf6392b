import type {EvidenceInput} from '../../diagnosis/evidence.js';
import type {Services} from '../../services.js';
import type {DatabaseServer} from '../../stack/stack.js';

export type DataFolder = Pick<
	NonNullable<EvidenceInput['servers']>[number],
	'dataOwner' | 'dataMode' | 'serverUser' | 'lockPid'
> & {readonly disk: NonNullable<EvidenceInput['disk']>};

/**
 * One line a fact: owner and mode of the data folder, the user that the server runs as, the process that its lock file names,
 * room and inodes where it lies, room of /dev/shm. `stat -c`, `df -P` and `df -i` are those of Debian and of Alpine's busybox alike.
 */
const script = `
folder="\${PGDATA:-/var/lib/postgresql/data}"
[ -d "$folder" ] || exit 0
stat -c 'owner %u:%g %a' "$folder"
[ -f "$folder/postmaster.pid" ] && echo "lock $(head -n 1 "$folder/postmaster.pid")"
id postgres 2>/dev/null | sed -n 's/^uid=\\([0-9]*\\).*gid=\\([0-9]*\\).*/user \\1:\\2/p'
df -Pk "$folder" | tail -n 1 | while read -r _ size _ free _; do echo "data $size $free"; done
df -Pi "$folder" 2>/dev/null | tail -n 1 | while read -r _ size _ free _; do [ "$size" != 0 ] && echo "inodes $free"; done
[ -n "$SHM" ] && df -Pk /dev/shm 2>/dev/null | tail -n 1 | while read -r _ size _ free _; do echo "shm $size $free"; done
exit 0
`;

/** Looks into the data folder of a server: inside of its container while that runs, else by another container of its image on the same volumes, read-only. */
export async function readDataFolder(
	server: DatabaseServer,
	services: Pick<Services, 'docker' | 'processes'>,
	signal: AbortSignal,
): Promise<DataFolder> {
	const details =
		server.containerId === null ? undefined : await services.docker.inspectContainer(server.containerId, signal);
	if (details === undefined) return {disk: []};
	const pgdata = details.environment['PGDATA'] ?? '/var/lib/postgresql/data';
	const inside = ['exec', '-i', '--user', '0', '--env', 'SHM=1', '--env', `PGDATA=${pgdata}`, details.id, 'sh', '-s'];
	const beside = [
		...['run', '-i', '--rm', '--pull=never', '--network=none', '--user=0', '--label=lifeboat.throwaway=probe'],
		...[`--volumes-from=${details.id}:ro`, `--env=PGDATA=${pgdata}`, '--entrypoint=sh', details.imageId, '-s'],
	];
	const look = (args: readonly string[]) =>
		services.processes.run('docker', args, {input: script, signal, timeoutMs: 20_000});
	const found = details.state.status === 'running' ? await look(inside) : undefined;
	// A server that starts again and again may have ended in between.
	const {stdout} = found?.exitCode === 0 ? found : await look(beside);
	return parseFolder(stdout, server.service, pgdata);
}

/** Reads what the script prints. */
export function parseFolder(output: string, service: string, path: string): DataFolder {
	const fact = (pattern: RegExp) => pattern.exec(output) ?? [];
	const [, dataOwner = null, mode] = fact(/^owner (\S+) (\d+)$/m);
	const [, serverUser = null] = fact(/^user (\S+)$/m);
	const [, lock] = fact(/^lock (\d+)$/m);
	const [, size, free] = fact(/^data (\d+) (\d+)$/m);
	const [, inodes] = fact(/^inodes (\d+)$/m);
	const [, shmSize, shmFree] = fact(/^shm (\d+) (\d+)$/m);
	const room = (kilobytes: string | undefined) => (kilobytes === undefined ? null : Number(kilobytes) * 1024);
	return {
		dataOwner,
		dataMode: mode === undefined ? null : `0${mode}`,
		serverUser,
		lockPid: lock === undefined ? null : Number(lock),
		disk: [
			...(free === undefined
				? []
				: [
						{
							path,
							service,
							sizeBytes: room(size),
							freeBytes: room(free),
							inodesFree: inodes === undefined ? null : Number(inodes),
						},
					]),
			...(shmFree === undefined
				? []
				: [{path: '/dev/shm', service, sizeBytes: room(shmSize), freeBytes: room(shmFree)}]),
		],
	};
}
