import {rm} from 'node:fs/promises';
import type {Journal, JournalRecord} from '../../journal/journal.js';
import {dropDatabase} from '../../postgres/database.js';
import type {Services} from '../../services.js';
import {filesFolder} from './code.js';
import {withServer} from './undo.js';
import {keptSchema} from './undo-data.js';

/** Drops the copies made for the way back, and the data that a way back put aside. */
export async function dropDatabases(record: JournalRecord, services: Services, signal: AbortSignal): Promise<void> {
	for (const {server, copy, failed} of keptSchema.parse(record.data).databases)
		await withServer(server, services, signal, async client => {
			await dropDatabase(client, copy, {signal});
			if (failed !== null) await dropDatabase(client, failed, {signal});
		});
}

/** Gives up the second names of the previous images and the copies of files. An image that is used stays. */
export async function dropNames(record: JournalRecord, services: Services, signal: AbortSignal): Promise<void> {
	for (const {tag} of keptSchema.parse(record.data).tags)
		await services.processes.run('docker', ['image', 'rm', tag], {signal, timeoutMs: 60_000});
	await rm(filesFolder(record, services), {recursive: true, force: true});
}

/** Somebody may have written to the data of the upgrade: it was started, or never stopped. */
function hasNews(record: JournalRecord): boolean {
	return record.phase === 'starting' || record.phase === 'finished' || keptSchema.parse(record.data).keepWriting;
}

/**
 * Ends the journal of an upgrade that was taken back. The data that it wrote stays, with the record that `rollback --drop` needs, where somebody may have
 * written to it; else it goes. Resolves with whether anything is kept.
 */
export async function endUndone(journal: Journal, services: Services, signal: AbortSignal): Promise<boolean> {
	const {record} = journal;
	const isKept = hasNews(record) && keptSchema.parse(record.data).databases.some(one => one.failed !== null);
	if (!isKept) await dropDatabases(record, services, signal);
	await dropNames(record, services, signal);
	await journal.finish(isKept ? 'keep' : 'remove');
	return isKept;
}
