import type {ComposeTarget, ContainerSummary} from '../engine/types.js';
import {AppError} from '../errors.js';
import {findLikelyFiles} from './compose-files.js';
import {summarizeProjects} from './projects.js';

/** The stack-not-found that says what there is instead: files under another name, projects of the engine. */
export async function explainAbsence(
	error: AppError,
	target: ComposeTarget,
	listed: readonly ContainerSummary[],
): Promise<AppError> {
	const projects = summarizeProjects(listed, target.cwd).map(({project}) => project);
	if (target.projectName !== undefined) {
		return new AppError('stack-not-found', `There is no Compose project ${target.projectName} on this Docker engine`, {
			hint:
				projects.length > 0
					? `Choose one of these with -p: ${projects.join(', ')}`
					: 'Change to the folder of its compose file, or name the file with -f',
			fix: projects[0] === undefined ? ['docker', 'compose', 'ls', '--all'] : ['lifeboat', '-p', projects[0]],
			cause: error,
		});
	}

	const [likely] = await findLikelyFiles(target.projectDirectory ?? target.cwd);
	if (likely !== undefined) {
		return new AppError('stack-not-found', error.message, {
			hint: `${likely} looks like one under another name: name it with -f`,
			fix: ['lifeboat', '-f', likely],
			cause: error,
		});
	}

	if (projects.length === 0) return error;
	return new AppError('stack-not-found', error.message, {
		hint: `Change to the folder of the compose file, name the file with -f, or choose a project of this engine with -p: ${projects.join(', ')}`,
		fix: ['lifeboat', '-p', projects[0] ?? ''],
		cause: error,
	});
}
