import {AppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {copyDatabase} from '../../postgres/copy-database.js';
import type {Services} from '../../services.js';
import {takeRollbackPoint} from '../steps/rollback-point.js';
import {stopWriters} from '../steps/writers.js';
import {serverAddress, type UpgradeServer} from './databases.js';
import type {UpgradePlan} from './plan.js';
import {willUndo} from './undo.js';
import type {PlannedWayBack} from './way-back.js';

export type KeepDataOptions = {
	readonly plan: UpgradePlan;
	readonly journal: Journal;
	readonly servers: readonly UpgradeServer[];
	/** The backup that the upgrade began with; null when none was made. */
	readonly backup: string | null;
	readonly services: Services;
	readonly signal: AbortSignal;
};

/**
 * Stops what writes and keeps every database as it is then; from here to the start of the new version the application is away.
 * Throws AppError; what was copied by then is in the journal.
 */
export async function* keepData(options: KeepDataOptions): Operation<void> {
	const {plan, journal, services, signal} = options;
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

	for (const planned of plan.wayBack.filter(one => one.kind === 'copy')) yield* copy(planned, options);
	const loaded = plan.wayBack.filter(one => one.kind === 'backup');
	if (loaded.length > 0) yield* backUp(loaded, options);
}

async function* copy(planned: PlannedWayBack, {plan, journal, servers, signal}: KeepDataOptions): Operation<void> {
	const step = `copy ${planned.name}`;
	yield {type: 'step-started', step, title: `Copy ${planned.name} as the way back`, canCancel: true};
	const {server, properties} = findDatabase(planned, servers);
	const entry = (complete: boolean) => [
		{
			server: serverAddress(plan, planned.service),
			name: planned.name,
			copy: planned.copy,
			failed: planned.failed ?? planned.copy,
			complete,
		},
	];
	await willUndo(journal, 'copies', entry(false));
	const unfinished = journal.record.undo.at(-1);
	await copyDatabase(server.client, properties, planned.copy, {signal});
	await willUndo(journal, 'copies', entry(true));
	if (unfinished !== undefined) await journal.forget(unfinished);
	yield {type: 'step-finished', step};
}

/** While the application writes on, a newer backup would be no truer than the first one. */
async function* backUp(
	planned: readonly PlannedWayBack[],
	{plan, journal, servers, backup, services, signal}: KeepDataOptions,
): Operation<void> {
	const file =
		plan.keepWriting && backup !== null ? backup : yield* takeRollbackPoint(plan.stack, planned, services, signal);
	for (const service of new Set(planned.map(one => one.service))) {
		const databases = planned
			.filter(one => one.service === service)
			.map(one => {
				const {properties} = findDatabase(one, servers);
				return {name: one.name, oid: properties.oid, template: properties, incoming: one.copy, failed: one.failed};
			});
		await willUndo(journal, 'backup', {server: serverAddress(plan, service), file, databases});
	}
}

function findDatabase(planned: PlannedWayBack, servers: readonly UpgradeServer[]) {
	const server = servers.find(one => one.service === planned.service);
	const properties = server?.databases.find(database => database.name === planned.name);
	if (server === undefined || properties === undefined)
		throw new AppError('database-not-found', `The database ${planned.name} is not on ${planned.service} any more`, {
			hint: 'Look at the plan again',
			fix: ['lifeboat', 'upgrade', '--dry-run'],
		});
	return {server, properties};
}
