import type {JournalRecord} from '../../journal/journal.js';
import type {RollbackAction, RollbackHandler} from '../rollback/handler.js';
import {dataOf, undoneName} from './journal-data.js';
import {keptFormer} from './place-databases.js';

/** What taking back a restore, or ending the way back, will do. Pure. */
export function describeRollBack(
	record: JournalRecord,
	action: RollbackAction,
): ReturnType<RollbackHandler['describe']> {
	const {plan, rollbackPoint, undone, storages = []} = dataOf(record);
	const kept = [...storages.map(storage => storage.label), ...plan.files.flatMap(file => file.former ?? [])];
	const facts = [
		['What', record.title],
		['When', `${record.startedAt.slice(0, 16).replace('T', ' ')} UTC`],
		...(record.finishedAt === null ? [['Cut off', record.phase] as const] : []),
	] as const;
	const stopped = [...plan.writers.writers, ...plan.writers.poolers].map(one => one.service).join(', ') || 'nothing';
	if (action === 'drop') {
		const names = undone?.map(one => one.name) ?? plan.databases.flatMap(one => keptFormer(one) ?? []);
		return {
			facts,
			steps: [
				...names.map(name => ({title: `Drop ${name}`})),
				...kept.map(what => ({title: `Remove what is kept of ${what}`})),
			],
			destroys: [
				...names.map(name => `The database ${name}: there is no way back afterwards`),
				...kept.map(what => `What is kept of ${what}`),
			],
		};
	}

	if (action === 'recover')
		return {
			facts,
			steps:
				record.phase === 'starting'
					? [
							{title: `Start ${stopped}`},
							{title: 'Wait until the application is healthy', detail: 'else everything goes back as it was'},
						]
					: [{title: 'Put everything back as it was before'}, {title: `Start ${stopped}`}],
			destroys: [],
		};
	return {
		facts,
		steps: [
			{title: `Stop ${stopped}`},
			...(rollbackPoint === undefined
				? plan.databases.flatMap(one => {
						const former = keptFormer(one);
						return former === null
							? []
							: [{title: `Switch ${one.name} back`, detail: `what is there now is kept as ${undoneName(one)}`}];
					})
				: [{title: `Restore the rollback point ${rollbackPoint}`}]),
			...storages.map(storage => ({
				title: `Bring back the former content of ${storage.label}`,
				detail: `what is there now is kept in it as .lifeboat-undone-${plan.id}`,
			})),
			...plan.files.map(file => ({title: file.former === null ? `Remove ${file.name}` : `Bring back ${file.name}`})),
			{title: `Start ${stopped}`},
			{title: 'Wait until the application is healthy'},
		],
		destroys: rollbackPoint === undefined ? [] : plan.databases.map(one => `What is in ${one.name} now`),
		losesData: rollbackPoint !== undefined,
	};
}
