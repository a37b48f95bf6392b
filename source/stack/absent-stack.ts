import {readdir} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import type {ComposeTarget, ContainerSummary} from '../engine/types.js';
import {AppError} from '../errors.js';
import {findLikelyFiles} from './compose-files.js';
import {summarizeProjects} from './projects.js';
import type {Stack} from './stack.js';

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

	const backup = await findBackup(target.projectDirectory ?? target.cwd);
	if (backup !== undefined) {
		return new AppError('stack-not-found', error.message, {
			hint: `${backup} looks like a backup of Lifeboat: restore it, and the stack is set up here as it was`,
			fix: ['lifeboat', 'restore', backup],
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

/** The newest file that is named like a backup, in a folder or in `backups` below it; relative to the folder. */
async function findBackup(folder: string): Promise<string | undefined> {
	for (const place of ['', 'backups']) {
		const names = await readdir(join(folder, place)).catch(() => []);
		const [newest] = names
			.filter(name => /-\d{8}T\d{6}Z(?:-\d+)?\.zip(?:\.age)?$/.test(name))
			.sort((a, b) => (timeOf(a) < timeOf(b) ? 1 : -1));
		if (newest !== undefined) return join(place, newest);
	}

	return undefined;
}

function timeOf(name: string): string {
	return /\d{8}T\d{6}Z/.exec(name)?.[0] ?? '';
}

/** The place where a stack will be: nothing is deployed there and no file describes it yet. */
export function absentStack(target: ComposeTarget): Stack {
	const [file] = target.files;
	const directory = target.projectDirectory ?? (file === undefined ? target.cwd : dirname(file));
	return {
		project: target.projectName ?? nameProject(basename(directory)),
		directory,
		target,
		composeFiles: [],
		envFiles: [],
		secretFiles: [],
		upgradeMode: 'pull',
		databases: [],
		external: [],
		services: [],
		durable: [],
		secrets: [],
		warnings: [],
		reasons: [],
		engineReached: false,
		source: 'nothing',
	};
}

/** As Docker Compose names a project after its folder: lower case, without what is neither letter, digit, dash nor underscore. */
function nameProject(folder: string): string {
	return folder
		.toLowerCase()
		.replaceAll(/[^a-z0-9_-]/g, '')
		.replace(/^[_-]+/, '');
}
