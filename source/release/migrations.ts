import type {ChangedFile} from '../engine/git.js';
import type {MigrationTool as RecordedTool} from '../postgres/migrations.js';

/** A tool by the name under which its books in the database are known too; `sql` are plain files of whatever tool. */
export type MigrationTool = RecordedTool | 'sql';

/** Where each tool keeps its migrations, by the path that it makes itself or documents. The first that fits names a file. */
const layouts: readonly {readonly tool: MigrationTool; readonly pattern: RegExp}[] = [
	{tool: 'prisma', pattern: /(?:^|\/)migrations\/(\d{14}_[^/]+)\/migration\.sql$/},
	{
		tool: 'drizzle',
		pattern: /(?:^|\/)(?:drizzle|drizzle\/migrations|db\/migrations|migrations)\/(\d{4}_[a-z0-9_]+)\.sql$/,
	},
	{tool: 'rails', pattern: /(?:^|\/)db\/migrate\/(\d{14}_[^/]+)\.rb$/},
	{tool: 'ecto', pattern: /(?:^|\/)repo\/migrations\/(\d{14}_[^/]+)\.exs$/},
	{tool: 'flyway', pattern: /(?:^|\/)(V[\d._]+__[^/]+)\.(?:sql|java)$/},
	{tool: 'alembic', pattern: /(?:^|\/)(?:alembic|migrations)\/versions\/([^/]+)\.py$/},
	{tool: 'django', pattern: /(?:^|\/)[^/]+\/migrations\/(\d{4}_[^/]+)\.py$/},
	{tool: 'typeorm', pattern: /(?:^|\/)migrations?\/(\d{13}-[^/]+)\.(?:ts|js)$/},
	{tool: 'knex', pattern: /(?:^|\/)migrations\/(\d{14}_[^/]+)\.(?:[cm]?js|ts)$/},
	{tool: 'sql', pattern: /(?:^|\/)migrations?\/(?:.+\/)?([^/]+?)(?<!\.down)(?:\.up)?\.sql$/},
];

/** The migration that a path is, or undefined. */
export function migrationOf(path: string): {readonly tool: MigrationTool; readonly name: string} | undefined {
	for (const {tool, pattern} of layouts) {
		const name = path.match(pattern)?.[1];
		if (name !== undefined) return {tool, name};
	}

	return undefined;
}

/** Migrations that a range of commits adds, oldest name first, and those it changes although they may have run: an author's mistake that breaks most tools. */
export function findMigrations(files: readonly ChangedFile[]) {
	const named = files.flatMap(file => {
		const migration = migrationOf(file.path);
		return migration ? [{...migration, path: file.path, status: file.status}] : [];
	});
	const byName = (left: {readonly name: string}, right: {readonly name: string}) =>
		left.name.localeCompare(right.name, 'en', {numeric: true});
	return {
		added: named.filter(one => one.status === 'A').sort(byName),
		changed: named.filter(one => one.status === 'M' || one.status === 'D').sort(byName),
	};
}
