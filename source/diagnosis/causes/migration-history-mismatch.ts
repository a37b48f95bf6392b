import type {Cause, Match} from '../cause.js';
import {tableExists} from '../families/relations.js';
import {moveForward} from '../fixes/migrations.js';
import {surroundings} from '../match.js';
import {log} from '../pattern.js';

export const migrationHistoryMismatch: Cause = {
	label: 'migration-history-mismatch',
	layer: 'migration',
	signatures: [
		{match: log`Can't locate revision identified by '(?<migration>[^']+)'|No such revision or branch`, certainty: 0.97},
		{match: log`The migration directory is corrupt, the following files are missing`, certainty: 0.97},
		{
			match: log`Migration checksum mismatch for migration|Detected applied migration not resolved locally|Detected resolved migration not applied|Validate failed: (?:Migrations have failed validation|Detected)|FlywayValidateException`,
			certainty: 0.95,
		},
		{
			match: log`InconsistentMigrationHistory|NodeNotFoundError|Conflicting migrations detected; multiple leaf nodes`,
			certainty: 0.96,
		},
		{
			match: log`(?:ValidationFailedException|Validation Failed:) [^\n]{0,60}(?:check ?sum|change ?sets?)|change sets? check sum|but is now: \d+:`,
			certainty: 0.95,
		},
		{
			match: log`Your local migration history and the migrations table from your database are different|migrations? (?:from the database|table)[^\n]{0,40}(?:not found|missing)[^\n]{0,40}(?:locally|local migration)|was modified after it was applied|The following migrations? (?:are|is) applied to the database but missing|\bP3006\b|Drift detected`,
			certainty: 0.92,
		},
		{
			match: log`(?:corrupted migrations|Migration(?:s)? \S+ (?:was|were|has been|is) (?:previously )?(?:applied|executed|run)[^\n]{0,60}(?:missing|modified|not found|changed|does not exist)|previously executed migration \S+ is missing|VersionM(?:issing|ismatch)|was previously applied but (?:is missing|has been modified))`,
			certainty: 0.94,
		},
		{
			match: log`no migration found for version (?<migration>\d+)|(?:migration )?file does not exist|first \d+: file does not exist|migrations?[^\n]{0,30}(?:not found|unknown|missing)[^\n]{0,30}(?:version|revision|in the (?:code|image))|error: no migration|read down for version`,
			certainty: 0.82,
		},
		{
			match: log`(?:database|schema|db)(?: schema)?(?: version)?[^\n]{0,50} (?:is )?(?:newer than|too new|higher than|ahead of|from a newer|from the future|from a later|was (?:created|migrated|upgraded) (?:by|to|with) a newer)|downgrad(?:e|ing)[^\n]{0,60}(?:not (?:supported|possible|allowed|permitted)|unsupported|detected|cannot)|(?:cannot|can't|unable to|not allowed to) downgrade|found (?:a )?newer (?:schema|database|version)|unknown migration|migration version mismatch|Schema version \S+ is not supported`,
			certainty: 0.9,
		},
		{
			match: log`(?:Too many migrations|upgrade path|skipped? (?:a )?(?:major|required) (?:version|upgrade)|must (?:first )?(?:be )?upgrad(?:e|ed) (?:first )?(?:to|from|via|through) (?:version )?v?\d)`,
			certainty: 0.6,
		},
		{match: tableExists, certainty: weigh},
	],
	explains: ['migration-failed', 'migration-baseline-needed'],
	explain: ({service}) =>
		`The history of migrations in the database and the files in the image of ${service} differ: the image is older than the database, or a file was changed or removed.`,
	fixes: situation => [moveForward(situation)],
};

function weigh(match: Match): number {
	return /drizzle|DrizzleQueryError|PostgresError: relation/i.test(surroundings(match, 8, 14)) ? 0.82 : 0.4;
}
