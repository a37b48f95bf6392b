import type {Processes, RunningProcess} from '../engine/types.js';
import {
	inside,
	mountFlag,
	removeContainer,
	runFlags,
	type StorageSource,
	throwawayLabel,
	throwawayName,
	withRemoval,
} from './throwaway-container.js';

/** What a restore keeps of the former content of a volume, beside the new one; never in a backup. */
export const ownEntries = '.lifeboat-*';

/**
 * Sizes in bytes by `source`, measured by `du` in one throwaway container with read-only mounts.
 * Undefined when the image cannot do it or it takes longer than `timeoutMs`.
 */
export async function measureStorage(
	processes: Processes,
	options: {
		readonly sources: readonly StorageSource[];
		readonly image: string;
		readonly project: string;
		readonly timeoutMs: number;
	},
	signal: AbortSignal,
): Promise<ReadonlyMap<string, number> | undefined> {
	const name = throwawayName();
	const mounts = options.sources.map((source, index) => mountFlag(source, `${inside}/${index}`, 'readonly'));
	const result = await withRemoval(processes, name, async () =>
		processes.run(
			'docker',
			[
				...runFlags(name, options.project),
				...mounts,
				'--entrypoint',
				'du',
				options.image,
				'-sk',
				...options.sources.map((_, index) => `${inside}/${index}`),
			],
			{signal, timeoutMs: options.timeoutMs},
		),
	);
	const sizes = new Map<string, number>();
	for (const [, kilobytes, index] of result.stdout.matchAll(/^(\d+)\s+\/storage\/(\d+)$/gm)) {
		const source = options.sources[Number(index)];
		if (source !== undefined) sizes.set(source.source, Number(kilobytes) * 1024);
	}

	return sizes.size === options.sources.length ? sizes : undefined;
}

/** A tar.gz of a volume or bind on its way out of a throwaway container. */
export type StorageArchive = {
	readonly process: RunningProcess;
	/** Ends the container, also when the docker command was killed. */
	remove(): Promise<void>;
};

/** Streams a tar.gz (numeric owners, paths from `.`) of the storage on the process's stdout. `excludes` are tar patterns relative to its root. */
export function archiveStorage(
	processes: Processes,
	options: StorageSource & {readonly image: string; readonly project: string; readonly excludes: readonly string[]},
	signal: AbortSignal,
): StorageArchive {
	const name = throwawayName();
	const process = processes.start(
		'docker',
		[
			...runFlags(name, options.project),
			mountFlag(options, inside, 'readonly'),
			'--entrypoint',
			'tar',
			options.image,
			'--numeric-owner',
			...[ownEntries, ...options.excludes].map(pattern => `--exclude=./${pattern}`),
			'-C',
			inside,
			'-czf',
			'-',
			'.',
		],
		{signal},
	);
	return {process, remove: () => removeContainer(processes, name)};
}

/** tar's exit codes (GNU tar manual, "Return codes"): 1 for files that changed or went away while they were read, 2 and above for failures. */
export function isOnlyChangedFiles(exitCode: number, stderr: readonly string[]): boolean {
	const messages = stderr.filter(line => line.trim() !== '');
	return (
		exitCode === 1 &&
		messages.length > 0 &&
		messages.every(line => /file changed as we read it|file removed before we read it|socket ignored/i.test(line))
	);
}

/** Removes throwaway containers of a project that a killed run left behind. Call it under the lock of the stack. */
export async function removeThrowaways(processes: Processes, project: string): Promise<void> {
	const listed = await processes.run('docker', ['ps', '-aq', '--filter', `label=${throwawayLabel}=${project}`]);
	const ids = listed.stdout.split(/\s+/).filter(Boolean);
	if (ids.length > 0) await processes.run('docker', ['rm', '-f', '-v', ...ids]);
}
