import type {Cause, Match} from '../cause.js';
import {tableMissing} from '../families/relations.js';
import {rerunMigrate} from '../fixes/migrations.js';
import {isMigrationWork} from '../migrations.js';
import {log} from '../pattern.js';
import {emptyDatabases, isBroken, isDown, isTroubled, type View, whoMissesSchema} from '../view.js';

export const migrationNotApplied: Cause = {
	label: 'migration-not-applied',
	layer: 'migration',
	signatures: [
		{match: tableMissing, certainty: weigh},
		{
			match: log`PendingMigrationError|(?<!\bno )Migrations are pending|You have \d+ (?:unapplied|pending) migration|(?<!\b(?:no|0) )pending migrations? (?:found|detected|exist)|(?<!\b(?:no|0) )unapplied migration|there are pending migrations|(?<!\b(?:no|0|without|any|for) )Pending migrations?\b(?! (?:to apply|found: 0|: 0|: none))`,
			certainty: 0.94,
		},
		{
			match: log`(?:database|schema|tables?)[^\n]{0,40} (?:is|are|has|have) not (?:been )?(?:initiali[sz]ed|migrated|seeded|up[- ]to[- ]date|set ?up|bootstrapped)|(?:run|apply|execute)[^\n]{0,20} (?:the )?(?:database )?(?:migrations?|seed)\b[^\n]{0,40} (?:first|before|to)|not migrated|schema is (?:out of date|outdated|behind|empty)|database needs (?:to be )?(?:migrat|upgrad|initiali)\w+`,
			certainty: 0.8,
		},
		{
			match: log`column (?:["'\x60]?[\w.]+["'\x60]? )(?:of relation "[^"]+" )?does not exist|undefined_column|UndefinedColumn|SQLSTATE\[42703\]|\bP2022\b|The column \x60[^\x60]+\x60 does not exist`,
			certainty: match => (isMigrationWork(match) ? 0.3 : 0.62),
		},
		{match: log`no schema has been selected to create in|schema "(?<relation>[^"]+)" does not exist`, certainty: 0.55},
	],
	look: view => [
		...view.services
			.filter(service => service.role === 'migrate' && (service.state === 'created' || service.state === 'absent'))
			.filter(() => view.services.some(service => service.role !== 'migrate' && isDown(service)))
			.map(service => ({
				service: service.service,
				certainty: 0.6,
				source: `${service.service} state`,
				text: `${service.service} never ran (${service.state})`,
			})),
		...view.evidence.servers
			.filter(server => server.ready === true && server.tables === 0 && isTroubled(view))
			.map(server => ({
				service: server.service,
				certainty: 0.75,
				source: `catalogue of ${server.service}`,
				text: 'the database has no tables',
			})),
		...view.evidence.migrationFiles
			.filter(({pending}) => pending.length > 0)
			// Files that are ahead of the database are the usual state between a pull and an upgrade: alone they say nothing.
			.map(({service, tool, folder, files, applied, pending}) => ({
				service: whoMissesSchema(view) ?? service,
				certainty: whoMissesSchema(view) !== undefined ? 0.95 : isTroubled(view) && !hasFailedRun(view) ? 0.45 : 0,
				source: `${folder}/ and the table of ${tool} on ${service}`,
				text: `${files} migrations in the files, ${applied} applied; not applied: ${listNames(pending)}`,
			})),
		...emptyDatabases(view).map(({service, variable, database, host}) => ({
			service,
			certainty: 0.92,
			source: `catalogue of ${host}`,
			text: `the database ${database}, which ${variable} names, has no tables: no migration ever ran on it`,
			captures: {variable},
		})),
	],
	explain: ({service, captures}) =>
		`The schema that ${service} expects is not there${captures['relation'] ? ` (no table ${captures['relation']})` : ''}: the migrations did not run on this database.`,
	fixes: situation => [rerunMigrate(situation)],
};

/** Then it is no riddle why they are not applied. */
const hasFailedRun = (view: View) => view.services.some(service => service.role === 'migrate' && isBroken(service));

const listNames = (names: readonly string[]) =>
	names.length > 3 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} more` : names.join(', ');

function weigh(match: Match, view: View): number {
	const {relation = ''} = match.captures;
	if (/typeorm_migrations|_migrations_?$|^migrations$/.test(relation)) return 0.35;
	const {migrationFiles} = view.evidence;
	if (migrationFiles.some(({pending}) => pending.length > 0)) return 0.93;
	if (migrationFiles.length > 0) return 0.3;
	if (
		view.evidence.servers.some(server =>
			server.migrations.some(history => history.applied && history.applied > 0 && !history.failed),
		)
	)
		return 0.5;
	if (isMigrationWork(match)) return 0.5;
	return 0.85;
}
