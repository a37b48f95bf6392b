import {AppError} from '../../errors.js';
import type {Journal, JournalRecord, UndoEntry} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {dropDatabase, listDatabaseNames} from '../../postgres/database.js';
import {exchangeDatabases} from '../../postgres/switch.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {dropFormerStorage} from '../../stack/storage-restore.js';
import {journalsOf, takeOver} from '../journals.js';
import type {RollbackHandler, RollbackResult} from '../rollback/handler.js';
import {reachServer} from '../steps/database-up.js';
import {waitForHealth} from '../steps/health.js';
import type {HealthReport} from '../steps/health-rules.js';
import {planWriters, startWriters} from '../steps/writers.js';
import {endLeftovers, operationIdOf} from './end-leftovers.js';
import {addressesOf, addressOf, dataOf, type Undone, undoneName} from './journal-data.js';
import {keptFormer} from './place-databases.js';
import type {RestorePlan} from './plan.js';
import {withUsers} from './plan-volumes.js';
import {dropFormerFiles} from './restore-files.js';
import {describeRollBack} from './roll-back-review.js';
import {undoAll} from './undo.js';

const rolledBack = 'rolled back';

/** Takes back restores: unfinished ones, and finished ones for as long as the former database exists. */
export const restoreHandler: RollbackHandler = {
	describe: describeRollBack,
	recover,
	rollBack,
	drop,
	isRolledBack: record =>
		record.phase === rolledBack || (record.finishedAt !== null && dataOf(record).undone !== undefined),
};

function recover(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	return takeOver(record, services, async function* (journal) {
		const {plan} = dataOf(record);
		await endLeftovers(operationIdOf(plan), addressesOf(plan), services);
		const kept = record.phase === 'starting';
		if (kept) {
			const finished = yield* finishStart(journal, services, signal);
			if (finished !== undefined) return finished;
			// Users may have written to it since: it is not dropped.
			await journal.replaceUndo(journal.record.undo.filter(entry => entry.kind !== 'drop-database'));
		}

		yield* undoAll(journal, services);
		await journal.finish('remove');
		return {
			...summary(record, 'undone'),
			databases: plan.databases.map(one => ({service: one.service, name: one.name, kept: kept ? one.staging : null})),
			health: yield* lookAtHealth(plan, services, signal),
			notes: kept ? [`The restored data is kept as ${plan.databases.map(one => one.staging).join(', ')}`] : [],
		};
	});
}

