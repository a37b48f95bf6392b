import type {Cause, Match} from '../cause.js';
import {databaseMissing} from '../families/database-missing.js';
import {createDatabase} from '../fixes/database.js';
import {setDatabaseUrl} from '../fixes/environment.js';
import {findServer, type View} from '../view.js';
import {isProbeNoise} from './healthcheck-noise.js';

export const dbNameMissing: Cause = {
	label: 'db-name-missing',
	layer: 'login',
	signatures: [{match: databaseMissing, certainty: weigh}],
	look: view => {
		const server = findServer(view);
		if (!server || server.databases.length === 0) return [];
		return view.connections
			.filter(
				({kind, database, host}) =>
					kind === 'database' && database !== null && host === server.service && !server.databases.includes(database),
			)
			.map(({service, variable, database}) => ({
				service,
				certainty: 0.96,
				source: `databases of ${server.service}`,
				text: `there is no database ${database}, which ${variable} names`,
				captures: {database: database ?? '', variable},
			}));
	},
	explain: ({captures, database}) =>
		`The database ${captures['database'] ?? 'that the application names'} does not exist in ${database}: the name differs, it was never made, or another (new, empty) volume is mounted.`,
	fixes: situation => [createDatabase(situation), setDatabaseUrl(situation)],
};

function weigh(match: Match, view: View): number {
	const {database} = match.captures;
	if (/tcp connect[^\n]*refused|:econnrefused/i.test(match.source.text)) return 0.2;
	if (database && view.connections.some(connection => connection.database === database)) return 0.95;
	return isProbeNoise(match, view, 'database') ? 0.5 : 0.9;
}
