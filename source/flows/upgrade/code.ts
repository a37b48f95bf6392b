import {copyFile, mkdir} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {createGit} from '../../engine/git.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {UpgradePlan} from './plan.js';

/** Moves the work tree to the release, with the way back on disk before. Throws what git or Compose refuses. */
export async function* bringCode(
	plan: UpgradePlan,
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	const {repository, stack} = plan;
	const copies = await copyFiles(plan, services);
	await journal.willUndo('files', copies);
	if (repository === null || repository.to === null) return;
	yield {
		type: 'step-started',
		step: 'code',
		title: `Bring the code to ${repository.to.version ?? repository.to.revision.slice(0, 12)}`,
		canCancel: true,
	};
	await journal.willUndo('revision', {
		root: repository.root,
		branch: repository.branch,
		revision: repository.from.revision,
	});
	const git = createGit(services.processes, repository.root);
	const move =
		repository.branch === null
			? ['checkout', '--quiet', '--detach', repository.to.revision]
			: ['merge', '--quiet', '--ff-only', repository.to.revision];
	await git.read(move, signal);
	yield {type: 'step-finished', step: 'code', note: `${repository.commits.length} commits`};
	// What Compose would refuse is found before anything is built.
	await services.compose.config(stack.target, {}, signal);
}

/** Env files and compose files as they are now, beside the journal; the user's own changes to them are part of what runs. */
async function copyFiles(
	plan: UpgradePlan,
	services: Services,
): Promise<readonly {readonly path: string; readonly copy: string}[]> {
	const folder = join(dirname(services.settings.path), 'journal', `${plan.stack.project}-${plan.id}-files`);
	await mkdir(folder, {recursive: true, mode: 0o700});
	const tracked = new Set(plan.repository?.localChanges.map(path => join(plan.repository?.root ?? '', path)));
	// Tracked files go back with the revision; a copy of one would look like a change of the user's own.
	const own = plan.stack.envFiles.map(file => join(plan.stack.directory, file)).filter(path => !tracked.has(path));
	const copied: {path: string; copy: string}[] = [];
	for (const [index, path] of own.entries()) {
		const copy = join(folder, `${index}`);
		try {
			await copyFile(path, copy);
			copied.push({path, copy});
		} catch {
			// An env file that is named and not there need not come back.
		}
	}

	return copied;
}
