import type {CauseCases} from '../cause-cases.js';
import {appLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Node', appLog('Error: getaddrinfo ENOTFOUND postgres')],
		['libpq, glibc', appLog('could not translate host name "db" to address: Name or service not known')],
		['libpq, musl', appLog('could not translate host name "db" to address: Name does not resolve')],
		['Go', appLog('dial tcp: lookup db on 127.0.0.11:53: no such host')],
		[
			'pgx',
			appLog(
				'failed to connect to `host=database user=shop database=shop`: hostname resolving error (lookup database on 127.0.0.11:53: no such host)',
			),
		],
		[
			'Java',
			appLog(
				'org.postgresql.util.PSQLException: The connection attempt failed.\nCaused by: java.net.UnknownHostException: postgres',
			),
		],
		['Elixir', appLog('tcp connect (db:5432): non-existing domain - :nxdomain')],
		[
			'Python sockets',
			appLog('  File "/app/asyncpg/connect_utils.py"\nsocket.gaierror: [Errno -2] Name or service not known'),
		],
		[
			'Rust',
			appLog(
				'sqlx: error communicating with database: failed to lookup address information: Name or service not known',
			),
		],
		[
			'PHP',
			appLog('SQLSTATE[08006] [7] could not translate host name "postgres" to address: Name or service not known'),
		],
	],
	leaves: [
		['somebody else', appLog('getaddrinfo ENOTFOUND smtp.example.org'), null],
		['the cache', appLog('Error: getaddrinfo ENOTFOUND redis'), 'cache-data-incompatible'],
	],
};
