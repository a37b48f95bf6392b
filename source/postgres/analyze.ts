import type {PostgresClient} from './client.js';
import {execute} from './sql.js';

/** Gives the planner its statistics: a restored database has none before 18. */
export async function analyzeDatabase(
	client: PostgresClient,
	database: string,
	options: {readonly jobs?: number | undefined; readonly signal?: AbortSignal | undefined} = {},
): Promise<void> {
	const result = await client.shell(
		'command -v vacuumdb >/dev/null 2>&1 || exit 127; exec vacuumdb --analyze-only --quiet --no-password "--jobs=$1" "--maintenance-db=$LIFEBOAT_DATABASE" "--dbname=$LIFEBOAT_DATABASE"',
		[String(options.jobs ?? 1)],
		{database, signal: options.signal},
	);
	if (result.exitCode !== 0)
		await execute(client, database, 'ANALYZE;', {signal: options.signal, timeoutMs: 3_600_000});
}
