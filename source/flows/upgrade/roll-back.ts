import type {JournalRecord} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {journalsOf, takeOver} from '../journals.js';
import type {RollbackAction, RollbackHandler, RollbackResult} from '../rollback/handler.js';
import {dropDatabases, dropNames, endUndone} from './kept.js';
import {undoUpgrade} from './undo.js';
import {type KeptByUpgrade, keptSchema} from './undo-data.js';

const steps: Readonly<Record<RollbackAction, readonly {readonly title: string}[]>> = {
	recover: [
		{title: 'Stop the application'},
		{title: 'Bring back data, images, code and files as they were before the upgrade'},
		{title: 'Start the previous version and wait until it is healthy'},
	],
	'roll-back': [
		{title: 'Stop the application'},
		{title: 'Bring back the data from before the upgrade'},
		{title: 'Bring back images, code and files'},
		{title: 'Start the previous version and wait until it is healthy'},
	],
	drop: [{title: 'Drop the copies of the databases and the names of the previous images'}],
};

/** Takes an upgrade back, finishes what a killed one left, or ends the way back. */
export const upgradeHandler: RollbackHandler = {
	describe(record, action) {
		const {databases} = keptSchema.parse(record.data);
		return {
			facts: [
				['What', record.title],
				['When', `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC`],
				...(record.finishedAt === null ? [['Cut off', record.phase] as const] : []),
				...(action === 'roll-back' ? describeKept(databases) : []),
			],
			steps: steps[action],
			destroys: destroysBy(action, databases, isUndone(record)),
			losesData: action === 'drop' || (action === 'roll-back' && databases.some(one => one.failed === null)),
		};
	},
	recover: undo,
	rollBack: (record, _stack, services, signal) => undo(record, services, signal),
	async *drop(record, services, signal) {
		const {databases} = keptSchema.parse(record.data);
		yield {type: 'step-started', step: 'drop', title: 'Drop what was kept for the way back', canCancel: false};
		await dropDatabases(record, services, signal);
		await dropNames(record, services, signal);
		await journalsOf(services).remove(record);
		yield {type: 'step-finished', step: 'drop'};
		return {
			...summary(record),
			action: 'dropped',
			databases: databases.map(({server, name}) => ({service: server.service, name, kept: null})),
			health: null,
			notes: [],
		};
	},
	isRolledBack: isUndone,
};

/** Where what users wrote since the upgrade goes. */
function describeKept(databases: KeptByUpgrade['databases']): readonly (readonly [label: string, value: string])[] {
	const names = databases.flatMap(({failed}) => failed ?? []);
	return names.length === 0
		? []
		: [['Written since', `not in the data that comes back, but kept in ${names.join(', ')}`]];
}

function isUndone(record: JournalRecord): boolean {
	return record.undo.length === 0;
}

function destroysBy(
	action: RollbackAction,
	databases: KeptByUpgrade['databases'],
	isUndone: boolean,
): readonly string[] {
	if (action === 'drop')
		return databases.flatMap(({server, kind, copy, failed}) => {
			const name = isUndone ? failed : kind === 'copy' ? copy : null;
			return name === null ? [] : [`The database ${name} on ${server.service}: there is no way back afterwards`];
		});
	return databases
		.filter(one => one.failed === null)
		.map(({name}) => `What was written to ${name} since the upgrade: its disk had no room to keep it`);
}

function undo(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	const {databases} = keptSchema.parse(record.data);
	return takeOver(record, services, async function* (journal) {
		const health = yield* undoUpgrade(journal, services, signal);
		const kept = await endUndone(journal, services, signal);
		return {
			...summary(record),
			action: 'undone',
			databases: databases.map(({server, name, failed}) => ({
				service: server.service,
				name,
				kept: kept ? failed : null,
			})),
			health,
			notes: kept ? ['The data written since the upgrade is kept beside, until `lifeboat rollback --drop`.'] : [],
		};
	});
}

function summary(record: JournalRecord) {
	return {project: record.project, operation: record.operation, title: record.title} as const;
}
