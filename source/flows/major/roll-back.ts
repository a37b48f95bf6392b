import {AppError} from '../../errors.js';
import type {Journal, JournalRecord} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {removeAside} from '../../postgres/server-aside.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {removeDataFolder, removeVolume, volumeExists} from '../../stack/volumes.js';
import {journalsOf, takeOver} from '../journals.js';
import type {RollbackAction, RollbackHandler, RollbackResult} from '../rollback/handler.js';
import {planWriters, stopWriters} from '../steps/writers.js';
import {removeCopies} from './compose-edit.js';
import {dataOf} from './context.js';
import {goLive} from './go-live.js';
import {asideNames, type MovePlan} from './plan.js';
import {keepNewData, removeNewData, undoMove} from './undo.js';

const rolledBack = 'rolled back';

/** Takes a move to another server back, finishes what a killed one left, or drops what was kept. */
export const majorHandler: RollbackHandler = {
	describe,
	recover,
	rollBack,
	drop,
	isRolledBack: record => record.phase === rolledBack || isBack(record),
};

/** The phase of a finished record is `finished`: what was taken back has no undo left. */
const isBack = (record: JournalRecord) => record.finishedAt !== null && record.undo.length === 0;

function planOf(record: JournalRecord): MovePlan {
	const {plan} = dataOf(record);
	if (plan.action === 'reindex') throw new AppError('bug', 'a reindex keeps no journal');
	return plan;
}

function describe(record: JournalRecord, action: RollbackAction): ReturnType<RollbackHandler['describe']> {
	const plan = planOf(record);
	const {old, next, service} = plan;
	const facts = [
		['What', record.title],
		['When', `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC`],
		...(record.finishedAt === null ? [['Cut off', record.phase] as const] : []),
		['Old data', `${old.place.source} (PostgreSQL ${old.major})`],
		['New data', `${next.place.source} (PostgreSQL ${next.major})`],
	] as const;
	if (action === 'drop') {
		const doomed = isBack(record) ? next.place.source : old.place.source;
		const what = isBack(record)
			? 'what was written after the upgrade'
			: `the data as it was before, of PostgreSQL ${old.major}`;
		return {
			facts,
			steps: [{title: `Remove ${doomed}`}],
			destroys: [`${doomed}: ${what}. There is no way back afterwards`],
		};
	}

	if (action === 'recover' && record.phase === 'starting')
		return {
			facts,
			steps: [
				{title: 'Start the application on the new server'},
				{title: 'Wait until it is healthy', detail: 'else everything goes back as it was'},
			],
			destroys: [],
		};
	const back = [
		{title: 'Bring back the compose file'},
		{title: `Start ${service} on ${old.place.source} with ${old.image}`},
		{title: 'Start the application and wait until it is healthy'},
	];
	if (action === 'recover') return {facts, steps: [...back, {title: `Remove ${next.place.source}`}], destroys: []};
	return {
		facts,
		steps: [{title: 'Stop the application'}, ...back],
		destroys: [
			`What was written since ${record.finishedAt?.slice(0, 16).replace('T', ' ') ?? 'the upgrade'} UTC is not in the old data; it stays in ${next.place.source} until \`lifeboat rollback --drop\``,
		],
	};
}

function recover(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	return takeOver(record, services, journal => finishOrUndo(journal, services, signal));
}

async function* finishOrUndo(journal: Journal, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	const {record} = journal;
	const plan = planOf(record);
	const {clusterId, databases = []} = dataOf(record);
	await removeCopies(
		plan.id,
		plan.edit.files.map(file => file.path),
	);
	if (record.phase === 'starting' && clusterId !== undefined) {
		try {
			const health = yield* goLive({plan, journal, services, signal}, {clusterId, databases});
			await journal.finish('keep');
			return {
				...summary(record, plan, 'finished'),
				health,
				notes: [`The old data is kept in ${plan.old.place.source}`],
			};
		} catch (error) {
			if (error instanceof AppError && error.code === 'cancelled') throw error;
			yield {
				type: 'warning',
				message: `${error instanceof Error ? error.message : String(error)}: everything goes back as it was`,
			};
			await keepNewData(journal);
		}
	}

	const keepsNew = clusterId !== undefined && !journal.record.undo.some(entry => entry.kind === 'new-server');
	const health = yield* undoMove(journal, services, signal);
	await journal.finish(keepsNew ? 'keep' : 'remove');
	return {
		...summary(record, plan, 'undone'),
		health,
		notes: keepsNew ? [`What was on the new server is kept in ${plan.next.place.source}`] : [],
	};
}

async function* rollBack(
	record: JournalRecord,
	stack: Stack,
	services: Services,
	signal: AbortSignal,
): Operation<RollbackResult> {
	const plan = planOf(record);
	if (plan.old.place.type === 'volume' && !(await volumeExists(services.processes, plan.old.place.source, signal))) {
		await journalsOf(services).remove(record);
		throw new AppError('nothing-to-roll-back', `The old volume ${plan.old.place.source} does not exist any more`, {
			hint: 'Restore a backup instead',
			fix: ['lifeboat', 'list'],
		});
	}

	return yield* takeOver(record, services, async function* (journal) {
		const writers = planWriters(stack);
		await journal.enter('rolling back');
		await keepNewData(journal);
		// What somebody has stopped since stays stopped, unless it was the failure that stopped it.
		if (dataOf(record).left !== true)
			await journal.replaceUndo(
				journal.record.undo.map(entry => (entry.kind === 'start' ? {...entry, data: {writers}} : entry)),
			);
		yield {type: 'step-started', step: 'stop', title: 'Stop the application', canCancel: false};
		await stopWriters(services, writers, signal);
		yield {type: 'step-finished', step: 'stop'};
		const health = yield* undoMove(journal, services, signal);
		await journal.finish('keep');
		return {
			...summary(record, plan, 'undone'),
			health,
			notes: [
				`What was written since the upgrade is kept in ${plan.next.place.source}, until \`lifeboat rollback --drop\`.`,
			],
		};
	});
}

async function* drop(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	const plan = planOf(record);
	const {old, next} = plan;
	const doomed = isBack(record) ? next.place.source : old.place.source;
	const lock = await journalsOf(services).lock(record, `Dropping what ${record.title} kept`);
	try {
		yield {type: 'step-started', step: 'drop', title: `Remove ${doomed}`, canCancel: false};
		await removeAside(services.processes, asideNames(plan).old);
		if (isBack(record)) await removeNewData(plan, services, signal);
		else if (old.place.type === 'volume') await removeVolume(services.processes, old.place.source, signal);
		else await removeDataFolder(services.processes, {path: old.place.source, image: next.image, ours: false}, signal);
		await journalsOf(services).remove(record);
		yield {type: 'step-finished', step: 'drop'};
	} finally {
		await lock.release();
	}

	return {...summary(record, plan, 'dropped'), health: null, notes: [`${doomed} is gone`]};
}

function summary(record: JournalRecord, plan: MovePlan, action: RollbackResult['action']) {
	return {
		project: record.project,
		operation: record.operation,
		title: record.title,
		action,
		databases: (dataOf(record).databases ?? plan.databases.map(({name}) => name)).map(name => ({
			service: plan.service,
			name,
			kept: null,
		})),
	};
}
