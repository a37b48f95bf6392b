import {AppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {systemSettingSql} from './database.js';
import {execute, type QueryOptions, query} from './sql.js';

/** One setting as a file of the server's data folder has it. */
type FileSetting = {readonly name: string; readonly value: string; readonly file: string};

/** What the data folder of a server says beside its databases: it does not come along with a dump. */
export type ServerConfiguration = {
	/** Settings of postgresql.conf, its includes and ALTER SYSTEM, where they lie in the data folder. */
	readonly settings: readonly FileSetting[];
	/** Text of pg_hba.conf and pg_ident.conf; null where they lie outside of the data folder or may not be read. */
	readonly accessRules: string | null;
	readonly userMaps: string | null;
};

/** A setting that was not carried over, and why. */
export type LeftSetting = {readonly name: string; readonly value: string; readonly reason: string};

/** Paths and what every server finds out for itself. */
const ownOfServer =
	/^(?:data_directory|config_file|hba_file|ident_file|external_pid_file|unix_socket_directories|listen_addresses|dynamic_shared_memory_type|restore_command|recovery_.*|primary_.*|archive_cleanup_command|promote_trigger_file)$/;

const inDataFolder = (file: string) =>
	`${file} LIKE (SELECT setting FROM pg_settings WHERE name = 'data_directory') || '/%'`;

/** Reads what an administrator has changed in the data folder; needs a superuser, else it is empty. */
export async function readConfiguration(
	client: PostgresClient,
	options: QueryOptions = {},
): Promise<ServerConfiguration> {
	if (!client.facts.superuser) return {settings: [], accessRules: null, userMaps: null};
	const text = (setting: string) =>
		`(SELECT CASE WHEN ${inDataFolder('s.setting')} THEN pg_read_file(s.setting) END FROM pg_settings s WHERE s.name = '${setting}')`;
	const [row] = await query<ServerConfiguration>(
		client,
		client.facts.maintenanceDatabase,
		`SELECT (SELECT coalesce(json_agg(json_build_object('name', f.name, 'value', f.setting, 'file', f.sourcefile) ORDER BY f.seqno), '[]')
			FROM (SELECT DISTINCT ON (name) name, setting, sourcefile, seqno FROM pg_file_settings
				WHERE error IS NULL AND ${inDataFolder('sourcefile')} ORDER BY name, seqno DESC) f) AS settings,
			${text('hba_file')} AS "accessRules", ${text('ident_file')} AS "userMaps"`,
		options,
	);
	return row ?? {settings: [], accessRules: null, userMaps: null};
}

/**
 * Gives a server the settings and access rules of another's data folder, for its next start. Settings that it does not know, or refuses, are answered.
 * The access rules come last: they may keep everybody out who came in before.
 */
export async function carryConfiguration(
	client: PostgresClient,
	from: ServerConfiguration,
	options: QueryOptions = {},
): Promise<{readonly carried: readonly string[]; readonly left: readonly LeftSetting[]}> {
	const database = client.facts.maintenanceDatabase;
	const own = new Map((await readConfiguration(client, options)).settings.map(({name, value}) => [name, value]));
	const known = new Set(
		(await query<{name: string}>(client, database, 'SELECT name FROM pg_settings', options)).map(row => row.name),
	);
	const carried: string[] = [];
	const left: LeftSetting[] = [];
	const keysInFolder = from.settings.some(
		({name, value}) => /^ssl_(?:cert|key|ca|crl)_file$/.test(name) && value !== '' && !value.startsWith('/'),
	);
	const isSsl = (name: string) => name === 'ssl' || name.startsWith('ssl_');
	for (const {name, value} of from.settings) {
		if (own.get(name) === value || ownOfServer.test(name)) continue;
		if (isSsl(name) && keysInFolder) {
			left.push({name, value, reason: 'the certificates lie in the old data folder'});
		} else if (!known.has(name) && !name.includes('.')) {
			left.push({name, value, reason: `PostgreSQL ${client.facts.serverMajor} does not have it`});
		} else {
			try {
				await execute(client, database, systemSettingSql({name, value}), options);
				carried.push(name);
			} catch (error) {
				if (options.signal?.aborted) throw error;
				left.push({name, value, reason: error instanceof Error ? error.message : String(error)});
			}
		}
	}

	await carryRules(client, from, options);
	return {carried, left};
}

async function carryRules(client: PostgresClient, from: ServerConfiguration, options: QueryOptions): Promise<void> {
	for (const [setting, text] of [
		['ident_file', from.userMaps],
		['hba_file', from.accessRules],
	] as const) {
		if (text === null) continue;
		const [row] = await query<{file: string}>(
			client,
			client.facts.maintenanceDatabase,
			`SELECT setting AS file FROM pg_settings WHERE name = '${setting}'`,
			options,
		);
		if (row === undefined) continue;
		const result = await client.shell('cat > "$1"', [row.file], {
			input: text,
			signal: options.signal,
			timeoutMs: 30_000,
		});
		if (result.exitCode !== 0)
			throw new AppError(
				'operation-failed',
				'The access rules (pg_hba.conf) cannot be written into the new data folder',
				{
					hint: 'Look at the free space where its volume lies',
					details: [result.stderr.trim()],
				},
			);
	}
}
