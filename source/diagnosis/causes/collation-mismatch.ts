import type {Cause} from '../cause.js';
import {reindexCollation} from '../fixes/database.js';
import {log} from '../pattern.js';

export const collationMismatch: Cause = {
	label: 'collation-mismatch',
	layer: 'database',
	advisory: true,
	signatures: [
		{match: log`database "(?<database>[^"]+)" has a collation version mismatch`, certainty: 0.96},
		{
			match: log`collation "[^"]+" has version mismatch|The (?:database|collation[^\n]{0,40}) was created using (?:collation )?version|template database "[^"]+" has a collation version`,
			certainty: 0.94,
		},
		{
			match: log`database "(?<database>[^"]+)" has no actual collation version, but a version was recorded`,
			certainty: 0.94,
		},
	],
	look: view =>
		view.evidence.servers.flatMap(server =>
			server.collationMismatches.map(database => ({
				service: server.service,
				certainty: 0.9,
				source: `catalogue of ${server.service}`,
				text: `${database} was made with another collation version`,
				captures: {database},
			})),
		),
	explain: ({database, captures}) =>
		`The system library of ${database} sorts text otherwise than when ${captures['database'] ?? 'the database'} was made (the image changed beneath its tag): indexes on text may be wrong.`,
	fixes: situation => [reindexCollation(situation)],
};
