import {readClientRoom} from './client-room.js';
import {feed, type RestoreResult} from './feed.js';
import {prepared, type RestoreArchiveOptions, restoreArguments, restoreSettings} from './restore-archive.js';
import {inStages, stageArguments} from './restore-stages.js';

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
	return prepared(options, unpackAndRestore);
}

async function unpackAndRestore(options: RestoreArchiveOptions, jobs: number): Promise<RestoreResult> {
	const {client, database, toc, signal} = options;
	const room = await (options.room ?? readClientRoom(client, signal));
	const args = [
		...stageArguments(client, jobs, toc),
		'--format=directory',
		`--jobs=${jobs}`,
		...restoreArguments(options),
	];
	const settings = restoreSettings(room, jobs);
	return feed(client.startShell(script, args, {database, signal, settings}), options, 'pg_restore');
}
