import type {Cause} from '../cause.js';
import {restoreBackup} from '../fixes/database.js';
import {log} from '../pattern.js';

export const datadirDamaged: Cause = {
	label: 'datadir-damaged',
	layer: 'database',
	signatures: [
		{
			match: log`"(?:base|global|pg_tblspc)/[^"]*" is not a valid data directory|File "(?:base/[^"]*|[^"]*)PG_VERSION" is missing`,
			certainty: 0.96,
		},
		{match: log`could not open file "(?:base|global)/[^"]+": No such file or directory`, certainty: 0.93},
		{
			match: log`could not open (?:directory|file) "(?:pg_\w+|global|base)(?:/[^"]*)?": No such file or directory`,
			certainty: 0.88,
		},
		{
			match: log`could not find the database system|"[^"]+" is not a database cluster directory|could not read (?:file|permissions of directory) "(?:global|base|pg_)[^"]*"|could not stat (?:data directory|file "global)|could not read block \d+ in file|invalid page in block \d+|page verification failed|missing chunk number \d+ for toast value|could not access status of transaction \d+(?![\s\S]{0,200}No space left)|could not read (?:file )?"global/pg_control"|incorrect checksum in control file|pg_filenode\.map`,
			certainty: 0.86,
		},
		{
			match: log`postgres: could not (?:find|access) the (?:database system|server configuration file)|specified data directory "[^"]+" does not exist|could not access the server configuration file "[^"]+": No such file`,
			certainty: 0.85,
		},
	],
	explains: ['db-host-unresolvable', 'db-not-ready', 'healthcheck-broken', 'db-name-missing'],
	explain: ({database}) => `Files of the data directory of ${database} are missing or damaged.`,
	fixes: situation => [restoreBackup(situation)],
};
