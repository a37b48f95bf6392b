import {AppError} from '../../errors.js';
import type {JournalRecord} from '../../journal/journal.js';
import {fixHandler} from '../fix/roll-back.js';
import {majorHandler} from '../major/roll-back.js';
import {restoreHandler} from '../restore/roll-back.js';
import {upgradeHandler} from '../upgrade/roll-back.js';
import type {RollbackHandler} from './handler.js';

/** Every operation that keeps a journal. */
const handlers: Readonly<Record<string, RollbackHandler>> = {
	restore: restoreHandler,
	upgrade: upgradeHandler,
	fix: fixHandler,
	major: majorHandler,
};

/** Throws rollback-failed for an operation that only another version of Lifeboat knows. */
export function handlerOf(record: JournalRecord): RollbackHandler {
	const handler = handlers[record.operation];
	if (handler !== undefined) return handler;
	throw new AppError('rollback-failed', `This Lifeboat does not know how to take back: ${record.title}`, {
		hint: 'Run the newest Lifeboat',
		fix: ['npx', 'compose-lifeboat@latest', 'rollback', '--yes'],
	});
}
