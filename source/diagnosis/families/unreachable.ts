import {type Family, host, log, port} from '../pattern.js';

/** The address is known, but no packet comes back: another network, a firewall, a wrong address. */
export const unreachable: Family = {
	id: 'unreachable',
	patterns: [
		log`connect (?:EHOSTUNREACH|ENETUNREACH|ETIMEDOUT) (?<host>[\w.:]+):${port}`,
		log`(?:could not connect to server|port \d+ failed): (?:No route to host|Network is unreachable|Connection timed out|Host is unreachable)`,
		log`connection to server at "(?<host>[^"]+)"(?: \((?<address>[^)]*)\))?, port (?<port>\d+) failed: (?:No route to host|Network is unreachable|Connection timed out|timeout expired|Host is unreachable)`,
		log`dial tcp (?<host>[\w.-]+):(?<port>\d+): (?:connect: (?:no route to host|network is unreachable|connection timed out|host is unreachable)|i/o timeout)`,
		log`tcp connect \((?<host>[^)]*?):(?<port>\d+)\): (?:host is unreachable|no route to host|connection timed out|:?timeout|network is unreachable)`,
		log`(?:No route to host|Connection timed out|Network is unreachable|timeout expired)[^\n]{0,4} Is the server running on (?:that )?host "${host}"(?: \([^)]*\))? and accepting TCP/IP connections on port (?<port>\d+)`,
		log`NoRouteToHostException`,
		log`OSError: (?:\[Errno 113\]|Multiple exceptions: \[Errno 113\]) .{0,40}${host}?`,
		log`SQLSTATE\[08006\] \[7\] (?:timeout expired|.{0,120}(?:No route to host|timed out))`,
		log`(?:EHOSTUNREACH|No route to host)`,
	],
};
