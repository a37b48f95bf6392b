import {mkdir, readFile} from 'node:fs/promises';
import {dirname, join, resolve} from 'node:path';
import {createGit} from '../../engine/git.js';
import {writeDurably} from '../../journal/durable-file.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {editEnvFile} from '../../stack/env-file.js';
import {saveFile} from '../../stack/save-file.js';
import {nameRevision, type UpgradePlan} from './plan.js';
import {willUndo} from './undo.js';

/** Moves the work tree to the release, with the way back on disk before. Throws what git or Compose refuses. */
export async function* bringCode(
	plan: UpgradePlan,
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	const {repository, stack} = plan;
	const copies = await copyFiles(plan, services);
	await willUndo(journal, 'files', copies);
	if (plan.addVariables) yield* addVariables(plan);
	if (repository === null || repository.to === null) return;
	yield {
		type: 'step-started',
		step: 'code',
		title: `Bring the code to ${nameRevision(repository.to)}`,
		canCancel: true,
	};
	await willUndo(journal, 'revision', {
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
	const {length} = repository.commits;
	yield {type: 'step-finished', step: 'code', note: `${length} commit${length === 1 ? '' : 's'}`};
	// What Compose would refuse is found before anything is built.
	await services.compose.config(stack.target, {}, signal);
}

/** Writes the variables that the release brings, with their defaults, at the end of the env files that are there. */
async function* addVariables({environment, stack}: UpgradePlan): Operation<void> {
	const step = 'variables';
	yield {type: 'step-started', step, title: 'Write the new variables', canCancel: true};
	const written: string[] = [];
	for (const {envFile, variables} of environment) {
		const path = resolve(stack.directory, envFile);
		const known = variables.filter(variable => variable.example !== '');
		const text = await readFile(path, 'utf8').catch(() => undefined);
		if (text === undefined || known.length === 0) continue;
		await saveFile(path, editEnvFile(text, Object.fromEntries(known.map(({name, example}) => [name, example]))));
		written.push(...known.map(variable => variable.name));
	}

	yield {type: 'step-finished', step, note: written.join(', ') || 'none has a default'};
}

/** Where the copies of files lie that an upgrade may have to bring back. */
export function filesFolder(upgrade: {readonly project: string; readonly id: string}, services: Services): string {
	return join(dirname(services.settings.path), 'journal', `${upgrade.project}-${upgrade.id}-files`);
}

/** Env files as they are now, safe on the disk beside the journal. */
async function copyFiles(
	plan: UpgradePlan,
	services: Services,
): Promise<readonly {readonly path: string; readonly copy: string}[]> {
	const folder = filesFolder({project: plan.stack.project, id: plan.id}, services);
	await mkdir(folder, {recursive: true, mode: 0o700});
	const own = plan.stack.envFiles.map(file => resolve(plan.stack.directory, file));
	const copied: {path: string; copy: string}[] = [];
	for (const [index, path] of own.entries()) {
		const copy = join(folder, `${index}`);
		// An env file that is named and not there need not come back.
		const text = await readFile(path, 'utf8').catch(() => undefined);
		if (text === undefined) continue;
		await writeDurably(copy, text);
		copied.push({path, copy});
	}

	return copied;
}
