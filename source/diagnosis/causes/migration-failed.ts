import type {Cause, Match, Sign} from '../cause.js';
import {tableExists, tableMissing} from '../families/relations.js';
import {repairThenMigrate} from '../fixes/migrations.js';
import {isMigrationWork} from '../migrations.js';
import {log} from '../pattern.js';
import {emptyDatabases, isBroken, type View} from '../view.js';

export const migrationFailed: Cause = {
	label: 'migration-failed',
	layer: 'migration',
	signatures: [
		{match: log`\bP3018\b|A migration failed to apply`, certainty: 0.93},
		{
			match: log`(?:service|container) "?(?<service>[\w.-]*migrat[\w.-]*)"? (?:didn't complete successfully|exited \(1\))`,
			certainty: 0.85,
		},
		{match: log`service "(?<service>[^"]+)" didn't complete successfully`, certainty: 0.8},
		{match: tableMissing, certainty: match => (isMigrationWork(match) ? 0.84 : 0)},
		{match: log`column "(?<column>[^"]+)" (?:of relation "[^"]+" )?does not exist`, certainty: weighSql},
		{match: tableExists, certainty: match => (isMigrationWork(match) ? 0.4 : 0.2)},
		{
			match: log`column "(?<column>[^"]+)" of relation "[^"]+" already exists|constraint "[^"]+" (?:for relation "[^"]+" )?already exists|type "[^"]+" already exists|index "[^"]+" already exists|column "[^"]+" contains null values|could not create unique index|violates (?:foreign key|not-null|unique|check) constraint|cannot (?:drop|alter|cast|change)[^\n]{0,80}(?:because other objects depend|automatically)|duplicate_column|ERROR 42701|DuplicateColumn|DuplicateObject`,
			certainty: weighSql,
		},
		{
			match: log`(?:migration|migrate|migrations)[^\n]{0,80}(?:failed|error|aborted|could not be applied|unsuccessful)|(?:failed|error|unable|could not)[^\n]{0,30} (?:to )?(?:run|apply|execute|perform|applying|running|during|executing)(?: the| database| all| pending| schema)* (?:migrat|upgrad)\w+|Migration of schema [^\n]{1,40} failed|Error during migration|MigrationFailedException|FlywayMigrateException|StandardError: An error has occurred, (?:this|all later)`,
			certainty: weighGeneral,
		},
		{
			match: log`(?:alembic|sqlalchemy|django|psycopg2?)[^\n]{0,120}(?:ProgrammingError|IntegrityError|DataError|NotSupportedError|InternalError)`,
			certainty: match => (isMigrationWork(match) ? 0.82 : 0.2),
		},
	],
	look: view => [...findFailedWork(view), ...findFailedRun(view)],
	explains: ['migration-not-applied', 'migration-failed-state', 'healthcheck-broken'],
	// Where nothing ever ran and nothing ended badly, nothing failed.
	isExcluded: view =>
		emptyDatabases(view).length > 0 && !view.services.some(service => service.role === 'migrate' && isBroken(service)),
	explain: ({service, view}) =>
		`The migrations of ${view.services.find(({role}) => role === 'migrate')?.service ?? service} did not come to their end; the first error in its log is the reason, later ones follow from it.`,
	fixes: situation => [repairThenMigrate(situation)],
};

const sqlError =
	/(?:does not exist|violates \w+|syntax error at|cannot be cast|invalid input syntax|out of range|contains null values|could not create unique index)/;

/** The server let it in and answered a statement with an error: it is the migration itself. */
function findFailedWork(view: View): Sign[] {
	return view.services
		.filter(service => service.role === 'migrate' && isBroken(service))
		.filter(({service}) =>
			view.evidence.probes.some(probe => probe.service === service && probe.step === 'database' && probe.ok),
		)
		.filter(({log}) => log.some(line => sqlError.test(line)))
		.map(({service, exitCode}) => ({
			service,
			certainty: 0.9,
			source: `${service}: connection tried by us`,
			text: `its connection works, and it ended with exit code ${exitCode} at an error of SQL`,
		}));
}

function findFailedRun(view: View): Sign[] {
	return view.services
		.filter(service => service.role === 'migrate' && service.exitCode != null && service.exitCode !== 0)
		.map(service => ({
			service: service.service,
			certainty: 0.35,
			source: `${service.service} state`,
			text: `${service.service} ended with exit code ${service.exitCode}`,
		}));
}

function weighSql(match: Match): number {
	return isMigrationWork(match) ? 0.84 : 0;
}

/** A general word about failure counts little: the reason usually has a cause of its own. */
function weighGeneral(match: Match): number {
	return match.source.service?.role === 'migrate' || isMigrationWork(match) ? 0.5 : 0.4;
}
