import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, test} from 'vitest';
import type {MigrationTool} from '../../source/release/migrations.js';
import {compareMigrations, findMigrationFolders} from '../../source/release/pending-migrations.js';

describe('folders with migrations', () => {
	let root: string;

	beforeAll(async () => {
		root = await mkdtemp(join(tmpdir(), 'lifeboat-migrations-'));
		const files = [
			...['apps/web/drizzle/0010_b.sql', 'apps/web/drizzle/0009_a.sql', 'apps/web/drizzle/meta/_journal.json'],
			...['prisma/migrations/20260101000000_init/migration.sql', 'prisma/migrations/20260202000000_vat/migration.sql'],
			...['node_modules/other/drizzle/0000_theirs.sql', 'README.md'],
		];
		for (const file of files) {
			await mkdir(dirname(join(root, file)), {recursive: true});
			await writeFile(join(root, file), '');
		}
	});
	afterAll(() => rm(root, {recursive: true}));

	test('by tool, in the order in which they run; those of packages are not ours', async () => {
		expect((await findMigrationFolders(root)).toSorted((a, b) => a.tool.localeCompare(b.tool))).toEqual([
			{tool: 'drizzle', folder: 'apps/web/drizzle', names: ['0009_a', '0010_b']},
			{tool: 'prisma', folder: 'prisma/migrations', names: ['20260101000000_init', '20260202000000_vat']},
		]);
	});

	test('a folder that is not there has none', async () => {
		expect(await findMigrationFolders(join(root, 'nowhere'))).toEqual([]);
	});
});

describe('files against the books', () => {
	const folder = (tool: MigrationTool, ...names: readonly string[]) => [{tool, folder: 'migrations', names}];

	test.each([
		['drizzle', ['hash of a file'], folder('drizzle', '0000_a', '0001_b', '0002_c'), ['0001_b', '0002_c']],
		[
			'prisma',
			['20260101000000_init'],
			folder('prisma', '20260101000000_init', '20260202000000_vat'),
			['20260202000000_vat'],
		],
		['knex', ['20260101000000_a.js'], folder('knex', '20260101000000_a', '20260102000000_b'), ['20260102000000_b']],
		[
			'typeorm',
			['AddVat1767225600000'],
			folder('typeorm', '1767225600000-AddVat', '1769904000000-Rows'),
			['1769904000000-Rows'],
		],
		['rails', ['20260101000000'], folder('rails', '20260101000000_a', '20260102000000_b'), ['20260102000000_b']],
		['flyway', ['1', '1.2'], folder('flyway', 'V1__a', 'V1_2__b', 'V2__c'), ['V2__c']],
		['golang-migrate', ['2'], folder('sql', '000001_a', '000002_b', '000003_c'), ['000003_c']],
		['sqlx', ['1', '2'], folder('sql', '1_a', '2_b'), []],
	] as const)('%s', (tool, names, folders, pending) => {
		expect(compareMigrations({tool, names}, folders)?.pending).toEqual(pending);
	});

	test('what cannot be compared is left open: several folders, none, names of packages', () => {
		const two = [...folder('drizzle', '0000_a'), ...folder('drizzle', '0000_b')];
		expect(compareMigrations({tool: 'drizzle', names: []}, two)).toBeUndefined();
		expect(compareMigrations({tool: 'prisma', names: ['x']}, folder('drizzle', '0000_a'))).toBeUndefined();
		expect(
			compareMigrations({tool: 'django', names: ['auth.0001_initial']}, folder('django', '0001_initial')),
		).toBeUndefined();
	});
});
