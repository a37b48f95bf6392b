import type {JournalRecord, JournalSubject} from '../journal/journal.js';
import type {Operation} from '../operation.js';
import {removeThrowawayServers} from '../postgres/throwaway-server.js';
import type {Services} from '../services.js';
import {journalsOf} from './journals.js';
import type {RollbackResult} from './rollback/handler.js';
import {handlerOf} from './rollback/handlers.js';

/**
 * What killed runs left on this stack, oldest first. Reads one small folder, so every command can afford to ask.
 * Throws operation-under-way for a journal that cannot be read.
 */
export function findUnfinished(
	stack: JournalSubject,
	services: Pick<Services, 'settings' | 'clock'>,
): Promise<readonly JournalRecord[]> {
	return journalsOf(services).findUnfinished(stack);
}

/** One sentence for people about what was under way. */
export function describeUnfinished(record: JournalRecord): string {
	const when = record.startedAt.slice(0, 16).replace('T', ' ');
	return `${record.title} of ${when} UTC was cut off (${record.phase})`;
}

/** Finishes or undoes what a killed run left: before the application was started again it is undone, afterwards it is finished when the application is healthy. */
export async function* resumeOrUndo(
	record: JournalRecord,
	services: Services,
	signal: AbortSignal,
): Operation<RollbackResult> {
	yield {type: 'warning', message: describeUnfinished(record)};
	return yield* handlerOf(record).recover(record, services, signal);
}

/** Containers of verifications whose process is gone. Never throws: leftovers harm nobody. */
export async function removeLeftovers(services: Pick<Services, 'processes'>): Promise<void> {
	try {
		await removeThrowawayServers(services.processes);
	} catch {
		// Without an engine there are none.
	}
}
