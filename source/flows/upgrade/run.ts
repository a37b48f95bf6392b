import {AppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {makeBackup} from '../backup/run.js';
import {journalsOf} from '../journals.js';
import {requireHealth} from '../steps/health.js';
import type {HealthReport} from '../steps/health-rules.js';
import {runMigrations} from '../steps/migrate.js';
import {type OutageMeter, startOutageMeter} from '../steps/outage.js';
import {type OutputRecorder, recordOutput} from '../steps/record-output.js';
import {startWriters} from '../steps/writers.js';
import {bringCode} from './code.js';
import {countMigrations, openPlannedServers, serverAddress} from './databases.js';
import {goBackFrom} from './go-back.js';
import {bringImages, imagesOf, keepImages, readImages, rollbackTags} from './images.js';
import {keepData} from './keep-data.js';
import type {UpgradeResult} from './outcome.js';
import type {UpgradePlan} from './plan.js';
import {streamCompose} from './stream-compose.js';
import {willUndo} from './undo.js';
import type {KeptByUpgrade} from './undo-data.js';

type UpgradeRun = {
	readonly plan: UpgradePlan;
	readonly journal: Journal;
	readonly services: Services;
	readonly signal: AbortSignal;
	readonly output: OutputRecorder;
	/** Set when the application is about to be stopped. */
	outage: OutageMeter | undefined;
};

/**
 * Upgrades as planned: backup, code, images, a copy of the data, migrations, start, health. Whatever fails is diagnosed, then everything goes back as
 * one: code, images, files and data. Throws AppError upgrade-failed whose `extras` say that it was rolled back and what was found.
 */
export async function* runUpgrade(
	plan: UpgradePlan,
	services: Services,
	signal: AbortSignal,
): Operation<UpgradeResult> {
	if (plan.upToDate)
		return {plan, changed: false, backup: null, images: imagesOf(plan), migrations: null, health: null, outageMs: 0};
	const journal = await journalsOf(services).begin(plan.stack, {
		id: plan.id,
		operation: 'upgrade',
		title: plan.title,
		data: keptBy(plan),
	});
	const run: UpgradeRun = {plan, journal, services, signal, output: recordOutput(), outage: undefined};
	try {
		const result = yield* run.output.watch(upgrade(run));
		await journal.finish('keep');
		return result;
	} catch (error) {
		throw yield* goBackFrom(error, run);
	}
}

function keptBy(plan: UpgradePlan): KeptByUpgrade {
	return {
		databases: plan.wayBack.map(({service, name, kind, copy, failed}) => ({
			server: serverAddress(plan, service) as KeptByUpgrade['databases'][number]['server'],
			name,
			kind,
			copy,
			failed,
		})),
		keepWriting: plan.keepWriting,
		tags: [...rollbackTags(plan)],
	};
}

async function* upgrade(run: UpgradeRun): Operation<UpgradeResult> {
	const {plan, journal, services, signal} = run;
	const {stack} = plan;
	const backup = plan.backup === null ? null : yield* backUp(run, plan.backup);
	await journal.enter('preparing');
	yield* keepImages(plan, services, signal);
	await willUndo(journal, 'start', {
		target: stack.target,
		project: stack.project,
		services: plan.start,
		added: plan.added,
		oneShots: plan.migrate,
		forgotten: plan.forgotten,
		built: plan.images.flatMap(({service, build, runningImageId}) =>
			build ? [{service, imageId: runningImageId}] : [],
		),
		watch: plan.watch.filter(service => !plan.added.includes(service.name)),
		timeoutMs: plan.healthTimeoutMs,
	});
	yield* bringCode(plan, journal, services, signal);
	if (plan.alone === null) yield* bringImages(plan, journal, services, signal);
	const before = yield* migrate(run, backup);
	await journal.enter('starting');
	const health = yield* start(run);
	const migrations = plan.wayBack.length === 0 ? null : {before, after: await countNow(plan, services, signal)};
	return {
		plan,
		changed: true,
		backup,
		images: await readImages(plan, services),
		migrations,
		health,
		outageMs: (await run.outage?.stop()) ?? 0,
	};
}

/** The file, once it is complete and, when asked for, was restored for real. */
async function* backUp({services, signal}: UpgradeRun, planned: NonNullable<UpgradePlan['backup']>): Operation<string> {
	const {file, verified} = yield* makeBackup(planned, services, signal);
	const isProved = verified.level === 'restored' || !planned.verify;
	if (verified.ok && isProved) return file;
	throw new AppError(
		'verification-failed',
		`The backup does not restore: ${verified.findings[0] ?? 'no reason given'}`,
		{
			hint: 'Nothing was changed. Find out why before you upgrade',
			fix: ['lifeboat', 'verify', file],
			details: verified.findings,
		},
	);
}

/** Counted once the application is up: many bring their migrations at their own start, and the server may run in a new container. */
async function countNow(plan: UpgradePlan, services: Services, signal: AbortSignal): Promise<number | null> {
	const servers = await openPlannedServers(plan, services, signal);
	try {
		return await countMigrations(servers, plan.wayBack, signal);
	} finally {
		await Promise.all(servers.map(server => server.client.dispose()));
	}
}

/** The part during which users are without the application: the data is kept, then changed. */
async function* migrate(run: UpgradeRun, backup: string | null): Operation<number | null> {
	const {plan, journal, services, signal} = run;
	const servers = await openPlannedServers(plan, services, signal);
	try {
		run.outage = startOutageMeter(services, plan.watch.find(service => service.healthUrl !== null)?.healthUrl ?? null);
		yield* keepData({plan, journal, servers, backup, services, signal});
		await journal.enter('migrating');
		const before = await countMigrations(servers, plan.wayBack, signal);
		const environment = plan.alone?.environment;
		yield* runMigrations(services, {
			stack: plan.stack,
			target: plan.stack.target,
			names: plan.migrate,
			environment,
			signal,
		});
		return before;
	} finally {
		await Promise.all(servers.map(server => server.client.dispose()));
	}
}

/** Throws AppError compose-failed or health-failed. */
async function* start({plan, services, signal}: UpgradeRun): Operation<HealthReport> {
	if (plan.alone === null) yield* startRelease(plan, services, signal);
	else yield* startAgain(plan, services, signal);
	return yield* requireHealth(services, plan.alone === null ? 'The new version' : 'The application', {
		project: plan.stack.project,
		watch: plan.watch,
		timeoutMs: plan.healthTimeoutMs,
		signal,
	});
}

async function* startRelease(plan: UpgradePlan, services: Services, signal: AbortSignal): Operation<void> {
	// With dependencies, as the user would: `--no-deps` would leave another config hash on the containers. Migrations that have run do nothing the second time.
	yield* streamCompose(
		'start',
		'Start the new version',
		['up', '--detach', '--no-build', ...plan.start, ...plan.added],
		plan.stack.target,
		services,
		signal,
	);
}

/** The containers that were stopped, without the one-shots before them: Compose would run the migrations once more. */
async function* startAgain(plan: UpgradePlan, services: Services, signal: AbortSignal): Operation<void> {
	yield {type: 'step-started', step: 'start', title: 'Start the application', canCancel: true};
	if (!plan.keepWriting) await startWriters(services, plan.stack.target, plan.writers, signal);
	yield {type: 'step-finished', step: 'start'};
}
