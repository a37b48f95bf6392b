import * as z from 'zod';
import type {ContainerDetails, Processes} from '../engine/types.js';
import {clientVersionScript, readClientVersion} from '../postgres/client-version.js';
import type {Runtime} from './runtime.js';
import type {ServerFacts, ServerLogin} from './stack.js';

export type ServerAnswer = {
	/** For example `17.11`. */
	readonly version: string;
	readonly major: number;
	readonly inRecovery: boolean;
	/** The role that asked. */
	readonly asker: string;
	readonly superuser: boolean;
	readonly freeBytes: number | null;
	readonly facts: ServerFacts;
};

/** Name under which these questions show in pg_stat_activity. */
const applicationName = 'lifeboat-detect';

const count = z.union([z.number(), z.string()]).transform(Number);
const serverSchema = z.object({
	version: z.string(),
	number: count,
	directory: z.string(),
	recovery: z.boolean(),
	asker: z.string(),
	database: z.string(),
	superuser: z.boolean(),
	roles: z.array(z.object({name: z.string(), superuser: z.boolean(), login: z.boolean()})).nullable(),
	slots: z.array(z.string()).nullable(),
	clients: z
		.array(
			z.object({
				address: z.string().nullable(),
				database: z.string().nullable(),
				user: z.string().nullable(),
				application: z.string().nullable(),
				count,
			}),
		)
		.nullable(),
});
const databaseSchema = z.object({
	name: z.string(),
	owner: z.string(),
	size: count.nullable(),
	tables: count,
	extensions: z.array(z.object({name: z.string(), version: z.string()})).nullable(),
	publications: z.array(z.string()).nullable(),
});

const serverQuery = `
select json_build_object('version', current_setting('server_version'), 'number', current_setting('server_version_num'),
  'directory', coalesce((select setting from pg_settings where name = 'data_directory'), ''),
  'recovery', pg_is_in_recovery(), 'asker', current_user, 'database', current_database(),
  'superuser', (select rolsuper from pg_roles where rolname = current_user),
  'roles', (select json_agg(json_build_object('name', rolname, 'superuser', rolsuper, 'login', rolcanlogin) order by rolname)
            from pg_roles where rolname !~ '^pg_'),
  'slots', (select json_agg(slot_name order by slot_name) from pg_replication_slots),
  'clients', (select json_agg(client) from (
     select client_addr::text as address, datname as database, usename as "user", application_name as application, count(*) as count
     from pg_stat_activity
     where pid <> pg_backend_pid() and datname is not null and backend_type = 'client backend' and application_name !~ '^lifeboat'
     group by 1, 2, 3, 4 order by 5 desc) as client))::jsonb;`;

/** Prints a psql script that asks every database in turn; psql reads it back from its standard input. */
const databaseScript = `
select '\\connect ' || quote_ident(datname) || E'\\n' ||
  'select json_build_object(''name'', current_database(),
   ''owner'', (select pg_get_userbyid(datdba) from pg_database where datname = current_database()),
   ''size'', case when has_database_privilege(current_database(), ''connect'') then pg_database_size(current_database()) end,
   ''tables'', (select count(*) from pg_class c join pg_namespace n on n.oid = c.relnamespace
      where c.relkind in (''r'', ''p'', ''m'') and n.nspname !~ ''^pg_'' and n.nspname <> ''information_schema''),
   ''extensions'', (select json_agg(json_build_object(''name'', extname, ''version'', extversion) order by extname) from pg_extension),
   ''publications'', (select json_agg(pubname order by pubname) from pg_publication))::jsonb;'
from pg_database where not datistemplate and datallowconn and has_database_privilege(datname, 'connect') order by datname;`;

/**
 * The whole question as one shell script, with as few processes as can be, since each costs as much as the queries: who may ask is
 * found from the container's own environment, a password never leaves it. Debian's /usr/bin/psql is a Perl script
 * around the real one, hence the folders. The first psql prints what the server says to the script's
 * own output (3) and a script for the second, which asks every database. Names that the files know come in as LIFEBOAT_USER and _DATABASE.
 */
const script = `
PGPASSWORD="\${POSTGRES_PASSWORD:-$POSTGRESQL_PASSWORD}"
file="\${POSTGRES_PASSWORD_FILE:-$POSTGRESQL_PASSWORD_FILE}"
[ -z "$PGPASSWORD" ] && [ -r "$file" ] && PGPASSWORD="$(cat "$file")"
export PGPASSWORD PGAPPNAME=${applicationName} PGCONNECT_TIMEOUT=5 PGCLIENTENCODING=UTF8 PGOPTIONS='-c statement_timeout=10s -c lock_timeout=2s'
unset PGHOST PGHOSTADDR PGPORT PGDATABASE PGSERVICE
for folder in "/usr/lib/postgresql/$PG_MAJOR/bin" /usr/lib/postgresql/*/bin /opt/bitnami/postgresql/bin /usr/local/bin; do
  [ -x "$folder/psql" ] && PATH="$folder:$PATH" && break
done
command -v psql >/dev/null || { echo 'psql is not in the container' >&2; exit 127; }
exec 3>&1
ask() { psql -X -q -A -t -U "$user" -d "$database" "$@" -f -; }
begin() {
  databases=$(ask -v ON_ERROR_STOP=1 <<END
\\o |cat >&3
$LIFEBOAT_SERVER_QUERY
\\o
$LIFEBOAT_DATABASE_SCRIPT
END
)
}
for user in "\${POSTGRES_USER:-$POSTGRESQL_USERNAME}" "$LIFEBOAT_USER" postgres; do
  [ -n "$user" ] || continue
  for database in postgres template1 "$LIFEBOAT_DATABASE"; do
    if [ -n "$database" ] && begin; then found=1; break 2; fi
  done
done
[ -n "$found" ] || exit 2
{ ${clientVersionScript}
} &
printf '%s\\n' "$databases" | ask 2>/dev/null
directory="\${PGDATA:-$POSTGRESQL_DATA_DIR}"
[ -n "$directory" ] || directory=$(echo "select setting from pg_settings where name = 'data_directory'" | ask)
df -Pk "$directory" 2>/dev/null | while read -r _ _ _ free _; do case "$free" in *[!0-9]*|'') ;; *) echo "free $free" ;; esac; done
wait
`;

