import type {Cause, Match} from '../cause.js';
import {tableExists} from '../families/relations.js';
import {baselineMigrations} from '../fixes/migrations.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';

export const migrationBaselineNeeded: Cause = {
	label: 'migration-baseline-needed',
	layer: 'migration',
	signatures: [
		{match: log`\bP3005\b|The database schema is not empty`, certainty: 0.97},
		{match: log`Found non-empty schema\(s\) [^\n]{1,80} but no schema history table`, certainty: 0.97},
		{match: tableExists, certainty: weigh},
	],
	explains: ['migration-failed'],
	explain: ({captures}) =>
		`The tables exist${captures['relation'] ? ` (${captures['relation']})` : ''}, but the migration history does not know of them: the tool tries to make them again.`,
	fixes: situation => [baselineMigrations(situation)],
};

function weigh(match: Match): number {
	const near = surroundings(match, 6, 12);
	if (/drizzle|\.sql\b.*breakpoint/i.test(near)) return 0.55;
	if (/TypeORM|QueryFailedError|typeorm/.test(near)) return 0.85;
	return 0.82;
}
