import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';
import {
	broken,
	compose,
	edit,
	ended,
	images,
	inOrder,
	inServerBeside,
	override,
	rebuild,
	type Step,
	setEnv,
	sql,
	up,
} from './steps.js';

/** The table as Prisma makes it, with a migration that began and did not end; its script ran as one batch, of which nothing is left. */
const prismaBooks = `
CREATE TABLE _prisma_migrations (id varchar(36) PRIMARY KEY, checksum varchar(64) NOT NULL, finished_at timestamptz, migration_name varchar(255) NOT NULL,
	logs text, rolled_back_at timestamptz, started_at timestamptz NOT NULL DEFAULT now(), applied_steps_count integer NOT NULL DEFAULT 0);
INSERT INTO _prisma_migrations VALUES ('1f0c', 'x', now(), '20260101000000_init', NULL, NULL, now(), 1),
	('2f0c', 'y', NULL, '20260301000000_vat', 'ERROR: column "vat" contains null values', NULL, now(), 0);`;

/** What \`prisma migrate deploy\` does before it applies anything: it refuses, in these words, as long as the mark stands. */
const prismaDeploy = `
import pg from 'pg';
const client = new pg.Client(process.env.DATABASE_URL);
await client.connect();
const {rows} = await client.query('SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NULL AND rolled_back_at IS NULL');
await client.end();
if (rows.length > 0) {
	console.error('Error: P3009');
	console.error('migrate found failed migrations in the target database, new migrations will not be applied.');
	console.error('The \`' + rows[0].migration_name + '\` migration started at 2026-03-01 02:00:00.000000 UTC failed');
	process.exit(1);
}
await import('/app/migrate.js');
`;

/** The schema: what brings it to the state that the application wants. */
export const migrationFaults: readonly Fault[] = [
	{
		name: 'migrations never run',
		cause: 'migration-not-applied',
		proof: /does not exist/,
		repair: 'rerun-migrate',
		put: inOrder(
			sql('CREATE DATABASE clerq_new', 'postgres'),
			setEnv('POSTGRES_DB', 'clerq_new'),
			compose('rm', '-s', '-f', 'migrate'),
			compose('up', '-d', '--no-deps', 'postgres', 'app'),
			broken('app'),
		),
		undo: sql('DROP DATABASE clerq_new WITH (FORCE)', 'postgres'),
	},
	{
		name: 'migration of the new release never run',
		cause: 'migration-not-applied',
		service: 'app',
		proof: /4 migrations in the files, 3 applied; not applied: 0009_added/,
		notBeside: ['app-bug-schema', 'migration-failed'],
		repair: 'rerun-migrate',
		brings: /vat_rates|__drizzle_migrations/,
		put: inOrder(
			addMigration('CREATE TABLE vat_rates (country text PRIMARY KEY, rate numeric)'),
			edit('server.js', text =>
				text.replace("'SELECT 1 FROM drizzle.__drizzle_migrations LIMIT 1'", "'SELECT 1 FROM vat_rates LIMIT 1'"),
			),
			compose('up', '-d', '--build', '--no-deps', 'app'),
			broken('app'),
		),
		undo: inOrder(
			compose('stop', 'app'),
			sql('DROP TABLE IF EXISTS vat_rates'),
			edit('server.js', text => text.replace('FROM vat_rates', 'FROM drizzle.__drizzle_migrations')),
			dropMigration,
		),
	},
	{
		name: 'failed migration of Prisma, repaired since',
		rare: true,
		cause: 'migration-failed-state',
		proof: /P3009|20260301000000_vat|marked as failed/,
		notBeside: ['migration-failed', 'migration-not-applied'],
		repair: 'resolve-prisma-migration',
		brings: /_prisma_migrations/,
		put: inOrder(
			sql(prismaBooks),
			override({services: {migrate: {command: ['node', '--input-type=module', '-e', prismaDeploy]}}}),
			up,
			ended('migrate'),
		),
		undo: sql('DROP TABLE IF EXISTS _prisma_migrations'),
	},
	{
		name: 'library that the server has to load at its start',
		rare: true,
		cause: 'extension-not-preloaded',
		proof: /shared_preload_libraries/,
		notBeside: ['migration-failed', 'extension-missing'],
		repair: 'preload-library',
		brings: /^extension |^comments$|__drizzle_migrations/,
		put: inOrder(
			addMigration('CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT count(*) FROM pg_stat_statements'),
			rebuild,
			ended('migrate'),
		),
		undo: inOrder(sql('DROP EXTENSION IF EXISTS pg_stat_statements'), dropMigration),
	},
	{
		name: 'migration with an SQL error',
		rare: true,
		cause: 'migration-failed',
		service: 'migrate',
		proof: /vat_rate/,
		notBeside: ['migration-not-applied'],
		put: inOrder(
			addMigration('ALTER TABLE clients ADD CONSTRAINT vat_rate CHECK (vat_rate > 0)'),
			rebuild,
			ended('migrate'),
		),
		undo: dropMigration,
	},
	{
		name: 'extension that the image lacks',
		rare: true,
		cause: 'extension-missing',
		proof: /vector/,
		repair: 'switch-image-extension',
		brings: /^extension |^comments$|__drizzle_migrations/,
		put: inOrder(images('pgvector/pgvector:pg17'), addMigration('CREATE EXTENSION vector'), rebuild, ended('migrate')),
		undo: inOrder(sql('DROP EXTENSION IF EXISTS vector'), dropMigration),
	},
	{
		name: 'advisory lock held by a session that hangs',
		rare: true,
		cause: 'migration-lock-stale',
		service: 'migrate',
		proof: /advisory lock/,
		repair: 'release-migration-lock',
		put: inOrder(
			inServerBeside(
				'PGAPPNAME=clerq-migrate-old psql -U clerq -d clerq -c "SELECT pg_advisory_lock(72707369), pg_sleep(900)"',
			),
			edit('migrate.js', text =>
				text.replace(
					"	await client.query('CREATE SCHEMA IF NOT EXISTS drizzle');",
					line =>
						`	await client.query("SET lock_timeout = '3s'");\n	await client.query('SELECT pg_advisory_lock(72707369)');\n${line}`,
				),
			),
			rebuild,
			ended('migrate'),
		),
		undo: inOrder(
			sql(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clerq-migrate-old'`),
			edit('migrate.js', text => text.replace(/\tawait client\.query\("SET lock_timeout.*\n.*advisory_lock.*\n/, '')),
		),
	},
];

const journal = 'drizzle/meta/_journal.json';
const added = '0009_added.sql';

function addMigration(statement: string): Step {
	return async bench => {
		await bench.edit(journal, text => {
			const document = JSON.parse(text);
			document.entries.push({idx: 9, version: '7', when: 1_990_000_000_000, tag: '0009_added', breakpoints: true});
			return JSON.stringify(document, null, '\t');
		});
		await writeFile(join(bench.directory, 'drizzle', added), `${statement};\n`);
	};
}

async function dropMigration(bench: Bench): Promise<void> {
	await bench.sql(`DELETE FROM drizzle.__drizzle_migrations WHERE created_at = 1990000000000;
SELECT setval('drizzle.__drizzle_migrations_id_seq', (SELECT max(id) FROM drizzle.__drizzle_migrations));`);
	await rm(join(bench.directory, 'drizzle', added));
	await bench.edit(journal, text => {
		const document = JSON.parse(text);
		document.entries = document.entries.filter((entry: {readonly tag: string}) => entry.tag !== '0009_added');
		return JSON.stringify(document, null, '\t');
	});
}
