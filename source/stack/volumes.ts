import type {Processes} from '../engine/types.js';
import {AppError} from '../errors.js';
import {redactLines} from '../redaction.js';
import {composeLabels} from './runtime.js';

/** A volume of the engine by its name there, or a folder on the engine's machine. */
export type StoragePlace = {readonly type: 'volume' | 'bind'; readonly source: string};

type Runs = Pick<Processes, 'run'>;
const timeoutMs = 120_000;

/** `--mount` takes CSV: a field with a comma or a quote stands in quotes. */
export function mountFlag(place: StoragePlace, target: string, readOnly = false): string {
	const fields = [
		`type=${place.type}`,
		`source=${place.source}`,
		`target=${target}`,
		...(readOnly ? ['readonly'] : []),
	];
	return `--mount=${fields.map(field => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}`;
}

/** Makes a volume as Docker Compose would, so that Compose takes it for its own. Throws AppError tool-failed. */
export async function createVolume(
	processes: Runs,
	volume: {readonly name: string; readonly project: string; readonly key: string},
	signal?: AbortSignal,
): Promise<void> {
	const labels = [`${composeLabels.project}=${volume.project}`, `com.docker.compose.volume=${volume.key}`];
	await docker(processes, ['volume', 'create', ...labels.map(label => `--label=${label}`), volume.name], signal);
}

export async function volumeExists(processes: Runs, name: string, signal?: AbortSignal): Promise<boolean> {
	const result = await processes.run('docker', ['volume', 'inspect', name], {signal, timeoutMs});
	if (result.exitCode === 0) return true;
	if (/no such volume/i.test(result.stderr)) return false;
	throw failed(['volume', 'inspect', name], result.stderr);
}

/** Removes a volume; one that is not there is fine. Throws AppError tool-failed while a container uses it. */
export async function removeVolume(processes: Runs, name: string, signal?: AbortSignal): Promise<void> {
	if (await volumeExists(processes, name, signal)) await docker(processes, ['volume', 'rm', name], signal);
}

const removeScript = `
cd "/place/$1" 2>/dev/null || exit 0
if [ "$2" = checked ] && [ -n "$(ls -A)" ]; then
	found=
	for file in PG_VERSION */docker/PG_VERSION; do [ -f "$file" ] && found=1; done
	[ -n "$found" ] || { echo 'it holds no data folder of PostgreSQL' >&2; exit 1; }
fi
cd /place && rm -rf -- "$1"
`;

/**
 * Removes a folder on the engine's machine with what PostgreSQL keeps in it, through a throwaway container, since its files belong to another user.
 * One that is not `ours` is looked into first: a folder that holds anything else than a data folder is left alone. Throws AppError tool-failed.
 */
export async function removeDataFolder(
	processes: Runs,
	folder: {readonly path: string; readonly image: string; readonly ours: boolean},
	signal?: AbortSignal,
): Promise<void> {
	const path = folder.path.replace(/\/+$/, '');
	const parent = path.slice(0, path.lastIndexOf('/')) || '/';
	const mounts = [mountFlag({type: 'bind', source: parent}, '/place')];
	const args = [path.slice(path.lastIndexOf('/') + 1), folder.ours ? 'ours' : 'checked'];
	await docker(processes, helper(folder.image, mounts, removeScript, args), signal);
}

/** Whether a volume or folder holds nothing; null when it cannot be looked into. */
export async function isEmptyPlace(
	processes: Runs,
	place: StoragePlace,
	image: string,
	signal?: AbortSignal,
): Promise<boolean | null> {
	const args = helper(
		image,
		[mountFlag(place, '/place', true)],
		'[ -z "$(ls -A /place)" ] && echo empty || echo full',
		[],
	);
	const result = await processes.run('docker', args, {signal, timeoutMs});
	return result.exitCode === 0 ? result.stdout.trim() === 'empty' : null;
}

/** Whether a folder on the engine's machine, which may be another one than this, is not there yet or is empty. False when nobody can tell. */
export async function isFreeFolder(
	processes: Runs,
	path: string,
	image: string,
	signal?: AbortSignal,
): Promise<boolean> {
	const parent = path.slice(0, path.lastIndexOf('/')) || '/';
	const args = helper(
		image,
		[mountFlag({type: 'bind', source: parent}, '/place', true)],
		'[ -z "$(ls -A "/place/$1" 2>/dev/null)" ] && echo free',
		[path.slice(path.lastIndexOf('/') + 1)],
	);
	return (await processes.run('docker', args, {signal, timeoutMs})).stdout.trim() === 'free';
}

/** Empties a place. Throws AppError tool-failed. */
export async function emptyPlace(
	processes: Runs,
	place: StoragePlace,
	image: string,
	signal?: AbortSignal,
): Promise<void> {
	const script = 'find /place -mindepth 1 -delete';
	await docker(processes, helper(image, [mountFlag(place, '/place')], script, []), signal);
}

const copyScript = `
set -e
list() { cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2 | sha256sum; find . | sort | sha256sum; }
find /to -mindepth 1 -delete
cp -a /from/. /to/
sync
[ "$(list /from)" = "$(list /to)" ] || { echo 'the copy is not equal to the original' >&2; exit 1; }
find /to -type f | wc -l
`;

/**
 * Copies everything in a place to an empty one, with owners and modes, and compares every byte. The server must be stopped.
 * Resolves with the number of files. Throws AppError operation-failed with what the copy says.
 */
export async function copyPlace(
	processes: Runs,
	copy: {readonly from: StoragePlace; readonly to: StoragePlace; readonly image: string; readonly name: string},
	signal?: AbortSignal,
): Promise<number> {
	const mounts = [mountFlag(copy.from, '/from', true), mountFlag(copy.to, '/to')];
	const args = helper(copy.image, mounts, copyScript, [], copy.name);
	const result = await processes.run('docker', args, {signal, timeoutMs: 6 * 3_600_000});
	if (result.exitCode === 0) return Number(result.stdout.trim().split('\n').at(-1));
	throw new AppError('operation-failed', 'The data folder cannot be copied', {
		hint: 'The original is untouched. Put right what it says, then try again',
		details: lastLines(result.stderr),
	});
}

/** A container without network that runs one script as root and goes away. */
function helper(
	image: string,
	mounts: readonly string[],
	script: string,
	args: readonly string[],
	name?: string,
): readonly string[] {
	return [
		'run',
		'--rm',
		'--pull=never',
		'--network=none',
		'--user=0:0',
		...(name === undefined ? [] : [`--name=${name}`]),
		...mounts,
		'--entrypoint=sh',
		image,
		'-c',
		script,
		'lifeboat',
		...args,
	];
}

async function docker(processes: Runs, args: readonly string[], signal: AbortSignal | undefined): Promise<void> {
	const result = await processes.run('docker', args, {signal, timeoutMs});
	if (result.exitCode !== 0) throw failed(args, result.stderr);
}

function failed(args: readonly string[], stderr: string): AppError {
	return new AppError('tool-failed', `docker ${args.slice(0, 2).join(' ')} fails: ${lastLines(stderr).at(-1) ?? ''}`, {
		hint: 'Read what the engine says below',
		details: lastLines(stderr),
	});
}

function lastLines(text: string): readonly string[] {
	const lines = text
		.split('\n')
		.map(line => line.trimEnd())
		.filter(line => line !== '');
	return redactLines(lines.slice(-8), [], {mailAddresses: false});
}
