import * as z from 'zod';
import type {JournalRecord} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {takeOver} from '../journals.js';
import type {RollbackHandler, RollbackResult} from '../rollback/handler.js';
import {undoFix} from './undo.js';

const dataSchema = z.object({
	fix: z.object({id: z.string(), title: z.string()}),
	problem: z.object({cause: z.string(), service: z.string().nullable()}),
});

/** Takes back a fix that was cut off. One that was carried out to its end leaves no record: it was proven to hold. */
export const fixHandler: RollbackHandler = {
	describe(record) {
		const {problem} = dataSchema.parse(record.data);
		return {
			facts: [
				['What', record.title],
				['For', problem.service === null ? problem.cause : `${problem.cause} in ${problem.service}`],
				['When', record.startedAt.slice(0, 16).replace('T', ' ')],
			],
			steps: [{title: 'Bring back files, database and services as they were before the fix'}],
			destroys: [],
		};
	},
	recover: undo,
	rollBack: (record, _stack, services, signal) => undo(record, services, signal),
	drop: undo,
	isRolledBack: record => record.undo.length === 0,
};

function undo(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult> {
	return takeOver(record, services, async function* (journal) {
		yield* undoFix(journal, services, signal);
		await journal.finish('remove');
		return {
			project: record.project,
			operation: record.operation,
			title: record.title,
			action: 'undone',
			databases: [],
			health: null,
			notes: ['The problem that the fix was for is there again: lifeboat troubleshoot'],
		};
	});
}
