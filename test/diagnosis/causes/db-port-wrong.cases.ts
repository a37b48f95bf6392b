import type {CauseCases} from '../cause-cases.js';
import {appLog, migrateLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		['libpq', appLog('connection to server at "db" (172.18.0.2), port 5433 failed: Connection refused')],
		['Node', appLog('Error: connect ECONNREFUSED 172.18.0.2:5433')],
		['Prisma', migrateLog("Can't reach database server at `db:5433`")],
	],
	leaves: [
		['the right port', appLog('Error: connect ECONNREFUSED 172.18.0.2:5432'), 'db-not-ready'],
		['on the host', appLog('Error: connect ECONNREFUSED 127.0.0.1:5433'), 'db-host-localhost'],
	],
};
