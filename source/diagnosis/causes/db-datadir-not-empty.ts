import type {Cause} from '../cause.js';
import {moveStrayFiles} from '../fixes/database.js';
import {log} from '../pattern.js';

export const dbDatadirNotEmpty: Cause = {
	label: 'db-datadir-not-empty',
	layer: 'database',
	signatures: [
		{match: log`initdb: (?:error: )?directory "[^"]+" exists but is not empty`, certainty: 0.97},
		{match: log`If you want to create a new database system, either remove or empty`, certainty: 0.95},
		{
			match: log`It contains a (?:dot-prefixed/invisible file|lost\+found directory)|Using a mount point directly as the data directory is not recommended`,
			certainty: 0.95,
		},
	],
	explains: ['db-host-unresolvable', 'db-not-ready', 'healthcheck-broken'],
	explain: ({database}) =>
		`${database} wants to make a new data directory and finds files there that are no database: a lost+found folder, a configuration file, or an initialisation that stopped half way.`,
	fixes: situation => [moveStrayFiles(situation)],
};
