import {AppError, isAppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {quoteLiteral} from './quote.js';
import {execute, type QueryOptions, query} from './sql.js';

/** Hours that one large aggregate may take are fine: nobody waits for it but the restore. */
const refreshTimeoutMs = 6 * 3_600_000;

/**
 * Brings the continuous aggregates of TimescaleDB up to date with the restored rows, those that others are built on first. Ranges that were up to
 * date when the dump was made cost nothing: what is out of date is in the dump too.
 * Returns what could not be refreshed and why; the rows themselves are all there. Throws only when it is cancelled or the server is gone.
 */
export async function refreshAggregates(
	client: PostgresClient,
	database: string,
	options: Pick<QueryOptions, 'signal'> = {},
): Promise<readonly {readonly view: string; readonly reason: string}[]> {
	const views = await query<{name: string}>(
		client,
		database,
		`SELECT format('%I.%I', view_schema, view_name) AS name FROM timescaledb_information.continuous_aggregates
		ORDER BY length(materialization_hypertable_name), materialization_hypertable_name`,
		options,
	);
	const refused: {readonly view: string; readonly reason: string}[] = [];
	for (const {name} of views) {
		try {
			const call = `CALL refresh_continuous_aggregate(${quoteLiteral(name)}, NULL, NULL);`;
			await execute(client, database, call, {...options, timeoutMs: refreshTimeoutMs});
		} catch (error) {
			if (!isAppError(error, 'sql-failed')) throw error;
			refused.push({view: name, reason: error.message});
		}
	}

	return refused;
}

/**
 * Makes sure that a restored database is one like any other for TimescaleDB: as long as its setting says that it is being restored, jobs do not run
 * and new rows go past the chunks. Throws restore-failed.
 */
export async function requireRestored(
	client: PostgresClient,
	database: string,
	options: QueryOptions = {},
): Promise<void> {
	const [row] = await query<{restoring: string | null}>(
		client,
		database,
		`SELECT current_setting('timescaledb.restoring', true) AS restoring`,
		options,
	);
	if (row?.restoring !== 'on') return;
	throw new AppError('restore-failed', `TimescaleDB still takes ${database} for a database that is being restored`, {
		hint: 'Look at the log of the database, then try again',
	});
}
