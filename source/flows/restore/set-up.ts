import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import {lastLines} from '../steps/writers.js';
import type {PlannedFile} from './plan-files.js';
import {undoFiles} from './restore-files.js';

/** A stack that was set up for a restore: the files that were written, and the volumes that its project had before. */
export type SetUp = {
	readonly project: string;
	readonly directory: string;
	readonly files: readonly PlannedFile[];
	readonly volumes: readonly string[];
};

/**
 * Takes back what was set up: containers, networks, the volumes that were made since, and the files. Does no harm when repeated.
 * Throws AppError compose-failed, tool-failed.
 */
export async function undoSetUp(
	{project, directory, files, volumes}: SetUp,
	{compose, docker, processes}: Pick<Services, 'compose' | 'docker' | 'processes'>,
): Promise<void> {
	const target = {
		files: [],
		projectName: project,
		projectDirectory: directory,
		profiles: [],
		envFiles: [],
		cwd: directory,
	};
	const args = ['down', '--remove-orphans'];
	const down = await compose.run(target, args, {timeoutMs: 300_000});
	if (down.exitCode !== 0)
		throw new AppError('compose-failed', `Docker Compose cannot take ${project} down`, {
			hint: 'Read what Compose says, put it right, then let Lifeboat finish',
			fix: ['docker', ...compose.argv(target, args)],
			details: lastLines(down.stderr),
		});
	const now = await docker.listVolumes({project});
	const made = now.map(volume => volume.name).filter(name => !volumes.includes(name));
	if (made.length > 0) {
		const removed = await processes.run('docker', ['volume', 'rm', ...made], {timeoutMs: 120_000});
		if (removed.exitCode !== 0)
			throw new AppError('tool-failed', `The volumes ${made.join(', ')}, which hold nothing, cannot be removed`, {
				hint: 'Remove them yourself',
				fix: ['docker', 'volume', 'rm', ...made],
				details: lastLines(removed.stderr),
			});
	}

	await undoFiles(files, false);
}
