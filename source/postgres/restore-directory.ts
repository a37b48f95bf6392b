import {readClientRoom} from './client-room.js';
import {
	feed,
	inStages,
	type RestoreArchiveOptions,
	type RestoreResult,
	restoreArguments,
	restoreSettings,
	stagesFor,
	withTimescaleRestoring,
} from './restore-archive.js';

/** Unpacks a tar of the folder where pg_restore runs; the copy goes away however the restore ends, short of a SIGKILL in the container. */
const script = `
folder="$(mktemp -d "\${TMPDIR:-/tmp}/lifeboat.XXXXXX")" || exit 120
trap 'rm -rf "$folder"' EXIT
trap 'exit 143' TERM INT HUP
tar -x -f - -C "$folder" || exit 120
${inStages('"$folder"')}`;

/**
 * Loads a dump in the directory format into an empty database; `source` is a tar of its folder's files.
 * Throws as `restoreArchive` does.
 */
export async function restoreDirectory(options: RestoreArchiveOptions): Promise<RestoreResult> {
	const {client, database, toc, signal} = options;
	const room = await (options.room ?? readClientRoom(client, signal));
	const run = (jobs: number) => {
		const args = [stagesFor(client, jobs), '--format=directory', `--jobs=${jobs}`, ...restoreArguments(options)];
		return feed(
			client.startShell(script, args, {database, signal, settings: restoreSettings(room, jobs)}),
			options,
			'pg_restore',
		);
	};
	const timescale = toc.entries.some(entry => entry.kind === 'EXTENSION' && entry.name === 'timescaledb');
	if (!timescale) return run(options.jobs ?? 1);
	await options.ready;
	return withTimescaleRestoring(client, database, {signal, version: options.timescaleVersion}, () => run(1));
}
