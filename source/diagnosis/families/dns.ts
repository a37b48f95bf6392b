import {type Family, host, log} from '../pattern.js';

/** A name that does not resolve. Prisma says the same for this and for a refused connection: see prisma-unreachable. */
export const dnsFailure: Family = {
	id: 'dns',
	patterns: [
		log`getaddrinfo (?<code>ENOTFOUND|EAI_AGAIN|EAI_NODATA|ENODATA) ${host}`,
		log`code: '?(?<code>ENOTFOUND|EAI_AGAIN)'?[^}]{0,200}hostname: '?(?<host>[\w.-]+)`,
		log`(?<!getaddrinfo |code: |code: '|errno: '|errno: )\b(?<code>ENOTFOUND|EAI_AGAIN)\b(?: (?!host)${host})?`,
		log`could not translate host name "(?<host>[^"]*)" to address`,
		log`(?:socket\.)?gaierror: (?:\[Errno -\d+\]|\(-\d+,) ?'?(?:Name or service not known|Temporary failure in name resolution|Name does not resolve|No address associated with hostname|nodename nor servname)`,
		log`Error -\d+ connecting to ${host}:(?<port>\d+)\. (?:Name or service not known|Temporary failure in name resolution|Name does not resolve|No address associated with hostname|Try again|-\d)`,
		log`failed to resolve host '?(?<host>[\w.-]+)'?`,
		log`lookup (?<host>[^\s:]+)(?: on [\d.:\[\]a-f]+)?: ?(?:no such host|server misbehaving|i/o timeout|Temporary failure|no address|$)`,
		log`hostname resolving error \(lookup (?<host>[^\s:)]+)`,
		log`(?:java\.net\.)?UnknownHostException: (?<host>[\w.-]+)`,
		log`tcp connect \((?<host>[^:)]+):(?<port>\d+)\): non-existing domain`,
		log`:nxdomain\b`,
		log`failed to lookup address information: (?:Name or service not known|Name does not resolve|Temporary failure in name resolution|Try again)`,
		log`php_network_getaddresses: getaddrinfo(?: for (?<host>[\w.-]+))? failed`,
		log`SocketException \((?:-?\d+|0x[0-9a-f]+)(?:, 0x[0-9a-f]+)?\): (?:Name or service not known|Resource temporarily unavailable|No such host is known)`,
		log`nc: (?:getaddrinfo for host "(?<host>[^"]+)"|bad address '(?<host2>[^']+)')`,
		log`\[Errno -\d+\] (?:Name or service not known|Temporary failure in name resolution|Name does not resolve|No address associated with hostname)`,
		log`(?<!address: |\] |: |\(-\d, ')\b(?:Temporary failure in name resolution|Name or service not known|Name does not resolve)`,
		log`(?:unknown host|bad address)[: ]+['"]?(?<host>[\w-]+)`,
		log`could not resolve host:? "?(?<host>[\w.-]+)`,
		log`host not found in upstream "(?<host>[\w.-]+)`,
	],
};
