import type {Readable} from 'node:stream';
import {pipeline} from 'node:stream/promises';
import type {Processes} from '../engine/types.js';
import {AppError, isCancellation} from '../errors.js';
import {redactLines} from '../redaction.js';
import {
	inside,
	mountFlag,
	removeContainer,
	runFlags,
	type StorageSource,
	throwawayName,
} from './throwaway-container.js';

/** Files of a volume or folder that is restored: where they are, and what handles them. Serialisable. */
export type RestorableStorage = StorageSource & {
	/** For messages: `Volume uploads (app)`. */
	readonly label: string;
	/** Image that is here and has a shell and tar. */
	readonly image: string;
	readonly project: string;
	/** UTC time that names the restore: the folders beside the live content carry it. */
	readonly id: string;
};

/**
 * The new content is unpacked into a folder inside the storage itself and takes the place of the former by renames, so that the switch does not
 * grow with the data, and the former content stays until it is dropped.
 */
const preamble = `
set -e
cd ${inside}
incoming=".lifeboat-incoming-$1"
before=".lifeboat-before-$1"
undone=".lifeboat-undone-$1"
moved=".lifeboat-moved-$1"
move_all() {
	find "$1" -mindepth 1 -maxdepth 1 ! -name '.lifeboat-*' -exec mv -- {} "$2" ';'
}
look_alike() {
	chown "$(stat -c %u:%g "$1")" "$2"
	chmod "$(stat -c %a "$1")" "$2"
}
`;

const scripts = {
	stage: `rm -rf "$incoming"
mkdir "$incoming"
tar -xzpf - -C "$incoming"`,
	/** The marker says that nothing of the former content is left in the root: what is there from then on is new. */
	switch: `[ -d "$incoming" ] || exit 121
mkdir -p "$before"
look_alike . "$before"
move_all . "$before/"
: > "$moved"
move_all "$incoming" ./
look_alike "$incoming" .
rm -rf "$incoming"`,
	/** From any moment of the switch or of an undo that was cut off; no harm when nothing was switched. */
	undo: `if [ -e "$moved" ]; then
	mkdir -p "$undone"
	look_alike . "$undone"
	move_all . "$undone/"
	rm -f "$moved"
fi
if [ -d "$before" ]; then
	move_all "$before" ./
	look_alike "$before" .
	rmdir "$before"
fi
rm -rf "$incoming"
[ "$2" = keep ] || rm -rf "$undone"`,
	drop: `rm -rf "$incoming" "$before" "$undone" "$moved"`,
} as const;

/** Unpacks a tar.gz beside the live content, which nobody notices. Throws restore-failed, disk-full. */
export async function stageStorage(
	processes: Processes,
	storage: RestorableStorage,
	archive: Readable,
	options: {readonly signal?: AbortSignal | undefined; readonly onBytes?: (bytes: number) => void} = {},
): Promise<void> {
	const name = throwawayName();
	const running = processes.start('docker', argumentsFor(name, storage, 'stage'), {signal: options.signal});
	const lines: string[] = [];
	let isDone = false;
	try {
		let sourceFailure: unknown;
		archive.on('error', error => {
			sourceFailure ??= error;
		});
		running.stdout.resume();
		const reading = (async () => {
			for await (const line of running.stderr) lines.push(line);
		})();
		let bytes = 0;
		const count = async function* (chunks: AsyncIterable<Buffer>) {
			for await (const chunk of chunks) {
				bytes += chunk.length;
				options.onBytes?.(bytes);
				yield chunk;
			}
		};
		const feeding = pipeline(archive, count, running.stdin).catch(() => {
			// An archive that breaks off must not look like one that ended.
			if (sourceFailure !== undefined) running.kill('SIGKILL');
		});
		const [{exitCode}] = await Promise.all([running.exit, feeding, reading]);
		if (sourceFailure !== undefined && !isPrematureClose(sourceFailure)) throw sourceFailure;
		if (exitCode !== 0) throw explain(storage, 'unpacked', exitCode, lines);
		isDone = true;
	} finally {
		if (!archive.destroyed) archive.destroy();
		if (!isDone) await removeContainer(processes, name);
	}
}

/** Puts the staged content in place; the former is kept beside it. Nobody may use the storage meanwhile. */
export function switchStorage(processes: Processes, storage: RestorableStorage, signal?: AbortSignal): Promise<void> {
	return work(processes, storage, 'switch', signal);
}

/** Puts the former content back, whatever was done before. `keep` leaves the restored content beside it. Safe to repeat. */
export function undoStorage(processes: Processes, storage: RestorableStorage, keep: boolean): Promise<void> {
	return work(processes, storage, 'undo', undefined, keep ? 'keep' : 'remove');
}

/** Removes what was kept beside the content. */
export function dropFormerStorage(processes: Processes, storage: RestorableStorage): Promise<void> {
	return work(processes, storage, 'drop', undefined);
}

async function work(
	processes: Processes,
	storage: RestorableStorage,
	task: Exclude<keyof typeof scripts, 'stage'>,
	signal: AbortSignal | undefined,
	...more: readonly string[]
): Promise<void> {
	const name = throwawayName();
	try {
		const result = await processes.run('docker', argumentsFor(name, storage, task, ...more), {
			signal,
			timeoutMs: 600_000,
		});
		if (result.exitCode !== 0) throw explain(storage, 'put in place', result.exitCode, result.stderr.split('\n'));
	} catch (error) {
		if (isCancellation(error)) await removeContainer(processes, name);
		throw error;
	}
}

function argumentsFor(
	name: string,
	storage: RestorableStorage,
	task: keyof typeof scripts,
	...more: readonly string[]
): readonly string[] {
	return [
		...runFlags(name, storage.project),
		...(task === 'stage' ? ['--interactive'] : []),
		// Owners and modes of the files are set; devices cannot be made.
		'--cap-drop=ALL',
		...['CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID'].map(capability => `--cap-add=${capability}`),
		mountFlag(storage, inside, 'writable'),
		'--entrypoint',
		'sh',
		storage.image,
		'-c',
		`${preamble}${scripts[task]}`,
		'lifeboat',
		storage.id,
		...more,
	];
}

function explain(storage: RestorableStorage, what: string, exitCode: number, stderr: readonly string[]): AppError {
	const details = redactLines(stderr.filter(line => line.trim() !== '').slice(-5), [], {mailAddresses: false});
	if (/no space left/i.test(details.join('\n')))
		return new AppError('disk-full', `The disk is full: ${storage.label} cannot be ${what}`, {
			hint: 'Free some space where it lies, then try again',
			details,
		});
	return new AppError('restore-failed', `${storage.label} cannot be ${what} (exit code ${exitCode})`, {
		hint: 'Correct what the lines below name, or leave the files out with --no-volumes',
		details,
	});
}

function isPrematureClose(error: unknown): boolean {
	return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}
