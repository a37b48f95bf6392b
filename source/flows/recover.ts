import type {JournalRecord, JournalSubject} from '../journal/journal.js';
import type {Operation} from '../operation.js';
import {removeThrowawayServers} from '../postgres/throwaway-server.js';
import type {Services} from '../services.js';
import {journalsOf} from './journals.js';
import type {RollbackResult} from './rollback/handler.js';

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

/** The same where the stack is not detected yet: by its folder, or a folder below it, or its project's name. */
export async function findUnfinishedAround(
	place: {readonly directory: string; readonly project: string | undefined},
	services: Pick<Services, 'settings' | 'clock'>,
): Promise<readonly JournalRecord[]> {
	const all = await journalsOf(services).findAllUnfinished();
	const isInside = (directory: string) => place.directory === directory || place.directory.startsWith(`${directory}/`);
	return all.filter(record =>
		place.project === undefined ? isInside(record.directory) : record.project === place.project,
	);
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
	const {handlerOf} = await import('./rollback/handlers.js');
	return yield* handlerOf(record).recover(record, services, signal);
}

/** Containers of verifications whose process is gone. Never throws: leftovers harm nobody. */
export async function removeLeftovers(services: Pick<Services, 'docker' | 'processes'>): Promise<void> {
	try {
		await removeThrowawayServers(services);
	} catch {
		// Without an engine there are none.
	}
}
