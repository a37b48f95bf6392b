import {randomUUID} from 'node:crypto';
import type {Processes} from '../engine/types.js';
import type {DurableStorage} from './stack.js';

/** A volume (engine's name) or bind (path on the engine's host). */
export type StorageSource = Pick<DurableStorage, 'type'> & {readonly source: string};

/** Label of every throwaway container of ours; its value is the compose project. */
export const throwawayLabel = 'compose-lifeboat.throwaway';
/** Where a throwaway container has the storage. */
export const inside = '/storage';

/** `docker run` for a container that only handles files: it has no network, goes when it ends, and is known by its name. */
export function runFlags(name: string, project: string): readonly string[] {
	return [
		'run',
		'--rm',
		'--pull=never',
		'--name',
		name,
		'--label',
		`${throwawayLabel}=${project}`,
		'--network=none',
		'--user=0:0',
		'--security-opt=no-new-privileges',
		// The engine would keep a second copy of the archive as the container's log.
		'--log-driver=none',
	];
}

/**
 * `--mount` takes CSV: a field with a comma or a quote stands in quotes. A folder that is written to need not be there: the engine makes it
 * where it runs, which only `--volume` asks for.
 */
export function mountFlag(source: StorageSource, target: string, access: 'readonly' | 'writable'): string {
	if (access === 'writable' && source.type === 'bind' && !source.source.includes(':'))
		return `--volume=${source.source}:${target}`;
	const fields = [
		`type=${source.type}`,
		`source=${source.source}`,
		`target=${target}`,
		...(access === 'readonly' ? ['readonly'] : []),
	];
	return `--mount=${fields.map(field => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(',')}`;
}

export function throwawayName(): string {
	return `lifeboat-files-${randomUUID().slice(0, 13)}`;
}

/** Runs `work`; the container is removed when that throws. */
export async function withRemoval<Result>(
	processes: Processes,
	name: string,
	work: () => Promise<Result>,
): Promise<Result> {
	let isDone = false;
	try {
		const result = await work();
		isDone = true;
		return result;
	} finally {
		if (!isDone) await removeContainer(processes, name);
	}
}

export async function removeContainer(processes: Processes, name: string): Promise<void> {
	await processes.run('docker', ['rm', '-f', '-v', name], {timeoutMs: 30_000});
}
