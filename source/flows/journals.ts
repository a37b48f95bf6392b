import {dirname, join} from 'node:path';
import {type Journal, type JournalRecord, type Journals, openJournals} from '../journal/journal.js';
import type {Operation} from '../operation.js';
import type {Services} from '../services.js';

/** The journals of this user, beside the settings file. */
export function journalsOf(services: Pick<Services, 'settings' | 'clock'>): Journals {
	return openJournals(join(dirname(services.settings.path), 'journal'), () => services.clock.now());
}

/** Takes over a record for as long as `work` goes on, which ends it. What fails leaves it unfinished, so that the next try goes on from there. */
export async function* takeOver<Result>(
	record: JournalRecord,
	services: Pick<Services, 'settings' | 'clock'>,
	work: (journal: Journal) => Operation<Result>,
): Operation<Result> {
	const journal = await journalsOf(services).resume(record);
	try {
		return yield* work(journal);
	} catch (error) {
		await journal.abandon();
		throw error;
	}
}
