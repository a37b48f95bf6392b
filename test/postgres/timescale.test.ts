import {expect, test} from 'vitest';
import type {PostgresClient} from '../../source/postgres/client.js';
import {refreshAggregates} from '../../source/postgres/timescale.js';

/** A client that has two aggregates, one of which cannot be refreshed. */
function clientWith(calls: string[]) {
	return {
		facts: {maintenanceDatabase: 'postgres'},
		explainLoss: async () => undefined,
		async run(_program: string, _args: readonly string[], {input = ''}: {input?: string}) {
			calls.push(input);
			const refused = input.includes('daily');
			return {
				exitCode: refused ? 3 : 0,
				stdout: input.startsWith('CALL') ? '' : JSON.stringify([{name: 'public.hourly'}, {name: 'public."daily"'}]),
				stderr: refused ? 'psql:<stdin>:1: ERROR:  0A000: functionality not supported\n' : '',
				timedOut: false,
			};
		},
	} as unknown as PostgresClient;
}

test('every aggregate is refreshed over its whole range, and what is refused is told', async () => {
	const calls: string[] = [];
	const refused = await refreshAggregates(clientWith(calls), 'metrics');
	expect(calls.slice(1)).toEqual([
		"CALL refresh_continuous_aggregate('public.hourly', NULL, NULL);",
		`CALL refresh_continuous_aggregate('public."daily"', NULL, NULL);`,
	]);
	expect(refused).toEqual([{view: 'public."daily"', reason: expect.stringContaining('not supported')}]);
});
