import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {AppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {quoteShell} from '../../postgres/quote.js';
import {execute} from '../../postgres/sql.js';
import type {Services} from '../../services.js';
import {keepCopy, saveFile} from '../../stack/save-file.js';
import {reachServer} from '../steps/database-up.js';
import {runMigrations} from '../steps/migrate.js';
import {takeRollbackPoint} from '../steps/rollback-point.js';
import {lastLines} from '../steps/writers.js';
import {type Action, describeAction, type FileEdit, type OwnerChange, type SqlStatement} from './actions.js';
import {composeTwice} from './compose-twice.js';
import {hashText} from './draft.js';
import type {FixPlan} from './plan.js';
import {addressOf} from './server-client.js';
import type {FixUndo} from './undo.js';
import {assertUnused, runInVolumes} from './volumes.js';

/** A fix under way: what its actions share. */
export type FixRun = {
	readonly plan: FixPlan;
	readonly journal: Journal;
	readonly services: Services;
	readonly signal: AbortSignal;
};

/** Carries one action out, with its undo in the journal before. Resolves with the path of the backup, where that is what it makes. Throws AppError. */
export async function* runAction(action: Action, run: FixRun, index: number): Operation<string | undefined> {
	const {plan, services, signal} = run;
	const step = `${index + 1} ${action.kind}`;
	switch (action.kind) {
		case 'backup':
			return yield* takeRollbackPoint(
				plan.stack,
				action.databases.map(name => ({service: action.service, name})),
				services,
				signal,
			);
		case 'migrate':
			yield* runMigrations(services, {stack: plan.stack, target: plan.target, names: action.services, signal, step});
			return undefined;
		case 'compose':
			yield* composeTwice(step, action.title, action.args, plan.target, services, signal);
			return undefined;
		default:
			yield {type: 'step-started', step, title: describeAction(action).title, canCancel: true};
			yield {type: 'step-finished', step, note: await carryOut(action, run)};
			return undefined;
	}
}

async function carryOut(
	action: Exclude<Action, {kind: 'backup' | 'migrate' | 'compose'}>,
	run: FixRun,
): Promise<string | undefined> {
	const {plan, journal, services, signal} = run;
	switch (action.kind) {
		case 'edit-file':
			return editFile(action, run);
		case 'sql':
			return runSql(action, run);
		case 'start-server': {
			const client = await reachServer(services, addressOf(plan.stack, action.service, plan.target), {
				operationId: `fix-${plan.id}`,
				signal,
			});
			await client.dispose();
			return `PostgreSQL ${client.facts.serverVersion} answers`;
		}

		case 'volume-script': {
			const where = {project: plan.stack.project, service: action.service};
			if (action.exclusive === true) await assertUnused(services, where, signal);
			if (action.undo !== null) await willUndo(journal, {kind: 'volume-script', data: {...where, script: action.undo}});
			return lastLines(await runInVolumes(services, {...where, script: action.script}, signal), 1)[0];
		}

		case 'chown':
			return changeOwner(action, run);
		case 'engine': {
			if (action.undo !== null) await willUndo(journal, {kind: 'engine', data: {args: action.undo}});
			const result = await services.processes.run('docker', action.args, {signal, timeoutMs: 600_000});
			if (result.exitCode === 0) return undefined;
			throw new AppError('tool-failed', `"${action.title}" fails`, {
				fix: ['docker', ...action.args],
				details: lastLines(result.stderr),
			});
		}

		default:
			action satisfies never;
			return undefined;
	}
}

/** Registers an undo; the type keeps the run and `undo.ts` together. */
export function willUndo(journal: Journal, undo: FixUndo): Promise<void> {
	return journal.willUndo(undo.kind, undo.data);
}

/** What an undo needs and is too long for the journal itself. */
export function filesFolder({settings}: Pick<Services, 'settings'>, project: string, id: string): string {
	return join(dirname(settings.path), 'journal', `${project}-${id}-files`);
}

/** Writes the text that was shown, unless the file is another one by now. The former text stays beside it. */
async function editFile({path, name, before, after}: FileEdit, {plan, journal}: FixRun): Promise<string | undefined> {
	const text = await readFile(path, 'utf8').catch(() => null);
	const now = text === null ? null : hashText(text);
	if (now !== before)
		throw new AppError('fix-failed', `${name} has changed since the plan was made`, {
			hint: 'Look at the plan again, then start it once more',
		});
	const copy = before === null ? null : `${path}.before-${plan.id}`;
	if (copy !== null) await keepCopy(path, copy);
	await willUndo(journal, {kind: 'file', data: {path, copy, before, after: hashText(after.reveal())}});
	await saveFile(path, after.reveal());
	return copy === null ? undefined : `the former text is in ${name}.before-${plan.id}`;
}

async function runSql(action: SqlStatement, {plan, journal, services, signal}: FixRun): Promise<undefined> {
	const address = addressOf(plan.stack, action.service, plan.stack.target);
	const client = await reachServer(services, address, {operationId: `fix-${plan.id}`, signal});
	try {
		if (action.undo !== null) {
			const script = (await execute(client, action.database, `${action.undo};`, {signal})).trim();
			if (script !== '')
				await willUndo(journal, {kind: 'sql', data: {...address, sqlDatabase: action.database, script}});
		}

		// A reindex of a large database takes as long as it takes.
		await execute(client, action.database, `${action.script.reveal()};`, {signal, timeoutMs: 3_600_000});
	} finally {
		await client.dispose();
	}
}

async function changeOwner(action: OwnerChange, {plan, journal, services, signal}: FixRun): Promise<string> {
	const {project} = plan.stack;
	const where = {project, service: action.service};
	const listing = await runInVolumes(
		services,
		{...where, script: `find ${quoteShell(action.path)} -exec stat -c '%u:%g %n' {} +`},
		signal,
	);
	const folder = filesFolder(services, project, plan.id);
	await mkdir(folder, {recursive: true, mode: 0o700});
	const file = join(folder, 'owners');
	await writeFile(file, listing, {mode: 0o600});
	await willUndo(journal, {kind: 'owners', data: {...where, file}});
	await runInVolumes(
		services,
		{...where, script: `chown -R ${quoteShell(action.owner)} ${quoteShell(action.path)}`},
		signal,
	);
	return `${listing.trimEnd().split('\n').length} files and folders`;
}
