import type {PostgresClient} from './client.js';

/** What a restore may use where its client runs. */
export type ClientRoom = {
	/** Bytes free for temporary files; 0 where none can be written and opened again, or it cannot be told. */
	readonly temporaryBytes: number;
	/** Memory that is available to the server, by its machine and by the limit of its container; undefined where the server is elsewhere or it cannot be told. */
	readonly memoryBytes: number | undefined;
};

/** In the container of the server both are the server's own: /proc/meminfo tells of the machine, the control group of the container. */
const script = `
folder="\${TMPDIR:-/tmp}"
[ -d /proc/self/fd ] && [ -w "$folder" ] && df -Pk "$folder" | awk 'END {print "temporary", $4 * 1024}'
awk '/^MemAvailable:/ {print "memory", $2 * 1024}' /proc/meminfo 2>/dev/null
for limit in /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes; do
	[ -r "$limit" ] && echo "memory $(cat "$limit")"
done
true
`;

/** Asks once, before a restore. Never throws for what a machine does not tell. */
export async function readClientRoom(client: PostgresClient, signal: AbortSignal | undefined): Promise<ClientRoom> {
	const {stdout} = await client.shell(script, [], {signal, timeoutMs: 30_000});
	const numbers = (name: string) =>
		stdout
			.split('\n')
			.flatMap(line => (line.startsWith(`${name} `) ? [Number(line.slice(name.length + 1))] : []))
			.filter(value => Number.isFinite(value) && value > 0);
	const isServersOwn = client.place.containerId !== undefined && client.connection.host === undefined;
	const memory = isServersOwn ? numbers('memory') : [];
	return {
		temporaryBytes: numbers('temporary')[0] ?? 0,
		memoryBytes: memory.length === 0 ? undefined : Math.min(...memory),
	};
}
