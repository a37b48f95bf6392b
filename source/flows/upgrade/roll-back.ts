import {rm} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {z} from 'zod';
import {AppError} from '../../errors.js';
import type {JournalRecord} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {dropDatabase} from '../../postgres/database.js';
import {openContainerClient} from '../../postgres/open-client.js';
import type {Services} from '../../services.js';
import {journalsOf} from '../journals.js';
import type {RollbackAction, RollbackHandler, RollbackResult} from '../rollback/handler.js';
import {undoUpgrade} from './undo.js';

/** What an upgrade keeps in its journal for later. */
const dataSchema = z.object({
	copies: z.array(
		z.object({service: z.string(), user: z.string(), name: z.string(), copy: z.string(), failed: z.string()}),
	),
	tags: z.array(z.object({imageId: z.string(), tag: z.string()})),
});

const steps: Readonly<Record<RollbackAction, readonly {readonly title: string}[]>> = {
	recover: [
		{title: 'Stop the application'},
		{title: 'Bring back data, files, images and code as they were before the upgrade'},
		{title: 'Start the previous version and wait until it is healthy'},
	],
	'roll-back': [
		{title: 'Stop the application'},
		{title: "Switch back to the data from before the upgrade, and keep today's beside it"},
		{title: 'Bring back files, images and code'},
		{title: 'Start the previous version and wait until it is healthy'},
	],
	drop: [{title: 'Drop the copies of the databases and the names of the previous images'}],
};

/** Takes an upgrade back, finishes what a killed one left, or ends the way back. */
export const upgradeHandler: RollbackHandler = {
	describe(record, action) {
		const {copies} = dataSchema.parse(record.data);
		return {
			facts: [
				['What', record.title],
				['When', record.startedAt.slice(0, 16).replace('T', ' ')],
			],
			steps: steps[action],
			destroys:
				action === 'drop' ? copies.map(copy => `the database ${copy.copy} (or ${copy.failed}) on ${copy.service}`) : [],
		};
	},
	recover: undo,
	rollBack: (record, _stack, services, signal) => undo(record, services, signal),
	async *drop(record, services, signal) {
		const {copies, tags} = dataSchema.parse(record.data);
		yield {type: 'step-started', step: 'drop', title: 'Drop what was kept for the way back', canCancel: false};
		for (const service of new Set(copies.map(copy => copy.service))) {
			const own = copies.filter(copy => copy.service === service);
			await dropCopies(record.project, service, own, services, signal);
		}

		for (const {tag} of tags) await services.processes.run('docker', ['image', 'rm', tag], {signal, timeoutMs: 60_000});
		await rm(join(dirname(services.settings.path), 'journal', `${record.project}-${record.id}-files`), {
			recursive: true,
			force: true,
		});
		await journalsOf(services).remove(record);
		yield {type: 'step-finished', step: 'drop'};
		return {
			...summary(record),
			action: 'dropped',
			databases: copies.map(copy => ({service: copy.service, name: copy.name, kept: null})),
			health: null,
			notes: [],
		};
	},
	isRolledBack: record => record.undo.length === 0,
};

async function* undo(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	const {copies} = dataSchema.parse(record.data);
	const switched = record.undo.some(entry => entry.kind === 'databases');
	const journal = await journalsOf(services).resume(record);
	try {
		const health = yield* undoUpgrade(journal, services, signal);
		// The record stays where something is left that `rollback --drop` can remove.
		await journal.finish(switched ? 'keep' : 'remove');
		const databases = copies.map(copy => ({
			service: copy.service,
			name: copy.name,
			kept: switched ? copy.failed : null,
		}));
		return {
			...summary(record),
			action: 'undone',
			databases,
			health,
			notes: switched ? ['The data written since the upgrade is kept beside, until `lifeboat rollback --drop`.'] : [],
		};
	} catch (error) {
		await journal.abandon();
		throw error;
	}
}

function summary(record: JournalRecord) {
	return {project: record.project, operation: record.operation, title: record.title} as const;
}

async function dropCopies(
	project: string,
	service: string,
	copies: readonly {readonly user: string; readonly copy: string; readonly failed: string}[],
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	const containers = await services.docker.listContainers({project}, signal);
	const container = containers.find(
		one => one.labels['com.docker.compose.service'] === service && one.labels['com.docker.compose.oneoff'] !== 'True',
	);
	const [first] = copies;
	if (first === undefined) return;
	if (container === undefined)
		throw new AppError('database-not-running', `The database ${service} has no container`, {
			hint: 'Start it, then try again',
			fix: ['docker', 'compose', 'up', '-d', service],
		});
	const client = await openContainerClient({
		...services,
		containerId: container.id,
		service,
		user: first.user,
		operationId: `drop-${services.clock.now().toString(36)}`,
		signal,
	});
	try {
		for (const {copy, failed} of copies) {
			await dropDatabase(client, copy, {signal});
			await dropDatabase(client, failed, {signal});
		}
	} finally {
		await client.dispose();
	}
}
