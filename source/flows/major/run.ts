import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {readImageExtensions} from '../../postgres/image-extensions.js';
import {mountTargetFor} from '../../release/target-image.js';
import type {Services} from '../../services.js';
import {makeBackup} from '../backup/run.js';
import {journalsOf} from '../journals.js';
import {type OutageMeter, startOutageMeter} from '../steps/outage.js';
import {type OutputRecorder, recordOutput} from '../steps/record-output.js';
import {stopWriters} from '../steps/writers.js';
import {adoptData} from './adopt.js';
import {checkEdits, readEdits} from './compose-edit.js';
import type {LeaveService, MoveRun} from './context.js';
import {compareExtensions, refuseExtensions} from './extensions.js';
import {fillNewServer} from './fill.js';
import {goBackFrom} from './go-back.js';
import {goLive} from './go-live.js';
import {describeEstimate} from './outage-estimate.js';
import type {MajorResult} from './outcome.js';
import type {MajorPlan} from './plan.js';
import {runReindex} from './reindex.js';
import {guardOldData, isolateServer, stopService} from './service.js';
import {streamDocker} from './stream-docker.js';
import {saveComposeFile, willUndo} from './undo.js';

type MajorRun = MoveRun & {
	readonly output: OutputRecorder;
	/** Set when the application is about to be stopped. */
	outage: OutageMeter | undefined;
};

/**
 * Moves the data as planned. Whatever fails is diagnosed, then the old server comes back with its files as they were. Throws AppError upgrade-failed whose
 * `extras` say that it was rolled back and what was found.
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
	const run: MajorRun = {plan, journal, services, signal, output: recordOutput(), outage: undefined};
	try {
		const result = yield* run.output.watch(move(run));
		await journal.finish('keep');
		return result;
	} catch (error) {
		throw yield* goBackFrom(error, run);
	}
}

async function* move(run: MajorRun): Operation<MajorResult> {
	const {plan, journal, services, signal} = run;
	const edits = await readEdits(plan.edit);
	yield {type: 'step-started', step: 'check', title: 'Let Docker Compose read the changed files', canCancel: true};
	await checkEdits(plan.id, edits, plan.targetAfter, services.compose, signal);
	yield {type: 'step-finished', step: 'check'};
	yield* bringImages(run);
	const backup = plan.backup === null ? undefined : yield* makeBackup(plan.backup, services, signal);
	const leaveService: LeaveService = async function* (startMs) {
		run.outage ??= startOutageMeter(services, plan.watch.find(one => one.healthUrl !== null)?.healthUrl ?? null);
		const isMeasured = backup !== undefined && startMs !== undefined;
		yield* stopApplication(run, isMeasured ? describeEstimate({backupMs: backup.durationMs, startMs}) : undefined);
	};

	await journal.enter('preparing');
	const filled =
		plan.action === 'adopt' ? yield* adoptData(run, leaveService) : yield* fillNewServer(run, leaveService);
	if (!plan.old.cannotStart) await guardOldData(plan, services);
	await journal.enter('switching');
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
		outageMs: (await run.outage?.stop()) ?? 0,
	};
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
async function* stopApplication(run: MoveRun, estimate: string | undefined): Operation<void> {
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
	yield {type: 'step-finished', step: 'stop', note: estimate};
}
