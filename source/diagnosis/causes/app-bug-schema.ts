import type {Cause, Match} from '../cause.js';
import {tableMissing} from '../families/relations.js';
import {pinRelease, rerunMigrate} from '../fixes/migrations.js';
import {surroundings} from '../match.js';
import {emptyDatabases, type View, whoMissesSchema} from '../view.js';

export const appBugSchema: Cause = {
	label: 'app-bug-schema',
	layer: 'migration',
	signatures: [{match: tableMissing, certainty: weigh}],
	look: view =>
		view.evidence.migrationFiles
			.filter(() => isComplete(view))
			.flatMap(({service, tool, folder, files}) => {
				const client = whoMissesSchema(view);
				if (client === undefined) return [];
				return [
					{
						service: client,
						certainty: 0.8,
						source: `${folder}/ and the table of ${tool} on ${service}`,
						text: `all ${files} migrations in the files are applied, and still ${client} misses what it asks for`,
					},
				];
			}),
	// Who has no table at all has not been migrated yet.
	isExcluded: view => emptyDatabases(view).length > 0,
	explain: ({service, captures}) =>
		`The release of ${service} asks for ${captures['relation'] ?? 'a table'} that its own migrations do not make: it fails on a clean database as well.`,
	fixes: situation => [pinRelease(situation), rerunMigrate(situation)],
};

const isComplete = (view: View) => view.evidence.migrationFiles.every(({pending}) => pending.length === 0);

/** The history table itself, or a reference to a table of the same set of migrations. */
function weigh(match: Match): number {
	const {relation = ''} = match.captures;
	if (/typeorm_migrations|_migrations$/.test(relation)) return 0.85;
	const near = surroundings(match, 12, 6);
	if (/ADD CONSTRAINT[^\n]{0,200}(?:FOREIGN KEY|REFERENCES)/i.test(near) && /drizzle|DrizzleQueryError/i.test(near))
		return 0.88;
	return 0.3;
}
