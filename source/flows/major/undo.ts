import {chmod, readFile, rm} from 'node:fs/promises';
import * as z from 'zod';
import {AppError, isAppError} from '../../errors.js';
import type {Journal, UndoEntry} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {removeAside} from '../../postgres/server-aside.js';
import type {Services} from '../../services.js';
import {editService, readWords} from '../../stack/edit-service.js';
import {saveFile} from '../../stack/save-file.js';
import {emptyPlace, removeDataFolder, removeVolume} from '../../stack/volumes.js';
import {reachServer} from '../steps/database-up.js';
import {throughRestart, waitForEngine} from '../steps/engine-up.js';
import {waitForHealth} from '../steps/health.js';
import type {HealthReport} from '../steps/health-rules.js';
import type {DeepReadonly} from '../steps/journal-schemas.js';
import {refreshWriters, startWriters} from '../steps/writers.js';
import {addressOf, dataOf} from './context.js';
import {asideNames, type MovePlan} from './plan.js';
import {startService} from './service.js';

const stoppedSchema = z.array(z.object({service: z.string(), containerIds: z.array(z.string())}));

/** What each kind of undo needs beside the plan. Every one does no harm when its step never happened, or was taken back already. */
const undoSchemas = {
	/** The new volume and the server that fills it. */
	'new-server': z.object({}),
	/** The service and the application, which are stopped or cut off. */
	start: z.object({writers: z.object({writers: stoppedSchema, poolers: stoppedSchema})}),
	/** The server of the old version beside the stack. */
	'old-server': z.object({}),
	/** Compose files, with their text before and after: the journal is for its owner alone. */
	files: z.object({files: z.array(z.object({path: z.string(), before: z.string().nullable(), after: z.string()}))}),
} as const;

type UndoKind = keyof typeof undoSchemas;
type UndoData<Kind extends UndoKind> = z.infer<(typeof undoSchemas)[Kind]>;

const titles: Readonly<Record<UndoKind, string>> = {
	files: 'Bring back the compose file',
	'old-server': 'Stop the old version beside the stack',
	start: 'Start the old server and the application',
	'new-server': 'Remove the new volume',
};

/** In whatever order things were begun: nothing may use a volume when it goes, and no two servers the same one. */
const order: readonly string[] = ['files', 'old-server', 'start', 'new-server'] satisfies UndoKind[];

/** Registers how to take back the step that comes next. */
export function willUndo<Kind extends UndoKind>(
	journal: Journal,
	kind: Kind,
	data: DeepReadonly<UndoData<Kind>>,
): Promise<void> {
	return journal.willUndo(kind, data);
}

/**
 * Takes a move back: files, the service on its old volume, the application; then the new volume goes. Each entry is forgotten once it is done, so that a
 * killed run goes on where it was. Throws AppError rollback-failed with what is left to do.
 */
