import {rm} from 'node:fs/promises';
import {examine, type Finding} from '../../diagnosis/diagnose.js';
import {AppError, isAppError, toAppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {detectStack} from '../../stack/detect.js';
import type {Stack} from '../../stack/stack.js';
import {journalsOf} from '../journals.js';
import {servicesToWatch, takeHealthBaseline, waitForHealth} from '../steps/health.js';
import {describeFailedChecks, type HealthReport} from '../steps/health-rules.js';
import {gatherEvidence} from '../troubleshoot/gather.js';
import {streamCompose} from '../upgrade/stream-compose.js';
import type {FixResult} from './outcome.js';
import type {FixPlan} from './plan.js';
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
	const wasWell = new Set(before.filter(service => service.required).map(service => service.name));
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
	yield {type: 'step-started', step: 'detect', title: 'Look at what runs now', canCancel: true};
	const stack = await detectStack(plan.target, services, {signal});
	yield {type: 'step-finished', step: 'detect'};
	const usual = new Map(before.map(service => [service.name, service.usualStatus]));
	const health = yield* waitForHealth(services, {
		project: stack.project,
		watch: servicesToWatch(stack)
			.filter(service => service.state !== 'absent' || plan.recreate.includes(service.name))
			.map(({name, healthUrl}) => ({
				name,
				healthUrl,
				usualStatus: wasWell.has(name) ? (usual.get(name) ?? null) : null,
				required: wasWell.has(name) || plan.recreate.includes(name),
			})),
		timeoutMs: plan.healthTimeoutMs,
		signal,
	});
	const remaining = yield* lookAgain(plan, stack, health, startedAt, services, signal);
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
		yield* streamCompose('start', `Start ${plan.recreate.join(', ')}`, args, plan.target, services, signal);
	} catch (error) {
		if (!isAppError(error, 'compose-failed')) throw error;
		yield {type: 'warning', message: error.details.at(-1) ?? error.message};
	}
}

/** Gathers and diagnoses anew. Resolves with the problems that are left when this one is gone; throws fix-failed when the fix did not help. */
async function* lookAgain(
	plan: FixPlan,
	stack: Stack,
	health: HealthReport,
	since: number,
	services: Services,
	signal: AbortSignal,
): Operation<readonly Finding[]> {
	const found = examine(yield* gatherEvidence(stack, services, signal, {since}));
	const {cause, service, layer} = plan.problem;
	const still = found.find(({finding}) => finding.cause === cause && (service === null || finding.service === service));
	if (still !== undefined)
		throw new AppError('fix-failed', `The problem is still there: ${still.finding.summary}`, {
			details: still.finding.evidence.map(({source, text}) => `${source}: ${text}`),
		});
	const [first] = found;
	const isProgress = first !== undefined && (first.layer >= layer || plan.others.includes(first.finding.cause));
	if (health.ok || isProgress) return found.map(({finding}) => finding);
	throw new AppError(
		'fix-failed',
		first === undefined
			? `The application does not become healthy: ${describeFailedChecks(health).join('; ')}`
			: `The change makes another problem: ${first.finding.summary}`,
	);
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
