import {type Family, host, log, port} from '../pattern.js';

/** The host was reached, but nothing listens on the port. The address in the message decides what that means. */
export const refused: Family = {
	id: 'refused',
	patterns: [
		log`connect ECONNREFUSED (?<host>::1|[\w.-]+|\[[0-9a-f:]+\]):${port}`,
		log`(?<!(?:No route to host|timed out|unreachable|timeout expired|Host is down)[^\n]{0,4}\s{0,8})Is the server running on (?:that )?host "${host}"(?: \((?<address>[^)]*)\))? and accepting TCP/IP connections on port (?<port>\d+)`,
		log`connection to server at "(?<host>[^"]+)"(?: \((?<address>[^)]*)\))?, port (?<port>\d+) failed: (?:Connection refused|Cannot assign requested address)`,
		log`Connection to ${host}:${port} refused`,
		log`dial tcp (?<host>\[[0-9a-f:]+\]|[\w.-]+):(?<port>\d+): (?:connect: connection refused|connectex: No connection could be made)`,
		log`tcp connect \((?<host>[^)]*?):(?<port>\d+)\): connection refused`,
		log`Connect call failed \('(?<host>[^']+)', (?<port>\d+)`,
		log`Error \d+ connecting to ${host}:(?<port>\d+)\. (?:Connection refused|Connect call failed)`,
		log`Failed to connect to (?:tcp://)?(?<host>::1|\[[0-9a-f:]+\]|[\w.-]+):${port}(?!.{0,80}timed? ?out)`,
		log`Cannot connect to (?:redis|rediss|valkey|postgres(?:ql)?)://(?:[^@\s]*@)?${host}:(?<port>\d+)[^\n]{0,40} (?:Error 111|refused)`,
		log`(?:can't|cannot|could not|unable to|failed to) connect to (?:the )?(?:PostgreSQL|postgres|database)(?: server)? (?:on|at) ['"\x60(]?(?<host>[\w.-]+)['"\x60]?(?::(?<port>\d+))?(?!.{0,80}timed? ?out)`,
		log`Connection refused \(os error 111\)`,
		log`(?:could not connect to|connect to) (?:Redis|Valkey|Postgres(?:QL)?|server|the database) at (?:tcp://)?(?<host>[\w.-]+):(?<port>\d+):? .{0,60}(?:refused|111)`,
		log`ConnectionRefusedError: \[Errno 111\]`,
		log`AggregateError(?: \[ECONNREFUSED\]|:? .{0,300}ECONNREFUSED)`,
		log`code: '?ECONNREFUSED'?[^}]{0,200}address: '?(?<host>[\w.:]+?)'?,? port: (?<port>\d+)`,
		log`code: '?ECONNREFUSED'?`,
		log`(?:Connection refused|ECONNREFUSED).{0,80}?(?<![\w.-])(?<host>::1|[\w.-]+):(?<port>5432|6379)\b`,
		log`(?<![\w.-])(?<host>[\w.-]{1,100}):(?<port>\d+) - (?:no response|rejecting connections)`,
		log`could not connect to server: Connection refused`,
		log`(?:SQLSTATE\[\w+\] )?\[\d+\] Connection refused`,
		log`RedisException.{0,30}Connection refused`,
		log`Error connecting to Redis on (?<host>[\w.-]+):(?<port>\d+) \((?:Errno::ECONNREFUSED|Redis::CannotConnect)`,
		log`Connection refused - connect\(2\) for (?:"(?<host>[^"]+)" port (?<port>\d+)|(?<host2>[\w.-]+):(?<port2>\d+))`,
		log`Connect\w*Error\b.{0,120}(?:ECONNREFUSED|Connection refused|connection refused)`,
	],
};