export async function* undoMove(
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<HealthReport | null> {
	const {plan} = dataOf(journal.record);
	if (plan.action === 'reindex') return null;
	let health: HealthReport | null = null;
	yield* waitForEngine(services, signal);
	await journal.enter('going back');
	const entries = journal.record.undo.toSorted((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind));
	for (const entry of entries) {
		const kind = entry.kind as UndoKind;
		const step = `undo-${kind}`;
		yield {type: 'step-started', step, title: titles[kind], canCancel: false};
		try {
			yield* throughRestart(services, signal, async function* () {
				if (kind === 'start') health = yield* startOld(plan, entry, services, signal);
				else await takeBack(plan, kind, entry, services, signal);
			});
		} catch (error) {
			if (isAppError(error, 'cancelled')) throw error;
			throw new AppError(
				'rollback-failed',
				`The way back stopped at "${titles[kind]}": ${error instanceof Error ? error.message : String(error)}`,
				{
					hint: 'The old volume is untouched. Put right what it says; then the command below goes on from there',
					fix: ['lifeboat', 'rollback', '--yes'],
					details: isAppError(error) ? error.details : [],
					cause: error,
				},
			);
		}

		yield {type: 'step-finished', step};
		await journal.forget(entry);
	}

	return health;
}

/** What was filled is not removed where users may have written to it since: `rollback --drop` does that. */
export function keepNewData(journal: Journal): Promise<void> {
	return journal.replaceUndo(journal.record.undo.filter(entry => entry.kind !== 'new-server'));
}

async function takeBack(
	plan: MovePlan,
	kind: Exclude<UndoKind, 'start'>,
	entry: UndoEntry,
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	switch (kind) {
		case 'files':
			for (const file of undoSchemas.files.parse(entry.data).files) await restoreFile(plan, file);
			return;
		case 'old-server':
			await removeAside(services.processes, asideNames(plan).old);
			return;
		case 'new-server':
			await removeAside(services.processes, asideNames(plan).new);
			await removeNewData(plan, services, signal);
			return;
		default:
			kind satisfies never;
	}
}

/** Removes what the move has filled; a volume that was there before is only emptied. */
export async function removeNewData(
	plan: Pick<MovePlan, 'next' | 'old'>,
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	const {next, old} = plan;
	if (next.place.type === 'bind')
		await removeDataFolder(services.processes, {path: next.place.source, image: old.runs, ours: true}, signal);
	else if (next.volume === null) await emptyPlace(services.processes, next.place, old.runs, signal);
	else await removeVolume(services.processes, next.place.source, signal);
}

/**
 * Puts a compose file back: as it was, or, where it was changed since, by the same small edit the other way round. An anonymous volume gets its name in it:
 * without, Compose would make a new, empty one.
 */
async function restoreFile(
	plan: MovePlan,
	{path, before, after}: {readonly path: string; readonly before: string | null; readonly after: string},
): Promise<void> {
	const now = await readFile(path, 'utf8').catch(() => null);
	const wanted = before === null ? null : withOldVolume(plan, before);
	if (now === null || now === before || now === wanted) {
		if (wanted !== null && now !== wanted && now !== null) await saveFile(path, wanted);
		return;
	}

	if (before === null || wanted === null) {
		if (now === after) await rm(path, {force: true});
		else
			throw new AppError('rollback-failed', `${path} has changed since the upgrade wrote it`, {
				hint: `Take image and volumes of ${plan.service} out of it, then go on`,
			});
		return;
	}

	if (now === after) {
		await saveFile(path, wanted);
		return;
	}

	const words = readWords(wanted, plan.service, [plan.old.mount.target ?? '']);
	const reversed = editService(now, {
		service: plan.service,
		image: words.image,
		mount: words.mount === null ? null : {replaces: [plan.next.target], ...words.mount},
		volume: null,
	});
	if (reversed === undefined)
		throw new AppError('rollback-failed', `${path} has changed since the upgrade, so that it cannot be changed back`, {
			hint: `Set image and volume of ${plan.service} to ${plan.old.image} and ${plan.old.place.source}, then go on`,
		});
	await saveFile(path, reversed);
}

function withOldVolume(plan: MovePlan, text: string): string {
	const {old, service} = plan;
	if (old.mount.type !== 'anonymous' || old.mount.target === null) return text;
	const key = `${service}_before`.replaceAll(/[^\w.-]/g, '_');
	const edited = editService(text, {
		service,
		image: null,
		mount: {replaces: [old.mount.target], source: key, target: old.mount.target},
		volume: {key, name: old.place.source},
	});
	return edited ?? text;
}

async function* startOld(
	plan: MovePlan,
	entry: UndoEntry,
	services: Services,
	signal: AbortSignal,
): Operation<HealthReport | null> {
	const {writers} = undoSchemas.start.parse(entry.data);
	await removeAside(services.processes, asideNames(plan).old);
	await removeAside(services.processes, asideNames(plan).new);
	await startService(plan, 'old', services, signal);
	if (!plan.old.cannotStart) {
		const client = await reachServer(services, addressOf(plan, 'old'), {operationId: `major-${plan.id}-back`, signal});
		await client.dispose();
	}

	await startWriters(
		services,
		plan.stack.target,
		await refreshWriters(services, plan.stack.project, writers, signal),
		signal,
	);
	if (plan.old.cannotStart) return null;
	return yield* waitForHealth(services, {
		project: plan.stack.project,
		watch: plan.watch,
		timeoutMs: plan.healthTimeoutMs,
		signal,
		step: 'undo-health',
		title: 'Wait until the application is healthy again',
	});
}

/** A file that Lifeboat made is as readable as a compose file usually is. */
export async function saveComposeFile(path: string, before: string | null, text: string): Promise<void> {
	await saveFile(path, text);
	if (before === null) await chmod(path, 0o644);
}
