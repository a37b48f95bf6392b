import type {Cause} from '../cause.js';
import {copyThenResetWal, restoreBackup} from '../fixes/database.js';
import {log} from '../pattern.js';

export const walCorrupted: Cause = {
	label: 'wal-corrupted',
	layer: 'database',
	signatures: [
		{
			match: log`could not locate a valid checkpoint record|could not locate required checkpoint record`,
			certainty: 0.97,
		},
		{
			match: log`invalid (?:primary |secondary )?checkpoint record|invalid (?:resource manager ID|record length|magic number|xl_info|length) [^\n]{0,40}(?:in|at)?[^\n]{0,40}checkpoint`,
			certainty: 0.95,
		},
		{
			match: log`PANIC:[^\n]{0,200}(?:WAL|xlog|replication checkpoint|record|pg_wal|pg_xlog)(?![^\n]*No space left)`,
			certainty: 0.9,
		},
		{
			match: log`could not read from (?:log|WAL) (?:file|segment) [^\n]{1,100}|requested WAL segment \S+ has already been removed|WAL ends before (?:consistent recovery point|end of online backup)|replication checkpoint has wrong magic|unexpected pageaddr|invalid contrecord length`,
			certainty: 0.7,
		},
		{
			match: log`startup process \(PID \d+\) (?:was terminated by signal 6|exited with exit code 1)`,
			certainty: ({source}) => (/No space left|recovery_target|Segmentation/.test(source.text) ? 0 : 0.5),
		},
	],
	explains: ['db-not-ready', 'db-host-unresolvable', 'db-network-mismatch', 'healthcheck-broken', 'migration-failed'],
	explain: ({database}) =>
		`The write-ahead log of ${database} cannot be read after a crash, so the server does not start. Clients only see that it is starting up.`,
	fixes: situation => [restoreBackup(situation), copyThenResetWal(situation)],
};
