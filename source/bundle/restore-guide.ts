import {quoteIdentifier, quoteLiteral} from '../postgres/quote.js';
import {describeDatabase} from './database-sql.js';
import type {Manifest, ManifestDatabase, ManifestServer} from './manifest.js';
import {shellLine} from './shell-text.js';

const mostTables = 300;

/** Text of RESTORE.md: how to bring everything back with unzip, docker and PostgreSQL's own programs, for a day on which Lifeboat is not at hand. */
export function renderRestoreGuide(manifest: Manifest): string {
	const sections = [
		introduction(manifest),
		unpacking(manifest),
		configuration(manifest),
		...manifest.servers.flatMap(server => databases(manifest, server)),
		...volumes(manifest),
		starting(manifest, manifest.volumes.length === 0 ? 4 : 5),
		...remarks(manifest),
	];
	return `${sections.join('\n\n')}\n`;
}

function introduction(manifest: Manifest): string {
	const names = manifest.servers.flatMap(server => server.databases.map(({name}) => name));
	return lines(
		`# Restore ${manifest.project} by hand`,
		'',
		`Backup of the Compose project **${manifest.project}**, made ${manifest.createdAt} (UTC) by ${manifest.tool.name} ${manifest.tool.version}.`,
		`Databases: ${names.map(name => `\`${name}\``).join(', ') || 'none'}.`,
		'',
		'With Lifeboat at hand, `npx compose-lifeboat restore FILE` does all of this, keeps the old data, and checks the result.',
		'Without it, the commands below need only a shell, `unzip`, `docker compose`, and the PostgreSQL programs inside the database container.',
	);
}

function unpacking(manifest: Manifest): string {
	const sums = manifest.parts.map(part => `${part.sha256}  ${part.path}`);
	return lines(
		'## 1. Unpack and check',
		'',
		'If the file ends in `.age`, decrypt it first: `age -d -o backup.zip FILE.zip.age`.',
		'',
		fence('mkdir -m 700 restored && unzip FILE.zip -d restored && cd restored'),
		'',
		'Every line must say OK. A file that does not is damaged: use another backup.',
		'',
		fence("sha256sum -c <<'SUMS'", sums, 'SUMS'),
		'',
		'(On macOS: `shasum -a 256 -c` instead of `sha256sum -c`.)',
	);
}

function configuration(manifest: Manifest): string {
	const files = manifest.parts.filter(part => part.kind === 'config').map(part => part.path);
	const images = manifest.services.map(
		service =>
			`| ${service.name} | ${service.image ?? 'built here'} | ${service.digest ?? service.imageId ?? 'unknown'} |`,
	);
	return lines(
		'## 2. Put the stack in place',
		'',
		...gitLines(manifest),
		files.length === 0
			? 'This backup holds no configuration: use the compose file and env files that you have.'
			: `Copy what lies under \`config/\` to the folder of the stack (\`${manifest.directory}\`), where it differs: ${files.map(file => `\`${file}\``).join(', ')}. Keep the secrets of this backup: keys that encrypt rows must be those of the data.`,
		'',
		'Images that were in use; pin a digest where a tag has moved on:',
		'',
		'| Service | Image | Digest |',
		'|---|---|---|',
		images,
		'',
		'All commands from here on are typed in the folder of the stack, with `B` naming the unpacked folder:',
		'',
		fence('B=/path/to/restored'),
	);
}

function gitLines({git}: Manifest): readonly string[] {
	if (git === null) return [];
	const dirty = git.dirty ? ' There were changes that were not committed; they are not in here.' : '';
	return [`The stack's code was at revision \`${git.revision}\`: \`git checkout ${git.revision}\`.${dirty}`, ''];
}

function databases(manifest: Manifest, server: ManifestServer): readonly string[] {
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

function volumes(manifest: Manifest): readonly string[] {
	if (manifest.volumes.length === 0) return [];
	const image = manifest.servers[0]?.image ?? 'debian:stable-slim';
	return [
		lines(
			'## 4. Restore volumes and folders',
			'',
			'Each goes into an empty volume (or folder), while its service is stopped:',
			'',
			fence(
				...manifest.volumes.map(volume => {
					const source = volume.source ?? (volume.type === 'bind' ? volume.name : `${manifest.project}_${volume.name}`);
					const run = shellLine(
						'docker',
						'run',
						'--rm',
						'-i',
						'--user',
						'0',
						'--entrypoint',
						'tar',
						'-v',
						`${source}:/to`,
						image,
					);
					return `${run} -xzpf - -C /to < "$B"/${shellLine(volume.path)}`;
				}),
			),
		),
	];
}

function starting(manifest: Manifest, number: number): string {
	return lines(
		`## ${number}. Start, and look`,
		'',
		fence('docker compose up -d --wait', 'docker compose ps'),
		'',
		`Log in to ${manifest.project} and look at something recent. When all is well, drop the databases that you kept under another name.`,
	);
}

function remarks(manifest: Manifest): readonly string[] {
	const missing = manifest.notCovered.map(({what, why}) => `- ${what}: ${why}`);
	const warnings = manifest.warnings.map(({message, hint}) => `- ${message}${hint === null ? '' : ` (${hint})`}`);
	return [
		...(missing.length === 0 ? [] : [lines('## What this backup does not hold', '', ...missing)]),
		...(warnings.length === 0 ? [] : [lines('## Warnings when it was made', '', ...warnings)]),
	];
}

function command(server: ManifestServer, program: string, ...args: readonly string[]): string {
	if (server.external === null)
		return shellLine('docker', 'compose', 'exec', '-T', server.service, program, '-U', server.user, ...args);
	const {host, port} = server.external;
	return shellLine(program, '-h', host, '-p', String(port), '-U', server.user, ...args);
}

function sqlCommand(server: ManifestServer, database: string, statements: readonly string[]): readonly string[] {
	return [
		`${command(server, 'psql', '-X', '-v', 'ON_ERROR_STOP=1', '-d', database)} <<'SQL'`,
		...statements.map(statement => `${statement};`),
		'SQL',
	];
}

/** Lines, or lists of them: a directory format has thousands of parts, too many for arguments of their own. */
type Lines = readonly (string | readonly string[])[];

function fence(...commands: Lines): string {
	return lines('```sh', ...commands, '```');
}

function lines(...all: Lines): string {
	return all.flat().join('\n');
}
