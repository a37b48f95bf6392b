import {AppError, toAppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {readImageExtensions} from '../../postgres/image-extensions.js';
import {mountTargetFor} from '../../release/target-image.js';
import type {Services} from '../../services.js';
import {makeBackup} from '../backup/run.js';
import {journalsOf} from '../journals.js';
import {type OutageMeter, startOutageMeter} from '../steps/outage.js';
import {stopWriters} from '../steps/writers.js';
import {adoptData} from './adopt.js';
import {checkEdits, readEdits} from './compose-edit.js';
import type {MoveRun} from './context.js';
import {compareExtensions, refuseExtensions} from './extensions.js';
import {fillNewServer} from './fill.js';
import {goLive} from './go-live.js';
import type {MajorResult} from './outcome.js';
import type {MajorPlan, MovePlan} from './plan.js';
import {runReindex} from './reindex.js';
import {guardOldData, isolateServer, stopService} from './service.js';
import {streamDocker} from './stream-docker.js';
import {saveComposeFile, undoMove, willUndo} from './undo.js';

/** A move that was cancelled or failed takes itself back; that must not be cancelled by the same signal. */
const never = new AbortController().signal;

/**
 * Moves the data as planned. Whatever fails, the old server comes back with its files as they were. Throws AppError upgrade-failed whose `extras` say that it
 * was rolled back and what was found.
 */
export async function* runMajor(plan: MajorPlan, services: Services, signal: AbortSignal): Operation<MajorResult> {
	if (plan.action === 'reindex') return yield* runReindex(plan, services, signal);
	const journal = await journalsOf(services).begin(plan.stack, {
		id: plan.id,
		operation: 'major',
		title:
			plan.action === 'adopt'
				? `Move of the data of ${plan.service} to a volume that stays`
				: `Upgrade of ${plan.stack.project} to PostgreSQL ${plan.next.major}`,
		data: {plan},
	});
	try {
		const result = yield* move({plan, journal, services, signal});
		await journal.finish('keep');
		return result;
	} catch (error) {
		throw yield* goBack(error, plan, journal, services);
	}
}

async function* move(run: MoveRun): Operation<MajorResult> {
	const {plan, journal, services, signal} = run;
	const edits = await readEdits(plan.edit);
	await checkEdits(edits, plan.targetAfter, services.compose, signal);
	yield* bringImages(run);
	let meter: OutageMeter | undefined;
	const leaveService = async function* (): Operation<void> {
		meter ??= startOutageMeter(services, plan.watch.find(one => one.healthUrl !== null)?.healthUrl ?? null);
		yield* stopApplication(run);
	};

	try {
		const backup = plan.backup === null ? undefined : yield* makeBackup(plan.backup, services, signal);
		await journal.enter('preparing');
		const filled =
			plan.action === 'adopt' ? yield* adoptData(run, leaveService) : yield* fillNewServer(run, leaveService);
		if (!plan.old.cannotStart) await guardOldData(plan, services);
		yield {type: 'step-started', step: 'edit', title: 'Change the compose file', canCancel: true};
		await willUndo(journal, 'files', {files: edits});
		for (const {path, before, after} of edits) await saveComposeFile(path, before, after);
		yield {type: 'step-finished', step: 'edit', note: edits.map(one => one.path).join(', ')};
		const health = yield* goLive(run, {clusterId: filled.clusterId, databases: filled.databases.map(one => one.name)});
		return {
			plan,
			backup: backup?.file ?? filled.backup,
			databases: filled.databases,
			settings: filled.settings,
			indexes: 0,
			health,
			outageMs: (await meter?.stop()) ?? 0,
		};
	} finally {
		await meter?.stop();
	}
}

/** Pulls what is not here, and looks at what could not be looked at before. Changes nothing of the stack. */
async function* bringImages({plan, services, signal}: MoveRun): Operation<void> {
	for (const image of new Set([plan.next.image, plan.old.runs])) {
		if ((await services.docker.inspectImage(image, signal)) !== undefined) continue;
		yield* streamDocker('pull', `Pull ${image}`, ['pull', image], services, signal);
	}

	if (plan.next.from === 'here' || plan.action === 'adopt') return;
	const {image, major, target} = plan.next;
	const server = plan.stack.databases.find(one => one.service === plan.service);
	const extensions = await readImageExtensions(services.processes, image, signal);
	refuseExtensions(
		compareExtensions({server: server?.server ?? null}, extensions),
		{reference: image},
		major,
		plan.service,
	);
	const pgdata = (await services.docker.inspectImage(image, signal))?.environment['PGDATA'] ?? null;
	if (mountTargetFor(major, plan.old.mount.target ?? '', {ownPgdata: plan.old.ownPgdata, pgdata}) !== target)
		throw new AppError('preflight-failed', `${image} keeps its data elsewhere than its version lets expect`, {
			hint: 'The image is here now: look at the plan once more',
		});
}

/** From here on the application is away; nobody but us reaches the old server any more. */
async function* stopApplication(run: MoveRun): Operation<void> {
	const {plan, journal, services, signal} = run;
	const names = [...plan.writers.writers, ...plan.writers.poolers].map(one => one.service);
	yield {
		type: 'step-started',
		step: 'stop',
		title: names.length === 0 ? `Take ${plan.service} off its network` : `Stop ${names.join(', ')}`,
		canCancel: true,
	};
	await willUndo(journal, 'start', {writers: plan.writers});
	await journal.enter('stopping');
	await stopWriters(services, plan.writers, signal);
	if (plan.old.cannotStart) await stopService(plan, services, signal);
	else await isolateServer(plan, services, signal);
	yield {type: 'step-finished', step: 'stop'};
}

/** Takes everything back and answers with the error to throw. */
async function* goBack(thrown: unknown, plan: MovePlan, journal: Journal, services: Services): Operation<AppError> {
	const cause = toAppError(thrown);
	if (journal.record.undo.length === 0) {
		await journal.finish('remove');
		return cause;
	}

	yield {
		type: 'warning',
		message: `${cause.code === 'cancelled' ? 'Cancelled' : cause.message}: everything goes back to what it was`,
	};
	try {
		const wasStopped = journal.record.undo.some(entry => entry.kind === 'start');
		const health = yield* undoMove(journal, services, never);
		await journal.finish('remove');
		const note = plan.old.cannotStart
			? 'All is as it was before, the data untouched'
			: wasStopped
				? 'The old server runs again with all its data'
				: 'The application was not touched';
		return withExtras(cause, {rolledBack: true, health}, note);
	} catch (error) {
		await journal.abandon();
		return withExtras(toAppError(error), {rolledBack: false, failure: cause.message}, undefined);
	}
}

function withExtras(error: AppError, extras: Readonly<Record<string, unknown>>, note: string | undefined): AppError {
	const keeps: readonly string[] = ['bug', 'cancelled', 'rollback-failed', 'extension-missing', 'preflight-failed'];
	const code = keeps.includes(error.code) ? error.code : 'upgrade-failed';
	const message = code === 'cancelled' ? 'The upgrade was cancelled' : error.message;
	const hint = [note, error.hint].filter(Boolean).join('. ');
	return Object.assign(
		new AppError(code, message, {hint: hint || undefined, fix: error.fix, details: error.details, cause: error}),
		{extras},
	);
}