/**
 * Asks a server over the local socket of its container, as the container's own superuser. Throws nothing but cancellation:
 * a server that does not answer gives the reason instead.
 */
export async function askServer(
	container: Pick<ContainerDetails, 'id'>,
	hints: {readonly user: string | undefined; readonly database: string | undefined},
	runtime: Runtime,
	processes: Pick<Processes, 'run'>,
	signal?: AbortSignal,
): Promise<ServerAnswer | {readonly reason: string}> {
	// Values of `-e NAME` come from the environment of the docker command: nothing of it is in argv, not even the queries.
	const env = {
		LIFEBOAT_USER: hints.user ?? '',
		LIFEBOAT_DATABASE: hints.database ?? '',
		LIFEBOAT_SERVER_QUERY: serverQuery,
		LIFEBOAT_DATABASE_SCRIPT: databaseScript,
	};
	const flags = Object.keys(env).flatMap(name => ['-e', name]);
	const result = await processes.run('docker', ['exec', '-i', ...flags, container.id, 'sh', '-s'], {
		input: script,
		env,
		signal,
		timeoutMs: 20_000,
	});
	const lines = result.stdout.split('\n').filter(line => line.trim() !== '');
	if (lines.length === 0) {
		return {reason: result.timedOut ? 'the server does not answer within 20 seconds' : lastLine(result.stderr)};
	}

	const details = [...runtime.values()].flat().find(({id}) => id === container.id);
	return (
		parseAnswer(lines, runtime, details) ?? {reason: lastLine(result.stderr) || 'the server answers something unknown'}
	);
}

/** Reads the lines that the script prints; undefined when the first is not the server's. */
export function parseAnswer(
	lines: readonly string[],
	runtime: Runtime,
	container?: Pick<ContainerDetails, 'id' | 'state'>,
): ServerAnswer | undefined {
	const [first = '', ...others] = lines;
	const server = serverSchema.safeParse(parseJson(first));
	if (!server.success) return undefined;
	const databases = others.flatMap(line => {
		const parsed = databaseSchema.safeParse(parseJson(line));
		return parsed.success ? [parsed.data] : [];
	});
	const free = others.map(line => /^free (\d+)$/.exec(line)?.[1]).find(kilobytes => kilobytes !== undefined);
	const {version, number, directory, recovery, asker, superuser, roles, slots, clients} = server.data;
	const services = serviceByAddress(runtime);
	return {
		version: version.split(' ')[0] ?? version,
		major: Math.floor(number / 10_000),
		inRecovery: recovery,
		asker,
		superuser,
		freeBytes: free === undefined ? null : Number(free) * 1024,
		facts: {
			login: container === undefined ? undefined : readLogin(server.data, others, container),
			dataDirectory: directory,
			databases: databases.map(({name, owner, size, tables, extensions}) => ({
				name,
				owner,
				sizeBytes: size ?? 0,
				tables,
				extensions: extensions ?? [],
			})),
			roles: (roles ?? []).map(({name, superuser: isSuper, login}) => ({name, superuser: isSuper, canLogin: login})),
			replicationSlots: slots ?? [],
			publications: databases.flatMap(({publications}) => publications ?? []),
			clients: (clients ?? []).map(client => ({
				service: client.address === null ? null : (services.get(client.address.split('/')[0] ?? '') ?? null),
				address: client.address ?? 'local',
				database: client.database ?? '',
				user: client.user ?? '',
				applicationName: client.application ?? '',
				count: client.count,
			})),
		},
	};
}

function readLogin(
	{asker: user, superuser, database, version, number}: z.infer<typeof serverSchema>,
	lines: readonly string[],
	{id, state}: Pick<ContainerDetails, 'id' | 'state'>,
): ServerLogin | undefined {
	const client = readClientVersion(lines);
	if (client === undefined) return undefined;
	return {
		containerId: id,
		startedAt: state.startedAt,
		user,
		superuser,
		database,
		version: version.split(' ')[0] ?? version,
		versionNumber: number,
		client,
	};
}

function serviceByAddress(runtime: Runtime): ReadonlyMap<string, string> {
	return new Map(
		[...runtime].flatMap(([service, containers]) =>
			containers.flatMap(({networks}) => networks.map(({ipAddress}) => [ipAddress, service] as const)),
		),
	);
}

function parseJson(line: string): unknown {
	try {
		return JSON.parse(line);
	} catch {
		return undefined;
	}
}

const lastLine = (text: string) => text.trim().split('\n').at(-1) ?? '';
