import {makeFix} from './steps.js';

export const rerunMigrate = makeFix('rerun-migrate', 'Run the migrations', situation => [
	'docker compose run --rm migrate (the name of the one-shot service, or the migrate command of the application)',
	`docker compose up -d ${situation.service}`,
]);

export const repairThenMigrate = makeFix(
	'repair-then-migrate',
	'Remove the reason of the SQL error, then run again',
	() => [
		'Make a backup first',
		'Repair what the first error names: a privilege, an extension, room on the disk, a row that does not fit',
		'Run the migrations again; do not go back to the older image',
	],
);

export const resolvePrismaMigration = makeFix(
	'resolve-prisma-migration',
	'Finish or undo the failed migration, then clear its mark',
	situation => [
		'Make a backup first',
		'Read the first SQL error: SELECT migration_name, logs FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL',
		`Complete the migration by hand, then: prisma migrate resolve --applied ${situation.captures['migration'] ?? 'NAME'}; or undo its part, then the same with --rolled-back`,
		'Run the migrations again',
	],
);

export const forceMigrationVersion = makeFix(
	'force-migration-version',
	'Repair the half-done migration, then clear the dirty mark',
	situation => [
		'Make a backup first',
		`Compare the schema with migration ${situation.captures['migration'] ?? 'that the message names'}: complete it or undo its part`,
		'Set the version that is really there: migrate force VERSION, then run the migrations again',
	],
);

export const baselineMigrations = makeFix('baseline-migrations', 'Mark the first migration as applied', situation => [
	'Make a backup first, and compare the tables with what the first migration makes',
	`Prisma: prisma migrate resolve --applied FIRST_MIGRATION in ${situation.service}; other tools: insert the history row that they would write (baseline)`,
	'Run the migrations again',
]);

export const moveForward = makeFix('move-forward', 'Go forward to the image that knows this schema', situation => [
	`Use the newest version of ${situation.service} that ran on this database, or a later one`,
	'Or restore the backup made before the upgrade together with the older image',
]);

export const releaseMigrationLock = makeFix('release-migration-lock', 'Release the lock', situation => [
	`Check that no migration runs: docker compose ps, and pg_stat_activity on ${situation.database}`,
	'Release it: liquibase release-locks; knex migrate:unlock; for an advisory lock end the session that holds it',
	'Run the migrations again',
]);

export const pinRelease = makeFix('pin-release', 'Use another release of the application', situation => [
	`Look for the message in the issue tracker of ${situation.service}; update to the release with the correction, or pin the last good one if the schema allows it`,
	'Make a backup first',
]);
