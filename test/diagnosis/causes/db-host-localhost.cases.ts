import type {CauseCases} from '../cause-cases.js';
import {appLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['Netty', appLog('Connection refused: localhost/127.0.0.1:5432')],
		['Node', appLog('Error: connect ECONNREFUSED 127.0.0.1:5432')],
		['Node, IPv6', appLog('Error: connect ECONNREFUSED ::1:5432')],
		[
			'Node 20',
			appLog(
				"AggregateError [ECONNREFUSED]:\n    at internalConnectMultiple (node:net:1118:18)\n  code: 'ECONNREFUSED',\n  [errors]: [\n    Error: connect ECONNREFUSED ::1:5432\n    Error: connect ECONNREFUSED 127.0.0.1:5432",
			),
		],
		['Prisma', migrateLog("Error: P1001: Can't reach database server at `localhost:5432`")],
		[
			'libpq',
			appLog(
				'connection to server at "localhost" (127.0.0.1), port 5432 failed: Connection refused\n\tIs the server running on that host and accepting TCP/IP connections?',
			),
		],
		[
			'libpq 13',
			appLog(
				'could not connect to server: Connection refused\n\tIs the server running on host "localhost" (127.0.0.1) and accepting\n\tTCP/IP connections on port 5432?',
			),
		],
		['Go', appLog('dial tcp [::1]:5432: connect: connection refused')],
		[
			'Java',
			appLog(
				'Connection to localhost:5432 refused. Check that the hostname and port are correct and that the postmaster is accepting TCP/IP connections.',
			),
		],
		['asyncpg', appLog("ConnectionRefusedError: [Errno 111] Connect call failed ('127.0.0.1', 5432)")],
		[
			'Elixir',
			appLog(
				'[error] Postgrex.Protocol (#PID<0.1.0>) failed to connect: ** (DBConnection.ConnectionError) tcp connect (localhost:5432): connection refused - :econnrefused',
			),
		],
		[
			'.NET',
			appLog(
				'Npgsql.NpgsqlException (0x80004005): Failed to connect to 127.0.0.1:5432\n ---> System.Net.Sockets.SocketException (111): Connection refused',
			),
		],
		[
			'the socket',
			appLog(
				'psql: error: connection to server on socket "/var/run/postgresql/.s.PGSQL.5432" failed: No such file or directory',
			),
		],
	],
	leaves: [
		['Redis', appLog('Error: connect ECONNREFUSED 127.0.0.1:6379'), 'cache-host-localhost'],
		['a check of the application itself', appLog('curl failed: connect ECONNREFUSED 127.0.0.1:3000'), null],
		['a server in the stack', appLog('Error: connect ECONNREFUSED 172.18.0.2:5432'), 'db-not-ready'],
	],
};
