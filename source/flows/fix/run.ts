import {rm} from 'node:fs/promises';
import {AppError, isAppError, toAppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {journalsOf} from '../journals.js';
import {takeHealthBaseline} from '../steps/health.js';
import {composeTwice} from './compose-twice.js';
import type {FixResult} from './outcome.js';
import type {FixPlan} from './plan.js';
import {prove} from './prove.js';
import {type FixRun, filesFolder, runAction, willUndo} from './run-action.js';
import {undoFix} from './undo.js';

/** A fix that was cancelled or failed takes itself back; that must not be cancelled by the same signal. */
const never = new AbortController().signal;

/**
 * Carries the plan out, then watches: the application must be healthy and the problem gone, by the same look that found it. Otherwise everything goes
 * back. Throws AppError fix-failed whose `extras` say that it was rolled back and what was found.
 */
export async function* runFix(plan: FixPlan, services: Services, signal: AbortSignal): Operation<FixResult> {
	const {stack} = plan;
	const journal = await journalsOf(services).begin(stack, {
		id: plan.id,
		operation: 'fix',
		title: `"${plan.fix.title}" on ${stack.project}`,
		data: {fix: plan.fix, problem: plan.problem},
	});
	try {
		const result = yield* carryOut({plan, journal, services, signal});
		await journal.finish('remove');
		await rm(filesFolder(services, stack.project, plan.id), {recursive: true, force: true});
		return result;
	} catch (error) {
		throw yield* goBack(error, journal, services);
	}
}

async function* carryOut(run: FixRun): Operation<FixResult> {
	const {plan, journal, services, signal} = run;
	const before = await takeHealthBaseline(plan.stack, services, signal);
	const backups = plan.actions.filter(action => action.kind === 'backup');
	let backup: string | undefined;
	for (const [index, action] of backups.entries()) backup = yield* runAction(action, run, index);
	await willUndo(journal, {kind: 'services', data: {target: plan.stack.target, services: plan.before}});
	await journal.enter('changing');
	for (const [index, action] of plan.actions.entries()) {
		if (action.kind !== 'backup') yield* runAction(action, run, index);
	}

	await journal.enter('starting');
	const startedAt = services.clock.now();
	yield* startServices(run);
	const {health, remaining} = yield* prove(run, before, startedAt);
	return {
		plan,
		health,
		remaining,
		backup: backup ?? null,
		copies: plan.actions.flatMap(action =>
			action.kind === 'edit-file' && action.before !== null ? [`${action.name}.before-${plan.id}`] : [],
		),
	};
}

/** What Compose says when a service does not come up decides nothing: the look afterwards does. */
async function* startServices({plan, services, signal}: FixRun): Operation<void> {
	if (plan.recreate.length === 0) return;
	const args = ['up', '--detach', '--force-recreate', ...plan.recreate];
	try {
		yield* composeTwice('start', `Start ${plan.recreate.join(', ')}`, args, plan.target, services, signal);
	} catch (error) {
		if (!isAppError(error, 'compose-failed')) throw error;
		yield {type: 'warning', message: error.details.at(-1) ?? error.message};
	}
}

/** Takes everything back and answers with the error to throw. */
async function* goBack(thrown: unknown, journal: Journal, services: Services): Operation<AppError> {
	const cause = toAppError(thrown);
	if (journal.record.undo.length === 0) {
		await journal.finish('remove');
		return withExtras(cause, {rolledBack: false}, 'Nothing was changed');
	}

	yield {type: 'warning', message: `${cause.message}. Everything goes back as it was`};
	try {
		yield* undoFix(journal, services, never);
		await journal.finish('remove');
		return withExtras(cause, {rolledBack: true}, 'Everything is as it was before');
	} catch (error) {
		await journal.abandon();
		return withExtras(toAppError(error), {rolledBack: false, failure: cause.message}, undefined);
	}
}

function withExtras(error: AppError, extras: Readonly<Record<string, unknown>>, note: string | undefined): AppError {
	const code =
		error.code === 'bug' || error.code === 'cancelled' || error.code === 'rollback-failed' ? error.code : 'fix-failed';
	const message = code === 'cancelled' ? 'The fix was cancelled' : error.message;
	const hint = [note, error.hint].filter(Boolean).join('. ');
	return Object.assign(
		new AppError(code, message, {hint: hint || undefined, fix: error.fix, details: error.details, cause: error}),
		{extras},
	);
}
