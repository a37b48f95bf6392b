import {rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {Bench} from './bench.js';
import type {Fault} from './fault.js';

/** The schema: what brings it to the state that the application wants. */
export const migrationFaults: readonly Fault[] = [
	{
		name: 'migrations never run',
		cause: 'migration-not-applied',
		proof: /does not exist/,
		fix: 'rerun-migrate',
		applied: true,
		async put(bench) {
			await bench.sql('CREATE DATABASE clerq_new', 'postgres');
			await bench.setEnv('POSTGRES_DB', 'clerq_new');
			await bench.compose('rm', '-s', '-f', 'migrate');
			await bench.compose('up', '-d', '--no-deps', 'postgres', 'app');
			await bench.untilBroken('app');
		},
		undo: async bench => {
			await bench.sql('DROP DATABASE clerq_new WITH (FORCE)', 'postgres');
		},
	},
	{
		name: 'migration with an SQL error',
		rare: true,
		cause: 'migration-failed',
		service: 'migrate',
		proof: /vat_rate/,
		notBeside: ['migration-not-applied'],
		async put(bench) {
			await addMigration(bench, 'ALTER TABLE clients ADD CONSTRAINT vat_rate CHECK (vat_rate > 0)');
			await bench.compose('up', '-d', '--build');
			await bench.untilEnded('migrate');
		},
		undo: dropMigration,
	},
	{
		name: 'extension that the image lacks',
		rare: true,
		cause: 'extension-missing',
		proof: /vector/,
		async put(bench) {
			await addMigration(bench, 'CREATE EXTENSION vector');
			await bench.compose('up', '-d', '--build');
			await bench.untilEnded('migrate');
		},
		undo: dropMigration,
	},
	{
		name: 'advisory lock held by a session that hangs',
		rare: true,
		cause: 'migration-lock-stale',
		service: 'migrate',
		proof: /advisory lock/,
		fix: 'release-migration-lock',
		async put(bench) {
			await bench.compose(
				'exec',
				'-d',
				'-e',
				'PGAPPNAME=clerq-migrate-old',
				'postgres',
				'psql',
				'-U',
				'clerq',
				'-d',
				'clerq',
				'-c',
				'SELECT pg_advisory_lock(72707369), pg_sleep(900)',
			);
			await bench.edit('migrate.js', text =>
				text.replace(
					"	await client.query('CREATE SCHEMA IF NOT EXISTS drizzle');",
					line =>
						`	await client.query("SET lock_timeout = '3s'");\n	await client.query('SELECT pg_advisory_lock(72707369)');\n${line}`,
				),
			);
			await bench.compose('up', '-d', '--build');
			await bench.untilEnded('migrate');
		},
		undo: async bench => {
			await bench.sql(
				`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'clerq-migrate-old'`,
			);
			await bench.edit('migrate.js', text =>
				text.replace(/\tawait client\.query\("SET lock_timeout.*\n.*advisory_lock.*\n/, ''),
			);
		},
	},
];

const journal = 'drizzle/meta/_journal.json';
const added = '0009_added.sql';

async function addMigration(bench: Bench, statement: string): Promise<void> {
	await bench.edit(journal, text => {
		const document = JSON.parse(text);
		document.entries.push({idx: 9, version: '7', when: 1_990_000_000_000, tag: '0009_added', breakpoints: true});
		return JSON.stringify(document, null, '\t');
	});
	await writeFile(join(bench.directory, 'drizzle', added), `${statement};\n`);
}

async function dropMigration(bench: Bench): Promise<void> {
	await rm(join(bench.directory, 'drizzle', added));
	await bench.edit(journal, text => {
		const document = JSON.parse(text);
		document.entries = document.entries.filter((entry: {readonly tag: string}) => entry.tag !== '0009_added');
		return JSON.stringify(document, null, '\t');
	});
}
