import {dirname, join} from 'node:path';
import {type Journals, openJournals} from '../journal/journal.js';
import type {Services} from '../services.js';

/** The journals of this user, beside the settings file. */
export function journalsOf(services: Pick<Services, 'settings' | 'clock'>): Journals {
	return openJournals(join(dirname(services.settings.path), 'journal'), () => services.clock.now());
}
