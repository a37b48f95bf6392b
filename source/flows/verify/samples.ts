import {isAppError} from '../../errors.js';
import type {PostgresClient} from '../../postgres/client.js';
import type {TableCount} from '../../postgres/contents.js';
import {quoteQualified} from '../../postgres/quote.js';
import {query} from '../../postgres/sql.js';

const rowsOfEach = 20;

/** Reads rows of every table with all their columns, large values too. Returns what could not be read, in plain words. */
export async function readSamples(
	client: PostgresClient,
	database: string,
	tables: readonly TableCount[],
	signal: AbortSignal,
): Promise<readonly string[]> {
	const readable = tables.filter(table => (table.rows ?? 0) > 0);
	const parts = readable.map(
		table =>
			`SELECT sum(length(t::text)) AS characters FROM (SELECT * FROM ${quoteQualified(table.schema, table.name)} LIMIT ${rowsOfEach}) t`,
	);
	if (parts.length === 0) return [];
	try {
		await query(client, database, `SELECT sum(characters) AS characters FROM (${parts.join(' UNION ALL ')}) samples`, {
			signal,
			timeoutMs: 600_000,
		});
		return [];
	} catch (error) {
		if (!isAppError(error) || error.code === 'cancelled') throw error;
		return [`Rows could be restored but not read: ${error.message}`];
	}
}
