import {AppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {applyProperties, dropDatabase} from './database.js';
import type {DatabaseProperties} from './properties.js';
import {quoteIdentifier, quoteLiteral} from './quote.js';
import {execute, type QueryOptions} from './sql.js';

/**
 * Copies a database inside its server, file by file, with settings, grants and limits: a rollback point that takes seconds to make and one rename to use.
 * Nobody may be connected to `from`: stop what writes first; sessions that are left are ended. An unfinished copy of that name is replaced.
 * Throws AppError sql-failed, preflight-failed (sessions that come back).
 */
export async function copyDatabase(
	client: PostgresClient,
	from: DatabaseProperties,
	to: string,
	options: QueryOptions = {},
): Promise<void> {
	const maintenance = client.facts.maintenanceDatabase;
	await dropDatabase(client, to, options);
	// Copying files is faster than writing every page to the log (the default since 15), and the checkpoint it costs hurts nobody while the writers are stopped.
	const strategy = client.facts.serverMajor >= 15 ? ' STRATEGY file_copy' : '';
	const copy = `CREATE DATABASE ${quoteIdentifier(to)} WITH TEMPLATE ${quoteIdentifier(from.name)} OWNER ${quoteIdentifier(from.owner)}${strategy};`;
	for (let attempt = 1; ; attempt++) {
		await execute(
			client,
			maintenance,
			`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = ${quoteLiteral(from.name)} AND pid <> pg_backend_pid();`,
			options,
		);
		try {
			await execute(client, maintenance, copy, {timeoutMs: 3_600_000, ...options});
			break;
		} catch (error) {
			if (
				attempt >= 5 ||
				!(error instanceof AppError) ||
				!/being accessed by other users/.test(`${error.message} ${error.details.join(' ')}`)
			)
				throw error;
		}
	}

	await applyProperties(client, to, from, options);
}
