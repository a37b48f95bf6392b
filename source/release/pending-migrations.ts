import {readdir} from 'node:fs/promises';
import {join, posix, relative} from 'node:path';
import type {MigrationState} from '../postgres/migrations.js';
import {type MigrationTool, migrationOf} from './migrations.js';

/** The migrations of one tool in one folder, by name in the order in which they run. */
export type MigrationFolder = {
	readonly tool: MigrationTool;
	/** Relative to the folder that was searched. */
	readonly folder: string;
	readonly names: readonly string[];
};

const ignored = /^(?:\.git|\.next|\.content|node_modules|dist|build|vendor|venv|\.venv|backups)$/;
const mostDepth = 7;
const mostFolders = 4000;

/** Finds the folders below `root` that hold migrations. What cannot be read is left out; a very large tree is searched in part. */
export async function findMigrationFolders(root: string): Promise<readonly MigrationFolder[]> {
	const found = new Map<string, {tool: MigrationTool; folder: string; names: string[]}>();
	let searched = 0;
	const visit = async (folder: string, depth: number): Promise<void> => {
		if (depth > mostDepth || searched++ > mostFolders) return;
		const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
		for (const entry of entries) {
			const path = join(folder, entry.name);
			if (entry.isDirectory() && !ignored.test(entry.name)) await visit(path, depth + 1);
			if (!entry.isFile()) continue;
			const local = relative(root, path).split('\\').join('/');
			const migration = migrationOf(local);
			if (migration === undefined) continue;
			const own = posix.dirname(migration.tool === 'prisma' ? posix.dirname(local) : local);
			const key = `${migration.tool} ${own}`;
			const known = found.get(key) ?? {tool: migration.tool, folder: own, names: []};
			known.names.push(migration.name);
			found.set(key, known);
		}
	};
	await visit(root, 0);
	const inOrder = (left: string, right: string) => left.localeCompare(right, 'en', {numeric: true});
	return [...found.values()].map(({tool, folder, names}) => ({tool, folder, names: [...new Set(names)].sort(inOrder)}));
}

/** What a migration is called in the books, made from its name; both sides are compared by it. */
type Key = (name: string) => string | undefined;

const exact: Key = name => name.replace(/\.(?:[cm]?js|ts|sql)$/, '');
const digits: Key = name => /\d+/.exec(name)?.[0].replace(/^0+(?=\d)/, '');
const timestamp: Key = name => /\d{13}/.exec(name)?.[0];
const flywayVersion: Key = name =>
	(/^V([\d._]+?)__/.exec(name)?.[1] ?? name).replaceAll('_', '.').replaceAll(/(^|\.)0+(?=\d)/g, '$1');

/** How the books of a tool name what the files are called; those that are not here (heads, names of packages) cannot be compared. */
const keys: Partial<Record<MigrationState['tool'], {readonly files: MigrationTool; readonly key: Key}>> = {
	prisma: {files: 'prisma', key: exact},
	knex: {files: 'knex', key: exact},
	typeorm: {files: 'typeorm', key: timestamp},
	rails: {files: 'rails', key: digits},
	ecto: {files: 'ecto', key: digits},
	flyway: {files: 'flyway', key: flywayVersion},
	'golang-migrate': {files: 'sql', key: digits},
	sqlx: {files: 'sql', key: digits},
	goose: {files: 'sql', key: digits},
};

/** Migrations that lie in the files and are not in the books of the database. */
export type Comparison = {
	readonly tool: MigrationState['tool'];
	readonly folder: string;
	readonly files: number;
	readonly applied: number;
	readonly pending: readonly string[];
};

/** Compares files and books. Undefined where no folder, or more than one, belongs to the books, or the tool's names cannot be compared. */
export function compareMigrations(
	state: Pick<MigrationState, 'tool' | 'names'>,
	folders: readonly MigrationFolder[],
): Comparison | undefined {
	const {tool, names} = state;
	const rule = keys[tool];
	const [own, ...others] = folders.filter(folder => folder.tool === (tool === 'drizzle' ? tool : rule?.files));
	if (own === undefined || others.length > 0) return undefined;
	const facts = {tool, folder: own.folder, files: own.names.length, applied: names.length};
	// Drizzle's books hold hashes, one a file, in order.
	if (tool === 'drizzle') return {...facts, pending: own.names.slice(names.length)};
	if (rule === undefined) return undefined;
	const known = new Set(names.flatMap(name => rule.key(name) ?? []));
	// Of golang-migrate the table has the newest alone.
	const newest = tool === 'golang-migrate' ? Math.max(0, ...[...known].map(Number)) : undefined;
	const isPending = (name: string) => {
		const key = rule.key(name);
		if (key === undefined) return false;
		return newest === undefined ? !known.has(key) : Number(key) > newest;
	};
	return {...facts, pending: own.names.filter(isPending)};
}
