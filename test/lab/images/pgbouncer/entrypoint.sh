#!/bin/bash
set -euo pipefail
umask 077
cat > /etc/pgbouncer/pgbouncer.ini <<INI
[databases]
${DB_NAME:-*} = host=${DB_HOST:?} port=${DB_PORT:-5432} auth_user=${DB_USER:-postgres}
[pgbouncer]
listen_addr = 0.0.0.0
listen_port = ${LISTEN_PORT:-5432}
unix_socket_dir =
auth_type = ${AUTH_TYPE:-scram-sha-256}
auth_file = /etc/pgbouncer/userlist.txt
pool_mode = ${POOL_MODE:-session}
max_client_conn = ${MAX_CLIENT_CONN:-100}
default_pool_size = ${DEFAULT_POOL_SIZE:-10}
ignore_startup_parameters = extra_float_digits
INI
printf '"%s" "%s"\n' "${DB_USER:-postgres}" "${DB_PASSWORD-}" > /etc/pgbouncer/userlist.txt
unset DB_PASSWORD
exec "$@"
