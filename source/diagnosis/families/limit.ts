import {type Family, log} from '../pattern.js';

/** SQLSTATE 53300: all connection slots of the server are used. */
export const connectionLimit: Family = {
	id: 'limit',
	patterns: [
		log`sorry, too many clients already`,
		log`remaining connection slots are reserved`,
		log`too many connections for (?:role|database) "(?<name>[^"]+)"`,
		log`53300 \(too_many_connections\)`,
		log`TooManyConnectionsError`,
		log`Too many database connections opened`,
		log`\bP2037\b`,
		log`no more connections allowed \(max_client_conn\)`,
		log`(?:SQLSTATE|code)\W{1,4}53300`,
	],
};
