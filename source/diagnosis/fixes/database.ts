import {databaseName, databaseUser, makeFix, recreate} from './steps.js';

export const alignRolePassword = makeFix(
	'align-role-password',
	'Give the role the password that the application has',
	situation => [
		'Make a backup first',
		`Over the server's own socket, where no password is asked: docker compose exec ${situation.database} sh -c 'psql -U "$POSTGRES_USER"'`,
		`Type: \\password ${databaseUser(situation)} and enter the password that stands in the environment of ${situation.service}`,
		`Restart it: docker compose restart ${situation.service}`,
	],
);

export const restoreOldPassword = makeFix(
	'restore-old-password',
	'Put the earlier password back into the env file',
	situation => [
		'The volume keeps the password with which it was first started: write that one into POSTGRES_PASSWORD and into the connection string',
		recreate(situation),
	],
);

export const alignCredentials = makeFix(
	'align-credentials',
	'Give application and database the same user and password',
	situation => [
		`Compare user and password of ${situation.service} with POSTGRES_USER and POSTGRES_PASSWORD of ${situation.database}, also in configuration files inside of volumes`,
		recreate(situation),
	],
);

export const createRole = makeFix(
	'create-role',
	situation => `Create the role ${databaseUser(situation)}`,
	situation => [
		'Check first whether the right volume is mounted and which user it was made for: another user name is often the better fix',
		`docker compose exec ${situation.database} sh -c 'createuser -U "$POSTGRES_USER" --login --pwprompt ${databaseUser(situation)}'`,
		`Give it the database: ALTER DATABASE ${databaseName(situation)} OWNER TO ${databaseUser(situation)}`,
	],
);

export const useOriginalRole = makeFix(
	'use-original-role',
	'Use the user with which the volume was made',
	situation => [
		`List the roles: docker compose exec ${situation.database} sh -c 'psql -U "$POSTGRES_USER" -c "\\du"'`,
		`Put that user into the connection string of ${situation.service}`,
		recreate(situation),
	],
);

export const createDatabase = makeFix(
	'create-database',
	situation => `Create the database ${databaseName(situation)}`,
	situation => [
		'Check first that the right volume is mounted: a changed project name makes a new, empty one',
		`docker compose exec ${situation.database} sh -c 'createdb -U "$POSTGRES_USER" ${databaseName(situation)}'`,
		'Run the migrations, then start the application',
	],
);

export const setSuperuserPassword = makeFix('set-superuser-password', 'Set POSTGRES_PASSWORD', situation => [
	'Write POSTGRES_PASSWORD=… into .env beside the compose file (openssl rand -hex 24) and use the same in the connection string',
	`docker compose up -d ${situation.database}`,
]);

export const startDatabase = makeFix('start-database', 'Start the database and wait until it is ready', situation => [
	`docker compose up -d --wait ${situation.database}`,
	`docker compose restart ${situation.service}`,
	`Let it wait by itself from now on: depends_on: ${situation.database}: condition: service_healthy`,
]);

export const raiseMaxConnections = makeFix(
	'raise-max-connections',
	'Bring pools and max_connections into line',
	situation => [
		`See who holds them: docker compose exec ${situation.database} sh -c 'psql -U "$POSTGRES_USER" -c "SELECT usename, application_name, state, count(*) FROM pg_stat_activity GROUP BY 1,2,3"'`,
		'Lower the pool sizes so that their sum stays below max_connections minus 3',
		`Else raise it: command: postgres -c max_connections=200 on ${situation.database}, then docker compose up -d ${situation.database}`,
	],
);

export const disableTls = makeFix(
	'disable-client-tls',
	'Connect without TLS inside of the stack’s own network',
	situation => [
		`Add ?sslmode=disable to the connection string of ${situation.service} (or switch its SSL variable off); only for a server in the same compose network`,
		recreate(situation),
	],
);

export const requireTls = makeFix('require-client-tls', 'Connect with TLS', situation => [
	`Add ?sslmode=require to the connection string of ${situation.service}, better verify-full with the provider's certificate`,
	recreate(situation),
]);

export const trustCertificate = makeFix(
	'trust-certificate',
	'Give the application the certificate authority',
	situation => [
		'Get the CA certificate of the provider or of the server and mount it read-only',
		'Name it: sslrootcert=/path/ca.pem in the connection string, or NODE_EXTRA_CA_CERTS=/path/ca.pem for Node',
		recreate(situation),
	],
);

export const addHbaLine = makeFix('add-hba-line', 'Let the network of the stack in', situation => [
	`Find the file: docker compose exec ${situation.database} sh -c 'psql -U "$POSTGRES_USER" -c "SHOW hba_file"'`,
	'Add a line for the compose subnet only: host all all 172.16.0.0/12 scram-sha-256',
	'Reload it: SELECT pg_reload_conf()',
]);

export const grantOwnership = makeFix('grant-ownership', 'Make the role the owner of its database', situation => [
	'Make a backup first',
	`As superuser: ALTER DATABASE ${databaseName(situation)} OWNER TO ${databaseUser(situation)}; in that database: ALTER SCHEMA public OWNER TO ${databaseUser(situation)}`,
	'An extension that needs a superuser: create it once as superuser, then run the migration again',
]);

export const setShmSize = makeFix('set-shm-size', 'Give the database more shared memory', situation => [
	`Add shm_size: 256mb to the service ${situation.database} in a compose override`,
	`docker compose up -d ${situation.database}`,
]);

export const freeDisk = makeFix('free-disk', 'Make room on the disk', situation => [
	'See what takes the room: df -h, df -i, docker system df',
	'Remove what nobody needs: docker image prune, docker builder prune, old logs; never files below pg_wal, never volumes',
	`docker compose up -d ${situation.database}`,
]);

