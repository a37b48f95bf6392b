#!/bin/bash
# Starts PostgreSQL as the official image does: sets up an empty data folder once, then runs the command given.
set -euo pipefail

stop() {
	printf '%s\n' "$@" >&2
	exit 1
}

# read_setting NAME [DEFAULT]: the value of NAME or the content of the file named by NAME_FILE, exported as NAME.
read_setting() {
	local name=$1 file_name=$1_FILE value=${2-}
	if [ -n "${!name-}" ] && [ -n "${!file_name-}" ]; then
		stop "error: both $name and $file_name are set (but are exclusive)"
	fi
	if [ -n "${!name-}" ]; then
		value=${!name}
	elif [ -n "${!file_name-}" ]; then
		value=$(<"${!file_name}")
	fi
	export "$name=$value"
	unset "$file_name"
}

is_initialised() { [ -s "$PGDATA/PG_VERSION" ]; }

wants_help() {
	local argument
	for argument in "$@"; do
		case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
	done
	return 1
}

become_postgres() {
	mkdir -p "$PGDATA" /var/run/postgresql
	chmod 00700 "$PGDATA" || true
	chmod 03775 /var/run/postgresql || true
	if [ -n "${POSTGRES_INITDB_WALDIR-}" ]; then
		mkdir -p "$POSTGRES_INITDB_WALDIR"
		find "$POSTGRES_INITDB_WALDIR" ! -user postgres -exec chown postgres {} +
	fi
	if [ "$(id -u)" = 0 ]; then
		find "$PGDATA" /var/run/postgresql ! -user postgres -exec chown postgres {} +
		exec setpriv --reuid=postgres --regid=postgres --init-groups -- "${BASH_SOURCE[0]}" "$@"
	fi
}

# From 18 on the volume belongs one level higher; data in the old place would be passed over in silence.
refuse_old_mount() {
	[ "$PG_MAJOR" -ge 18 ] || return 0
	case $PGDATA in "/var/lib/postgresql/$PG_MAJOR/"*) ;; *) return 0 ;; esac
	local found=()
	local place
	for place in /var/lib/postgresql /var/lib/postgresql/data; do
		if [ -s "$place/PG_VERSION" ]; then found+=("$place"); fi
	done
	if [ ${#found[@]} = 0 ] && grep -q ' /var/lib/postgresql/data ' /proc/self/mountinfo; then
		found+=('/var/lib/postgresql/data (unused mount/volume)')
	fi
	[ ${#found[@]} -gt 0 ] || return 0
	stop "Error: in 18+, these Docker images are configured to store database data in a" \
		'       format which is compatible with "pg_ctlcluster" (the folder carries the major version).' \
		'       There is a mount or a database at the place that older images used:' \
		"         ${found[*]}" \
		'       Mount one volume at /var/lib/postgresql instead, and move old data by dump and restore or pg_upgrade.'
}

check_settings() {
	if [ -z "$POSTGRES_PASSWORD" ] && [ "$POSTGRES_HOST_AUTH_METHOD" != trust ]; then
		stop 'Error: Database is uninitialized and superuser password is not specified.' \
			'       Set POSTGRES_PASSWORD to a value that is not empty for the superuser,' \
			'       for example: docker run -e POSTGRES_PASSWORD=secret postgres' \
			'       POSTGRES_HOST_AUTH_METHOD=trust lets everybody in without one; that is not recommended.'
	fi
	if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
		echo 'WARNING: POSTGRES_HOST_AUTH_METHOD is "trust": anybody who reaches the port has full access.' >&2
	fi
}

initialise() {
	local waldir=()
	if [ -n "${POSTGRES_INITDB_WALDIR-}" ]; then waldir=(--waldir "$POSTGRES_INITDB_WALDIR"); fi
	eval "set -- ${POSTGRES_INITDB_ARGS-}"
	initdb --username="$POSTGRES_USER" --pwfile=<(printf '%s\n' "$POSTGRES_PASSWORD") "${waldir[@]}" "$@"
	local method=${POSTGRES_HOST_AUTH_METHOD:-$(postgres -C password_encryption)}
	printf '\nhost all all all %s\n' "$method" >> "$PGDATA/pg_hba.conf"
}

run_sql() { PGHOST='' PGHOSTADDR='' psql -v ON_ERROR_STOP=1 --no-psqlrc --username "$POSTGRES_USER" --no-password "$@"; }

create_database() {
	local known
	known=$(run_sql --dbname postgres -At --set name="$POSTGRES_DB" <<< "SELECT 1 FROM pg_database WHERE datname = :'name'")
	if [ -z "$known" ]; then
		run_sql --dbname postgres --set name="$POSTGRES_DB" <<< 'CREATE DATABASE :"name"'
	fi
}

run_init_files() {
	local file
	for file in /docker-entrypoint-initdb.d/*; do
		case $file in
			*.sh)
				if [ -x "$file" ]; then
					echo "$0: running $file"
					"$file"
				else
					echo "$0: sourcing $file"
					. "$file"
				fi
				;;
			*.sql) echo "$0: running $file"; run_sql --dbname "$POSTGRES_DB" -f "$file" ;;
			*.sql.gz) echo "$0: running $file"; gunzip -c "$file" | run_sql --dbname "$POSTGRES_DB" ;;
			*.sql.xz) echo "$0: running $file"; xz -dc "$file" | run_sql --dbname "$POSTGRES_DB" ;;
			*.sql.zst) echo "$0: running $file"; zstd -dc "$file" | run_sql --dbname "$POSTGRES_DB" ;;
			'/docker-entrypoint-initdb.d/*') ;;
			*) echo "$0: ignoring $file" ;;
		esac
	done
}

set_up() {
	check_settings
	initialise
	# Only on the socket until everything is in place, so that nobody outside takes it for ready.
	PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -o "-c listen_addresses='' -p ${PGPORT:-5432}" -w start
	create_database
	run_init_files
	PGUSER=$POSTGRES_USER pg_ctl -D "$PGDATA" -m fast -w stop
	printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

main() {
	if [ "${1-}" = '' ] || [ "${1:0:1}" = '-' ]; then set -- postgres "$@"; fi
	if [ "$1" = postgres ] && ! wants_help "$@"; then
		is_initialised || refuse_old_mount
		become_postgres "$@"
		read_setting POSTGRES_PASSWORD
		read_setting POSTGRES_USER postgres
		read_setting POSTGRES_DB "$POSTGRES_USER"
		read_setting POSTGRES_INITDB_ARGS
		: "${POSTGRES_HOST_AUTH_METHOD:=}"
		if is_initialised; then
			printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
		else
			set_up
		fi
	fi
	exec "$@"
}

main "$@"
