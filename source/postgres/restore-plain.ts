import {randomBytes} from 'node:crypto';
import type {Readable} from 'node:stream';
import type {PostgresClient} from './client.js';
import {readClientRoom} from './client-room.js';
import {feed, type RestoreResult} from './feed.js';
import {createPlainFilter} from './plain-filter.js';
import {assertRestorable, type PlainFacts} from './plain-scan.js';
import {type RestoreArchiveOptions, restoreSettings, withTimescaleRestoring} from './restore-archive.js';

export type RestorePlainOptions = Pick<
	RestoreArchiveOptions,
	'client' | 'database' | 'room' | 'noOwner' | 'noAcl' | 'signal' | 'onNotice' | 'onBytes'
> & {
	/** An error of this stream ends the restore and is thrown. */
	readonly source: Readable;
	/** Of a scan of the whole script (`createPlainScan`), which must come first. */
	readonly facts: PlainFacts;
	/** Which database of a cluster's dump; null for a script that connects nowhere. */
	readonly section: string | null;
	/** Lets commands of psql in a foreign script pass: the user insists. */
	readonly trustCommands?: boolean | undefined;
};

/** First minor version of each major whose psql knows `\restrict` (release notes of 14 August 2025). */
const restrictSince: Readonly<Record<number, number>> = {13: 22, 14: 19, 15: 14, 16: 10, 17: 6};

/** Does this psql know `\restrict`, which keeps it from obeying further commands in a script? */
export function knowsRestrict(version: string): boolean {
	const [major = 0, minor = 0] = version.split('.').map(part => Number.parseInt(part, 10));
	const since = restrictSince[major];
	return since === undefined ? major >= 18 : minor >= since;
}

/**
 * Loads plain SQL into an empty database in one transaction. We begin and commit it ourselves: psql takes the end of its input for the end of
 * the rows and would commit half a table (measured), while without our COMMIT at the end everything is rolled back, whatever cut the stream.
 * Throws AppError as `restoreArchive` does; bundle-damaged and preflight-failed before anything is sent.
 */
export async function restorePlain(options: RestorePlainOptions): Promise<RestoreResult> {
	const {client, database, facts, section} = options;
	assertRestorable(facts, {trustCommands: options.trustCommands});
	const extensions = facts.sections.find(one => one.database === section)?.extensions ?? [];
	if (!extensions.includes('timescaledb')) return runPlain(options);
	return withTimescaleRestoring(client, database, {signal: options.signal}, () => runPlain(options));
}

async function runPlain(options: RestorePlainOptions): Promise<RestoreResult> {
	const {client, database, signal} = options;
	const settings = restoreSettings(await (options.room ?? readClientRoom(client, signal)), 1);
	const running = client.start(
		'psql',
		['-X', '-q', '-A', '-t', '-v', 'ON_ERROR_STOP=1', '-v', 'VERBOSITY=default', '-f', '-'],
		{database, signal, settings},
	);
	const filter = createPlainFilter({
		section: options.section,
		serverMajor: client.facts.serverMajor,
		superuser: client.facts.superuser,
		noOwner: options.noOwner,
		noAcl: options.noAcl,
		trustCommands: options.trustCommands,
	});
	options.source.on('error', error => filter.destroy(error));
	filter.on('close', () => options.source.destroy());
	let bytes = 0;
	options.source.on('data', (chunk: Buffer) => {
		bytes += chunk.length;
		options.onBytes?.(bytes);
	});
	const {opening, closing} = frame(client, options.trustCommands ?? false);
	running.stdin.write(opening);
	options.source.pipe(filter);
	return feed(
		running,
		{client, database, source: filter, onNotice: options.onNotice, onBytes: undefined},
		'psql',
		closing,
	);
}

/** Our transaction around the script, and where psql knows it the lock that keeps it from obeying commands. */
function frame(client: PostgresClient, trustCommands: boolean): {readonly opening: string; readonly closing: string} {
	const key = randomBytes(24).toString('hex');
	const restrict = !trustCommands && knowsRestrict(client.facts.clientVersion);
	// A trusted script may have turned ON_ERROR_STOP off; after an error COMMIT would then be a quiet rollback with exit code 0.
	const stillWell = trustCommands ? '\n\\set ON_ERROR_STOP on\nSELECT 1;' : '';
	return {
		opening: `${restrict ? `\\restrict ${key}\n` : ''}BEGIN;\n`,
		closing: `${stillWell}\nCOMMIT;\n${restrict ? `\\unrestrict ${key}\n` : ''}`,
	};
}
