import {quoteIdentifier, quoteLiteral} from '../postgres/quote.js';
import {describeDatabase} from './database-sql.js';
import {command, fence, lines, sqlCommand} from './guide-text.js';
import type {Manifest, ManifestDatabase, ManifestServer} from './manifest.js';
import {shellLine} from './shell-text.js';

const mostTables = 300;

/** How the roles and databases of one server are brought back. */
export function databases(manifest: Manifest, server: ManifestServer): readonly string[] {
	const start =
		server.external === null ? shellLine('docker', 'compose', 'up', '-d', '--wait', server.service) : undefined;
	const head = lines(
		`## 3. Restore the databases of \`${server.service}\``,
		'',
		`The server was PostgreSQL ${server.serverVersion}; use the same or a newer major version (${server.major} or above).`,
		...(start === undefined
			? []
			: ['Stop everything that writes, and start the database alone:', '', fence('docker compose stop', start)]),
		...(start === undefined
			? []
			: ['', 'Where the server asks for a password, write `exec -T -e PGPASSWORD=…` instead of `exec -T`.']),
		...globals(server),
	);
	return [head, ...server.databases.map(database => restoreDatabase(manifest, server, database))];
}

function globals(server: ManifestServer): readonly string[] {
	if (server.globals === null) {
		return ['', `The roles could not be read. Create ${roleNames(server)} before you go on, with CREATE ROLE.`];
	}

	return [
		'',
		'Roles first. "already exists" is no error here; what the roles may do is set in any case.',
		...(server.rolePasswords
			? []
			: ['Passwords of roles are not in this backup: set them with ALTER ROLE … PASSWORD.']),
		'',
		fence(`${command(server, 'psql', '-X', '-d', 'postgres')} < "$B"/${shellLine(server.globals)}`),
	];
}

function roleNames(server: ManifestServer): string {
	return [...new Set(server.databases.map(({owner}) => `\`${owner}\``))].join(', ');
}

function restoreDatabase(manifest: Manifest, server: ManifestServer, database: ManifestDatabase): string {
	const {name} = database;
	const timescale = database.extensions.find(extension => extension.name === 'timescaledb');
	const sql = (...statements: readonly string[]) => sqlCommand(server, name, statements);
	const before =
		timescale === undefined
			? []
			: [
					`TimescaleDB ${timescale.version} must be installed in the same version, and the role must be a superuser:`,
					'',
					fence(
						...sql(`CREATE EXTENSION timescaledb VERSION ${quoteLiteral(timescale.version)}`),
						...sql('SELECT timescaledb_pre_restore()'),
					),
					'',
				];
	const after =
		timescale === undefined
			? []
			: ['Always, even when the restore failed:', '', fence(...sql('SELECT timescaledb_post_restore()')), ''];
	const [create = '', ...properties] = describeDatabase(database, {major: server.major});
	const settle =
		properties.length === 0
			? []
			: [
					'Give it what was set and granted on the database itself (a grant to a role that is not here fails: leave it out):',
					'',
					fence(...sqlCommand(server, 'postgres', properties)),
					'',
				];
	return lines(
		`### Database \`${name}\``,
		'',
		...partialLines(database),
		'If a database of this name exists, keep it under another name until you are sure (no session may be connected to it):',
		'',
		fence(
			...sqlCommand(server, 'postgres', [
				`ALTER DATABASE ${quoteIdentifier(name)} RENAME TO ${quoteIdentifier(`${name}_before`)}`,
			]),
		),
		'',
		'Create it as it was:',
		'',
		fence(...sqlCommand(server, 'postgres', [create])),
		'',
		...before,
		'Restore. An error stops it: drop the new database, mend the cause, and begin again.',
		'',
		fence(...loadCommands(server, database)),
		'',
		...after,
		...settle,
		'Then let the planner look at the data, and compare the counts below:',
		'',
		fence(...sql('ANALYZE')),
		'',
		...extensionLines(database),
		...countLines(manifest, database),
	);
}

function partialLines({partial}: ManifestDatabase): readonly string[] {
	if (partial === null) return [];
	const what = partial.schemaOnly
		? 'the structure without rows'
		: `only ${partial.tables.map(table => `\`${table}\``).join(', ')}`;
	return [`**This dump is partial: it has ${what}.** It lacks: ${partial.lacks.join('; ') || 'the rest'}.`, ''];
}

function loadCommands(server: ManifestServer, database: ManifestDatabase): readonly string[] {
	const {dump, name} = database;
	const owners = dump.withoutOwners ? ['--no-owner', '--no-acl'] : [];
	const path = `"$B"/${shellLine(dump.path)}`;
	if (dump.format === 'plain') {
		const psql = command(server, 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '--single-transaction', '-d', name, '-f', '-');
		const readers = {none: 'cat', gzip: 'gunzip -c', lz4: 'lz4 -dc', zstd: 'zstd -dc'};
		return [`${readers[dump.compression]} ${path} | ${psql}`];
	}

	if (dump.format === 'custom')
		return [`${command(server, 'pg_restore', '--exit-on-error', ...owners, '-d', name)} < ${path}`];
	if (server.external !== null)
		return [`${command(server, 'pg_restore', '--exit-on-error', ...owners, '-d', name)} ${path}`];
	const inside = '/tmp/lifeboat-restore';
	return [
		`docker compose cp ${path} ${shellLine(`${server.service}:${inside}`)}`,
		command(server, 'pg_restore', '--exit-on-error', ...owners, '-d', name, inside),
		shellLine('docker', 'compose', 'exec', '-T', server.service, 'rm', '-r', inside),
	];
}

function extensionLines({extensions}: ManifestDatabase): readonly string[] {
	if (extensions.length === 0) return [];
	return [`Extensions: ${extensions.map(({name, version}) => `${name} ${version}`).join(', ')}.`, ''];
}

function countLines(
	manifest: Manifest,
	{tables, migrations, sequences, largeObjects}: ManifestDatabase,
): readonly string[] {
	const counted = tables.filter(table => table.rows !== null);
	const shown = counted.slice(0, mostTables);
	return [
		`Sequences: ${sequences ?? 'not counted'}. Large objects: ${largeObjects ?? 'not counted'}.`,
		...migrations.map(
			({tool, table, count, last}) =>
				`Migrations (${tool}, \`${table}\`): ${count}${last === null ? '' : `, the last is \`${last}\``}.`,
		),
		'',
		'| Table | Rows |',
		'|---|---|',
		...shown.map(({schema, name, rows}) => `| ${schema}.${name} | ${rows} |`),
		...(counted.length > shown.length
			? [
					'',
					`${counted.length - shown.length} more are in ${manifest.parts.length > 0 ? '`manifest.json`' : 'the manifest'}.`,
				]
			: []),
	];
}