/** After the switch: nothing is lost by going on. Undefined when the application does not become healthy. */
async function* finishStart(
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<RollbackResult | undefined> {
	const {record} = journal;
	const {plan} = dataOf(record);
	const step = 'start';
	yield {type: 'step-started', step, title: 'Finish the restore: start the application', canCancel: false};
	await startWriters(services, plan.stack.target, plan.writers, signal);
	yield {type: 'step-finished', step};
	const health = yield* waitFor(plan, services, signal, plan.healthTimeoutMs);
	if (!health.ok && plan.mode !== 'fresh') return undefined;
	await journal.finish(plan.mode === 'fresh' ? 'remove' : 'keep');
	return {
		...summary(record, 'finished'),
		databases: plan.databases.map(one => ({service: one.service, name: one.name, kept: keptFormer(one)})),
		health,
		notes: [],
	};
}

async function* rollBack(
	record: JournalRecord,
	stack: Stack,
	services: Services,
	signal: AbortSignal,
): Operation<RollbackResult> {
	const {plan, rollbackPoint, storages} = dataOf(record);
	if (rollbackPoint === undefined) await requireFormer(record, plan, services, signal);
	const writers = withUsers(planWriters(stack), stack, plan.volumes);
	return yield* takeOver(record, services, async function* (journal) {
		await journal.enter('rolling back');
		await journal.replaceUndo(refreshUndo(record.undo, writers, rollbackPoint === undefined));
		yield* undoAll(journal, services);
		const undone = rollbackPoint === undefined ? yield* nameUndone(plan, services, signal) : [];
		const health = yield* lookAtHealth(plan, services, signal);
		await journal.keep({...dataOf(record), undone});
		await journal.enter(rolledBack);
		await journal.finish(undone.length + (storages?.length ?? 0) + plan.files.length > 0 ? 'keep' : 'remove');
		return {
			...summary(record, 'undone'),
			databases: plan.databases.map(one => ({
				service: one.service,
				name: one.name,
				kept: undone.some(other => other.name === undoneName(one)) ? undoneName(one) : null,
			})),
			health,
			notes:
				undone.length === 0
					? []
					: [
							`What was there is kept as ${undone.map(one => one.name).join(', ')}; \`lifeboat rollback --drop\` removes it`,
						],
		};
	});
}

/** The undos of the finished restore with the services that run now; what was restored is kept, for it may have been written to. */
function refreshUndo(
	entries: readonly UndoEntry[],
	writers: ReturnType<typeof planWriters>,
	keepRestored: boolean,
): readonly UndoEntry[] {
	return entries
		.filter(entry => !keepRestored || entry.kind !== 'drop-database')
		.map(entry => {
			const data = entry.data as object;
			if (entry.kind === 'start-writers' || entry.kind === 'exchange-back') return {...entry, data: {...data, writers}};
			if (entry.kind === 'files' || entry.kind === 'storage-back') return {...entry, data: {...data, keep: true}};
			return entry;
		});
}

async function requireFormer(
	record: JournalRecord,
	plan: RestorePlan,
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	for (const service of new Set(plan.databases.map(one => one.service))) {
		const client = await reachServer(services, addressOf(plan, service), {operationId: 'rollback-look', signal});
		try {
			const names = await listDatabaseNames(client, {signal});
			const missing = plan.databases
				.flatMap(one => (one.service === service ? (keptFormer(one) ?? []) : []))
				.filter(name => !names.includes(name));
			if (missing.length === 0) continue;
			await journalsOf(services).remove(record);
			throw new AppError(
				'nothing-to-roll-back',
				`${missing.join(', ')} does not exist any more, so ${record.title} cannot be taken back`,
				{
					hint: 'Restore a backup instead',
					fix: ['lifeboat', 'list'],
				},
			);
		} finally {
			await client.dispose();
		}
	}
}

async function* nameUndone(plan: RestorePlan, services: Services, signal: AbortSignal): Operation<readonly Undone[]> {
	const undone: Undone[] = [];
	for (const service of new Set(plan.databases.map(one => one.service))) {
		const client = await reachServer(services, addressOf(plan, service), {operationId: 'rollback', signal});
		try {
			const names = await listDatabaseNames(client, {signal});
			const here = plan.databases.filter(one => one.service === service && names.includes(one.staging));
			if (here.length > 0)
				await exchangeDatabases(
					client,
					here.map(one => ({live: undoneName(one), incoming: one.staging, former: null})),
					{signal},
				);
			undone.push(...here.map(one => ({service, name: undoneName(one)})));
		} finally {
			await client.dispose();
		}
	}

	return undone;
}

async function* drop(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	const {plan, undone, storages = []} = dataOf(record);
	const doomed =
		undone ??
		plan.databases.flatMap(one => {
			const name = keptFormer(one);
			return name === null ? [] : [{service: one.service, name}];
		});
	const lock = await journalsOf(services).lock(record, `Dropping what ${record.title} kept`);
	try {
		for (const {service, name} of doomed) {
			const step = `drop ${service}/${name}`;
			yield {type: 'step-started', step, title: `Drop ${name}`, canCancel: false};
			const client = await reachServer(services, addressOf(plan, service), {operationId: 'rollback-drop', signal});
			try {
				await dropDatabase(client, name);
			} finally {
				await client.dispose();
			}

			yield {type: 'step-finished', step};
		}

		for (const storage of storages) await dropFormerStorage(services.processes, storage);
		await dropFormerFiles(plan.files);
		await journalsOf(services).remove(record);
	} finally {
		await lock.release();
	}

	return {
		...summary(record, 'dropped'),
		databases: doomed.map(one => ({...one, kept: null})),
		health: null,
		notes: [],
	};
}

function summary(record: JournalRecord, action: RollbackResult['action']) {
	return {project: record.project, operation: record.operation, title: record.title, action};
}

/** Health after everything went back; an application that was ill before is not waited for. */
function lookAtHealth(plan: RestorePlan, services: Services, signal: AbortSignal): Operation<HealthReport> {
	return waitFor(plan, services, signal, 60_000);
}

function waitFor(
	plan: RestorePlan,
	services: Services,
	signal: AbortSignal,
	timeoutMs: number,
): Operation<HealthReport> {
	return waitForHealth(services, {project: plan.stack.project, watch: plan.watch, timeoutMs, signal});
}
