import * as z from 'zod';
import {AppError} from '../errors.js';
import type {JournalRecord} from '../journal/journal.js';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';
import type {Flow, Outcome, Question} from './flow.js';
import {journalsOf} from './journals.js';
import {resumeOrUndo} from './recover.js';
import type {RollbackAction, RollbackResult} from './rollback/handler.js';
import {handlerOf} from './rollback/handlers.js';

const answersSchema = z.object({
	/** Ends the way back: what was kept for it is dropped. The wizard's question answers with a word. */
	drop: z.preprocess(answer => (typeof answer === 'string' ? answer === 'drop' : answer), z.boolean().default(false)),
});

type RollbackAnswers = z.infer<typeof answersSchema>;
export type RollbackPlan = {readonly stack: Stack; readonly record: JournalRecord; readonly action: RollbackAction};

/** Puts right what a killed run left, or takes back the last finished operation, or ends the way back. */
export const rollbackFlow: Flow<RollbackAnswers, RollbackPlan, RollbackResult> = {
	id: 'rollback',
	title: 'Roll back',
	answers: answersSchema,
	questions: askWhichWay,
	async prepare(stack, {drop}, services) {
		const journals = journalsOf(services);
		const [unfinished] = await journals.findUnfinished(stack);
		if (unfinished !== undefined) return {stack, record: unfinished, action: 'recover'};
		const finished = await journals.findFinished(stack);
		const record = finished.find(one => drop || !handlerOf(one).isRolledBack(one));
		if (record === undefined) throw nothingToRollBack(drop, finished.length > 0);
		return {stack, record, action: drop ? 'drop' : 'roll-back'};
	},
	review({record, action}) {
		const {losesData = action === 'drop', ...described} = handlerOf(record).describe(record, action);
		const titles = {recover: 'Put right what was cut off', 'roll-back': 'Roll back', drop: 'End the way back'};
		return {
			title: titles[action],
			...described,
			warnings: [],
			...(losesData ? {confirmWord: record.project} : {}),
			needsConsent: true,
		};
	},
	run({record, action, stack}, services, signal) {
		if (action === 'recover') return resumeOrUndo(record, services, signal);
		const handler = handlerOf(record);
		return action === 'drop'
			? handler.drop(record, services, signal)
			: handler.rollBack(record, stack, services, signal);
	},
	toJson: ({project: _project, ...result}) => ({ok: true, ...result, health: result.health ?? {ok: true, checks: []}}),
	outcome: describeRollback,
};

/** Back, or on for good: both are there as long as the last operation was not taken back; then only its leftovers can go. */
async function askWhichWay(
	stack: Stack,
	given: Partial<RollbackAnswers>,
	services: Services,
): Promise<readonly Question[]> {
	if (given.drop !== undefined) return [];
	const journals = journalsOf(services);
	const [finished, unfinished] = await Promise.all([journals.findFinished(stack), journals.findUnfinished(stack)]);
	const [newest] = finished;
	if (newest === undefined || unfinished.length > 0) return [];
	const last = finished.find(one => !handlerOf(one).isRolledBack(one));
	return [
		{
			id: 'drop',
			kind: 'choice',
			title:
				last === undefined ? `Taken back already: ${newest.title}` : `${last.title}: go back, or end the way back?`,
			flag: '--drop',
			choices: [
				...(last === undefined ? [] : [{value: 'back', label: 'Go back', hint: last.title}]),
				{value: 'drop', label: 'Drop what is kept', hint: `of: ${newest.title}`},
			],
			initial: 'back',
		},
	];
}

function nothingToRollBack(drop: boolean, hasRecords: boolean): AppError {
	return new AppError(
		'nothing-to-roll-back',
		drop ? 'There is nothing that could be dropped' : 'There is nothing to roll back',
		{
			hint: hasRecords
				? 'What was restored last was taken back already; `lifeboat rollback --drop` removes what is kept of it'
				: 'Restore a backup instead',
			fix: hasRecords && !drop ? ['lifeboat', 'rollback', '--drop'] : ['lifeboat', 'list'],
		},
	);
}

function describeRollback(result: RollbackResult): Outcome {
	const titles = {
		undone: `${result.project} is as it was before`,
		finished: `What was cut off is finished: ${result.title}`,
		dropped: 'What was kept is dropped',
	};
	const kept = result.databases.flatMap(database => database.kept ?? []);
	return {
		status: result.health === null || result.health.ok ? 'success' : 'problems',
		title: titles[result.action],
		facts: [
			['What', result.title],
			['Databases', result.databases.map(database => database.name).join(', ')],
			...(kept.length === 0 ? [] : [['Kept', kept.join(', ')] as const]),
			...(result.health === null
				? []
				: [
						[
							'Health',
							result.health.ok ? 'healthy' : (result.health.checks.find(check => !check.ok)?.text ?? 'not healthy'),
						] as const,
					]),
		],
		notes: result.notes,
		next:
			kept.length === 0
				? []
				: [{text: 'When it is not needed any more, free its space', command: ['lifeboat', 'rollback', '--drop']}],
	};
}
