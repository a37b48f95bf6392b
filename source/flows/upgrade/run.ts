import {AppError, toAppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {copyDatabase} from '../../postgres/copy-database.js';
import type {Services} from '../../services.js';
import {makeBackup} from '../backup/run.js';
import {journalsOf} from '../journals.js';
import {waitForHealth} from '../steps/health.js';
import {describeFailedChecks} from '../steps/health-rules.js';
import {runMigrations} from '../steps/migrate.js';
import {startOutageMeter} from '../steps/outage.js';
import {lastLines, stopWriters} from '../steps/writers.js';
import {bringCode} from './code.js';
import {countMigrations, openPlannedServers} from './databases.js';
import {bringImages, imagesOf, keepImages, readImages, rollbackTags} from './images.js';
import type {UpgradeResult} from './outcome.js';
import type {PlannedCopy, UpgradePlan} from './plan.js';
import {streamCompose} from './stream-compose.js';
import {type CopiedDatabase, undoUpgrade} from './undo.js';

/** An upgrade that was cancelled or failed takes itself back; that must not be cancelled by the same signal. */
const never = new AbortController().signal;

/**
 * Upgrades as planned: backup, code, images, a copy of the data, migrations, start, health. Whatever fails, everything goes back as one:
 * code, images, files and data. Throws AppError upgrade-failed whose `extras` say that it was rolled back and what was found.
 */
export async function* runUpgrade(
	plan: UpgradePlan,
	services: Services,
	signal: AbortSignal,
): Operation<UpgradeResult> {
	if (plan.upToDate)
		return {plan, changed: false, backup: null, images: imagesOf(plan), migrations: null, health: null, outageMs: 0};
	const {stack} = plan;
	const journal = await journalsOf(services).begin(stack, {
		id: plan.id,
		operation: 'upgrade',
		title: `Upgrade of ${stack.project}`,
		data: {copies: plan.copies.map(copy => ({...copy, user: userOf(plan, copy.service)})), tags: rollbackTags(plan)},
	});
	try {
		const result = yield* upgrade(plan, journal, services, signal);
		await journal.finish('keep');
		return result;
	} catch (error) {
		throw yield* goBack(error, journal, services);
	}
}

async function* upgrade(
	plan: UpgradePlan,
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<UpgradeResult> {
	const {stack} = plan;
	const backup = plan.backup === null ? null : yield* makeBackup(plan.backup, services, signal);
	await journal.enter('preparing');
	yield* keepImages(plan, services, signal);
	await journal.willUndo('start', {
		target: stack.target,
		services: plan.start,
		project: stack.project,
		watch: plan.watch,
		timeoutMs: plan.healthTimeoutMs,
	});
	yield* bringCode(plan, journal, services, signal);
	yield* bringImages(plan, journal, services, signal);

	const servers = await openPlannedServers(plan, services, signal);
	const outage = startOutageMeter(services, plan.watch.find(service => service.healthUrl !== null)?.healthUrl ?? null);
	let migrations: UpgradeResult['migrations'];
	let health: UpgradeResult['health'];
	try {
		yield* copyData(plan, journal, servers, services, signal);
		await journal.enter('migrating');
		const before = await countMigrations(servers, plan.copies, signal);
		yield* runMigrations(services, {target: stack.target, names: plan.migrate, signal});
		migrations = {before, after: await countMigrations(servers, plan.copies, signal)};
		await journal.enter('starting');
		yield* start(plan, services, signal);
		health = yield* waitForHealth(services, {
			project: stack.project,
			watch: plan.watch,
			timeoutMs: plan.healthTimeoutMs,
			signal,
		});
	} catch (error) {
		await outage.stop();
		throw error;
	} finally {
		await Promise.all(servers.map(server => server.client.dispose()));
	}

	const outageMs = await outage.stop();
	if (!health.ok)
		throw new AppError(
			'health-failed',
			`The new version does not become healthy: ${describeFailedChecks(health).join('; ')}`,
			{details: await lastLogLines(plan, services)},
		);
	return {
		plan,
		changed: true,
		backup: backup?.file ?? null,
		images: await readImages(plan, services),
		migrations,
		health,
		outageMs,
	};
}

function userOf(plan: UpgradePlan, service: string): string {
	return plan.stack.databases.find(server => server.service === service)?.user ?? 'postgres';
}

/** Copies each database while nobody writes; from here to the start of the new version the application is away. */
async function* copyData(
	plan: UpgradePlan,
	journal: Journal,
	servers: Awaited<ReturnType<typeof openPlannedServers>>,
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	if (!plan.keepWriting) {
		yield {type: 'step-started', step: 'stop', title: 'Stop what writes to the database', canCancel: true};
		await journal.enter('stopping');
		await stopWriters(services, plan.writers, signal);
		yield {
			type: 'step-finished',
			step: 'stop',
			note: plan.writers.writers.map(service => service.service).join(', ') || undefined,
		};
	}

	for (const server of servers) {
		const own = plan.copies.filter(copy => copy.service === server.service);
		for (const planned of own) {
			yield {
				type: 'step-started',
				step: `copy ${planned.name}`,
				title: `Copy ${planned.name} as the way back`,
				canCancel: true,
			};
			const entry = (complete: boolean): readonly CopiedDatabase[] => [describeCopy(planned, server.user, complete)];
			await journal.willUndo('databases', entry(false));
			const unfinished = journal.record.undo.at(-1);
			const properties = server.databases.find(database => database.name === planned.name);
			if (properties === undefined)
				throw new AppError('database-not-found', `The database ${planned.name} is not on ${server.service} any more`);
			await copyDatabase(server.client, properties, planned.copy, {signal});
			await journal.willUndo('databases', entry(true));
			if (unfinished !== undefined) await journal.forget(unfinished);
			yield {type: 'step-finished', step: `copy ${planned.name}`};
		}
	}
}

function describeCopy(planned: PlannedCopy, user: string, complete: boolean): CopiedDatabase {
	return {service: planned.service, user, name: planned.name, copy: planned.copy, failed: planned.failed, complete};
}

async function* start(plan: UpgradePlan, services: Services, signal: AbortSignal): Operation<void> {
	// With dependencies, as the user would: `--no-deps` would leave another config hash on the containers. Migrations that have run do nothing the second time.
	yield* streamCompose(
		'start',
		'Start the new version',
		['up', '--detach', '--no-build', ...plan.start],
		plan.stack.target,
		services,
		signal,
	);
}

/** Takes everything back and answers with the error to throw. */
async function* goBack(thrown: unknown, journal: Journal, services: Services): Operation<AppError> {
	const cause = toAppError(thrown);
	if (journal.record.undo.length === 0) {
		await journal.finish('remove');
		return cause;
	}

	yield {
		type: 'warning',
		message:
			cause.code === 'cancelled'
				? 'Cancelled: everything goes back to what it was'
				: `${cause.message}: everything goes back to what it was`,
	};
	try {
		const health = yield* undoUpgrade(journal, services, never);
		await journal.finish('remove');
		return withExtras(cause, {rolledBack: true, health}, 'The previous version runs again with the data from before');
	} catch (error) {
		await journal.abandon();
		return withExtras(toAppError(error), {rolledBack: false, failure: cause.message}, undefined);
	}
}

function withExtras(error: AppError, extras: Readonly<Record<string, unknown>>, note: string | undefined): AppError {
	const code =
		error.code === 'bug' || error.code === 'cancelled' || error.code === 'rollback-failed'
			? error.code
			: 'upgrade-failed';
	const message = code === 'cancelled' ? 'The upgrade was cancelled' : error.message;
	const hint = [note, error.hint].filter(Boolean).join('. ');
	return Object.assign(
		new AppError(code, message, {hint: hint || undefined, fix: error.fix, details: error.details, cause: error}),
		{extras},
	);
}

/** The last lines of the services that had to become healthy, for the failure. */
async function lastLogLines(plan: UpgradePlan, services: Services): Promise<readonly string[]> {
	const wanted = new Set(plan.watch.filter(service => service.required).map(service => service.name));
	const lines: string[] = [];
	for (const container of await services.docker.listContainers({project: plan.stack.project})) {
		const service = container.labels['com.docker.compose.service'] ?? '';
		if (!wanted.has(service)) continue;
		for await (const entry of services.docker.logs(container.id, {tail: 12})) lines.push(`${service}: ${entry.line}`);
	}

	return lastLines(lines.join('\n'), 24);
}
