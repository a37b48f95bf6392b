import {unlink} from 'node:fs/promises';
import {dirname} from 'node:path';
import prettyBytes from 'pretty-bytes';
import * as z from 'zod';
import {errnoOf, toWriteError} from '../bundle/file-errors.js';
import {syncFolder} from '../bundle/folder.js';
import {type Keep, planRetention} from '../bundle/retention.js';
import {AppError} from '../errors.js';
import type {Operation} from '../operation.js';
import type {Services} from '../services.js';
import type {Flow, Outcome, PlanReview} from './flow.js';
import {journalsOf} from './journals.js';
import {type BackupEntry, listBackups} from './list.js';

const count = z.number().int().nonnegative().optional();
const pruneAnswersSchema = z.object({
	last: count,
	daily: count,
	weekly: count,
	monthly: count,
	output: z.string().min(1).optional(),
});

export type PruneAnswers = z.infer<typeof pruneAnswersSchema>;

export type PrunePlan = {
	readonly project: string;
	readonly directory: string;
	readonly keep: Keep;
	readonly kept: readonly {readonly file: string; readonly createdAt: string; readonly reasons: readonly string[]}[];
	readonly removed: readonly {readonly file: string; readonly createdAt: string; readonly bytes: number}[];
	/** Backups that count for nothing and are left alone. */
	readonly damaged: readonly {readonly file: string; readonly problem: string}[];
	readonly folder: string | null;
};

export type PruneResult = {
	readonly removed: readonly string[];
	readonly kept: readonly string[];
	readonly freedBytes: number;
};

/** Removes old backups by rules. The newest good one always stays; damaged ones are neither counted nor removed. */
export const pruneFlow: Flow<PruneAnswers, PrunePlan, PruneResult> = {
	id: 'prune',
	title: 'Remove old backups',
	answers: pruneAnswersSchema,
	questions: async () => [],
	prepare: async (stack, answers, services) => {
		const preferred = services.settings.preferences().keep;
		const given = [answers.last, answers.daily, answers.weekly, answers.monthly].some(one => one !== undefined);
		const none = {last: 0, daily: 0, weekly: 0, monthly: 0};
		const keep = {
			...(given ? none : preferred),
			...Object.fromEntries(
				(['last', 'daily', 'weekly', 'monthly'] as const).flatMap(rule =>
					answers[rule] === undefined ? [] : [[rule, answers[rule]]],
				),
			),
		};
		return planPrune(stack, keep, await listBackups(stack, services, answers.output), answers.output ?? null);
	},
	review: reviewPrune,
	run: runPrune,
	toJson: ({removed, kept, freedBytes}) => ({ok: true, removed, kept, freedBytes}),
	outcome: describePrune,
};

/** Pure. Encrypted backups count as good: they were read back when they were made. */
export function planPrune(
	stack: {readonly project: string; readonly directory: string},
	keep: Keep,
	backups: readonly BackupEntry[],
	folder: string | null,
): PrunePlan {
	const isBad = (one: BackupEntry) => one.state === 'damaged' || one.verified?.ok === false;
	const good = backups.filter(one => one.state !== 'missing' && !isBad(one));
	const {kept, removed} = planRetention(good, keep);
	return {
		project: stack.project,
		directory: stack.directory,
		keep,
		kept: kept.map(({backup, reasons}) => ({file: backup.file, createdAt: backup.createdAt, reasons})),
		removed: removed.map(({file, createdAt, bytes}) => ({file, createdAt, bytes: bytes ?? 0})),
		damaged: backups.filter(isBad).map(one => ({file: one.file, problem: one.problem ?? 'verify found problems'})),
		folder,
	};
}

function reviewPrune(plan: PrunePlan): PlanReview {
	const freed = plan.removed.reduce((sum, one) => sum + one.bytes, 0);
	const {last, daily, weekly, monthly} = plan.keep;
	return {
		title:
			plan.removed.length === 0 ? 'There is no old backup to remove' : `Remove ${plan.removed.length} old backup(s)`,
		facts: [
			['Rules', `last ${last}, daily ${daily}, weekly ${weekly}, monthly ${monthly}`],
			['Stay', `${plan.kept.length}, the newest of ${plan.kept[0]?.createdAt.slice(0, 10) ?? 'never'}`],
			['Frees', prettyBytes(freed)],
		],
		steps: plan.kept.map(one => ({title: `Keep ${one.file}`, detail: one.reasons.join(', ')})),
		warnings: plan.damaged.map(one => ({
			message: `${one.file} is damaged and counts for nothing: ${one.problem}`,
			hint: 'It is left alone; remove it yourself when you no longer need it',
		})),
		destroys: plan.removed.map(one => `${one.file} (${one.createdAt.slice(0, 10)}, ${prettyBytes(one.bytes)})`),
		...(plan.removed.length > 0 ? {confirmWord: plan.project} : {}),
		needsConsent: plan.removed.length > 0,
	};
}

async function* runPrune(plan: PrunePlan, services: Services, signal: AbortSignal): Operation<PruneResult> {
	const lock = await journalsOf(services).lock(plan, `Removing old backups of ${plan.project}`);
	try {
		const step = 'prune';
		yield {type: 'step-started', step, title: 'Remove old backups', canCancel: true};
		if (plan.removed.length > 0) await mustStillKeepOne(plan, services);
		const removed: string[] = [];
		for (const {file} of plan.removed) {
			signal.throwIfAborted();
			await removeFile(file);
			removed.push(file);
			yield {
				type: 'step-progress',
				step,
				done: removed.length,
				total: plan.removed.length,
				unit: 'items',
				current: file,
			};
		}

		services.settings.updateStack(plan.project, plan.directory, memory => ({
			...memory,
			backups: memory.backups.filter(one => !removed.includes(one.file)),
		}));
		yield {type: 'step-finished', step, note: `${removed.length} removed`};
		const freedBytes = plan.removed.reduce((sum, one) => sum + one.bytes, 0);
		return {removed, kept: plan.kept.map(one => one.file), freedBytes};
	} finally {
		await lock.release();
	}
}

/** The plan may be minutes old: what it keeps must still be there and good before anything goes. */
async function mustStillKeepOne(plan: PrunePlan, services: Services): Promise<void> {
	const now = await listBackups(plan, services, plan.folder ?? undefined);
	const kept = new Set(plan.kept.map(one => one.file));
	if (now.some(one => kept.has(one.file) && (one.state === 'complete' || one.state === 'encrypted'))) return;
	throw new AppError('operation-failed', 'None of the backups that would stay is there and whole any more', {
		hint: 'Nothing was removed. Make a new backup first',
		fix: ['lifeboat', 'backup'],
	});
}

async function removeFile(file: string): Promise<void> {
	try {
		await unlink(file);
		await syncFolder(dirname(file));
	} catch (error) {
		if (errnoOf(error) !== 'ENOENT') throw toWriteError(error, file);
	}
}

function describePrune(result: PruneResult): Outcome {
	return {
		status: 'success',
		title:
			result.removed.length === 0
				? 'There was no old backup to remove'
				: `${result.removed.length} old backup(s) removed`,
		facts: [
			['Freed', prettyBytes(result.freedBytes)],
			['Left', String(result.kept.length)],
		],
		notes: result.removed,
		next: [],
	};
}
