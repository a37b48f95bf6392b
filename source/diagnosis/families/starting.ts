import {type Family, log} from '../pattern.js';

/** SQLSTATE 57P03: the server is there, but takes no connections yet. */
export const starting: Family = {
	id: 'starting',
	patterns: [
		log`the database system is (?:starting up|shutting down|in recovery mode|not yet accepting connections|not accepting connections)`,
		log`CannotConnectNowError`,
		log`57P03 \(cannot_connect_now\)`,
		log`(?:SQLSTATE|code)\W{1,4}57P03`,
	],
};
