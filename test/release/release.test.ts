import {expect, test} from 'vitest';
import {findNewVariables, isEnvExample} from '../../source/release/env-examples.js';
import {findMigrations, migrationOf} from '../../source/release/migrations.js';
import {findNewNotes, isReleaseNotes} from '../../source/release/notes.js';

test.each([
	['prisma/migrations/20240101120000_init/migration.sql', 'prisma', '20240101120000_init'],
	['drizzle/0003_tidy_wolf.sql', 'drizzle', '0003_tidy_wolf'],
	['db/migrate/20240101120000_create_users.rb', 'rails', '20240101120000_create_users'],
	['priv/repo/migrations/20240101120000_users.exs', 'ecto', '20240101120000_users'],
	['src/main/resources/db/migration/V1_2__add.sql', 'flyway', 'V1_2__add'],
	['alembic/versions/ab12_users.py', 'alembic', 'ab12_users'],
	['shop/migrations/0004_auto.py', 'django', '0004_auto'],
	['src/migrations/1700000000000-Users.ts', 'typeorm', '1700000000000-Users'],
	['migrations/20240101120000_users.js', 'knex', '20240101120000_users'],
	['deploy/docker/migrations/012_tenants.up.sql', 'sql', '012_tenants'],
])('%s is a migration of %s', (path, tool, name) => {
	expect(migrationOf(path)).toEqual({tool, name});
});

test.each([
	'src/index.ts',
	'migrations/README.md',
	'shop/migrations/__init__.py',
	'deploy/migrations/012_tenants.down.sql',
])('%s is no migration', path => {
	expect(migrationOf(path)).toBeUndefined();
});

test('added migrations come in order; changed ones are told apart', () => {
	const found = findMigrations([
		{status: 'A', path: 'drizzle/0010_b.sql'},
		{status: 'A', path: 'drizzle/0009_a.sql'},
		{status: 'M', path: 'drizzle/0001_x.sql'},
		{status: 'A', path: 'src/app.ts'},
	]);
	expect(found.added.map(one => one.name)).toEqual(['0009_a', '0010_b']);
	expect(found.changed.map(one => one.name)).toEqual(['0001_x']);
});

test('only variables that are new in the example and absent from the env file are told', () => {
	const before = 'A=1\nOPTIONAL=\n';
	const after = 'A=1\nOPTIONAL=\n# Signs the links.\n# 32 bytes.\nLINK_KEY="change me" # required\nPORT=3000\n';
	expect(findNewVariables('.env.example', before, after, new Set(['A', 'PORT']))).toEqual([
		{name: 'LINK_KEY', example: 'change me', comment: 'Signs the links. 32 bytes.', file: '.env.example'},
	]);
});

test.each([
	'.env.example',
	'deploy/.env.sample',
	'env.example',
	'docker.env.template',
	'example.env',
	'.env.production.example',
])('%s is an example', path => {
	expect(isEnvExample(path)).toBe(true);
});

test.each(['.env', 'src/env.ts', 'environment.md'])('%s is no example', path => {
	expect(isEnvExample(path)).toBe(false);
});

test('release notes are the lines that are new, wherever they stand', () => {
	const before = '# Changelog\n\n## 1.0\n- first\n';
	expect(findNewNotes(before, '# Changelog\n\n## 1.1\n- breaking: set LINK_KEY\n\n## 1.0\n- first\n')).toEqual([
		'## 1.1',
		'- breaking: set LINK_KEY',
	]);
	expect(isReleaseNotes('CHANGELOG.md')).toBe(true);
	expect(isReleaseNotes('docs/upgrading.md')).toBe(true);
	expect(isReleaseNotes('node_modules/x/CHANGELOG.md')).toBe(false);
});