export const pinPostgresMajor = makeFix(
	'pin-postgres-major',
	'Pin the image to the major version of the data',
	situation => [
		`Set the image of ${situation.database} back to the major version that wrote the data${situation.captures['oldMajor'] ? `: postgres:${situation.captures['oldMajor']}` : ''}`,
		`docker compose up -d ${situation.database}: the data is untouched`,
		'Then move on to a new volume with a way back: lifeboat upgrade --postgres VERSION',
	],
);

export const upgradePostgres = makeFix(
	'upgrade-postgres',
	'Move the data to the version of the image',
	({database, captures, view}) => {
		const image = view.databases.find(one => one.service === database)?.image ?? '';
		const major =
			/^\d+/.exec(captures['newVersion'] ?? '')?.[0] ?? /:(?:.*pg)?(\d{1,2})\b/.exec(image)?.[1] ?? 'VERSION';
		return [
			`lifeboat upgrade --postgres ${major}: backs up with a server of the old version, moves everything to a new volume, and keeps the old one`,
			'If you do not like it: lifeboat rollback',
		];
	},
);

export const fixPg18Mount = makeFix(
	'fix-pg18-mount',
	'Mount the volume where postgres 18 keeps its data',
	situation => [
		'Existing data of an older version in the volume: pin the image to that version instead; nothing is lost',
		`New installation: mount the volume of ${situation.database} at /var/lib/postgresql (not …/data)`,
		`docker compose up -d ${situation.database}`,
	],
);

export const moveStrayFiles = makeFix('move-stray-files', 'Give the server a folder of its own', situation => [
	'Look what stands in the mount: a lost+found folder, a dot file, a configuration file, a half-finished initialisation',
	'Move stray files away, or set PGDATA to a folder below the mount, for example /var/lib/postgresql/data/pgdata',
	`docker compose up -d ${situation.database}`,
]);

export const restoreBackup = makeFix('restore-backup', 'Restore the last backup', situation => [
	`Stop the database and copy its volume aside first: docker compose stop ${situation.database}`,
	'Restore the newest backup into a new database: lifeboat restore FILE',
]);

export const copyThenResetWal = makeFix(
	'copy-then-reset-wal',
	'Without a backup: save what can be read from a copy',
	situation => [
		`docker compose stop ${situation.database}, then copy the whole volume to a second one`,
		'On the copy only: pg_resetwal -f, start it, dump it, and restore the dump into a new cluster; the last transactions may be lost',
	],
	{destructive: true},
);

export const removeStalePid = makeFix('remove-stale-pid', 'Clear the left-over lock', situation => [
	'Check that no other container uses the volume: docker ps --filter volume=NAME',
	`Recreate the container: docker compose up -d --force-recreate ${situation.database}`,
	'Only if the message stays: with the server stopped, remove postmaster.pid (or the .s.PGSQL lock) from the volume',
]);

export const chownMount = makeFix('chown-mount', 'Give the folder to the user of the container', situation => [
	`docker compose stop ${situation.service}`,
	'chown -R the folder on the host to the user of the image: for PostgreSQL 999:999 (Debian) or 70:70 (Alpine) and mode 0700, else what docker compose run --rm --entrypoint id SERVICE says',
	'On NTFS, NFS or a network share use a named volume instead',
	`docker compose up -d ${situation.service}`,
]);

export const reindexCollation = makeFix(
	'reindex-collation',
	'Rebuild the indexes, then note the new version',
	situation => [
		'Make a backup first',
		`REINDEX DATABASE ${databaseName(situation)}; and only then ALTER DATABASE ${databaseName(situation)} REFRESH COLLATION VERSION;`,
		'The same in every database that gives the warning: lifeboat upgrade --postgres with the version that runs now does all of it; pin the image tag with its system (for example -bookworm)',
	],
);

export const switchImageExtension = makeFix(
	'switch-image-extension',
	'Use an image that carries the extension',
	situation => [
		`Set the image of ${situation.database} to one with ${situation.captures['extension'] ?? 'the extension'} for the same major version (pgvector/pgvector:pg17, postgis/postgis:17-3.5, timescale/timescaledb:latest-pg17)`,
		`docker compose up -d ${situation.database}`,
	],
);

export const matchExtensionVersion = makeFix(
	'match-extension-version',
	'Use the image with the recorded version, then update',
	situation => [
		'See what is recorded: SELECT extname, extversion FROM pg_extension',
		`Use an image that carries that version on ${situation.database}, then ALTER EXTENSION … UPDATE in every database, as the first command of a session`,
	],
);

export const preloadLibrary = makeFix('preload-library', 'Load the library at the start of the server', situation => [
	`Put it into shared_preload_libraries: command: postgres -c shared_preload_libraries=${situation.captures['extension'] ?? 'LIBRARY'} on ${situation.database}`,
	`docker compose up -d ${situation.database} (a reload is not enough)`,
]);

export const installDriver = makeFix('install-driver', 'Use an image with the database driver', situation => [
	`Use a tag of ${situation.service}'s image that carries the PostgreSQL driver, or add it to the Dockerfile and build again`,
]);

export const repairInitScripts = makeFix('repair-init-scripts', 'Finish the first initialisation', situation => [
	`Repair the script that the first start names (/docker-entrypoint-initdb.d), then run what is missing by hand: docker compose exec ${situation.database} sh -c 'psql -U "$POSTGRES_USER" -f /docker-entrypoint-initdb.d/SCRIPT'`,
	'Give the roles that it should have made their passwords',
]);
