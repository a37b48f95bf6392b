import type {PostgresClient} from './client.js';
import {openSession, type Session} from './session.js';

/** A transaction held open so that a dump, its row counts and its catalogue all see the same instant. */
export type Snapshot = {
	/** For `pg_dump --snapshot`. */
	readonly id: string;
	readonly session: Session;
	/** The server's clock at the snapshot, ISO 8601. */
	readonly takenAt: string;
	/** Ends the transaction. Never throws. */
	close(): Promise<void>;
};

/**
 * Opens a repeatable-read, read-only transaction and exports its snapshot. It must stay open until pg_dump has connected; keep it for the counts.
 * A refused statement inside it (a table that may not be read) does not end it.
 */
export async function takeSnapshot(
	client: PostgresClient,
	database: string,
	signal?: AbortSignal | undefined,
): Promise<Snapshot> {
	const session = await openSession(client, database, {signal});
	try {
		await session.execute('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
		const [row] = await session.query<{id: string; takenAt: string}>(
			`SELECT pg_export_snapshot() AS id, to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') AS "takenAt"`,
		);
		if (row === undefined) throw new TypeError('a SELECT without FROM has one row');
		// From here on each statement has a savepoint of its own; before, a snapshot could not have been exported.
		await session.execute('\\set ON_ERROR_ROLLBACK on');
		await session.execute('SET LOCAL row_security = off');
		return {id: row.id, takenAt: row.takenAt, session, close: () => session.close()};
	} catch (error) {
		await session.close();
		throw error;
	}
}
