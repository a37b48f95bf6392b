import {delimiter} from 'node:path';
import type {Place} from './place.js';

/** Variables of the user's shell that would change what a client program does; the connection string says all that matters. */
const forgotten = [
	'PGHOST',
	'PGHOSTADDR',
	'PGPORT',
	'PGUSER',
	'PGDATABASE',
	'PGSERVICE',
	'PGSERVICEFILE',
	'PGAPPNAME',
	'PGOPTIONS',
	'PGCLIENTENCODING',
	'PGSSLMODE',
	'PGTZ',
	'PGDATESTYLE',
	'PGTARGETSESSIONATTRS',
];

/**
 * Client programs of this machine.
 * @param folder where psql, pg_dump and pg_restore lie; absent for PATH.
 */
export function createHostPlace(
	environment: Readonly<Record<string, string | undefined>>,
	folder?: string | undefined,
): Place {
	const path = folder === undefined ? environment['PATH'] : `${folder}${delimiter}${environment['PATH'] ?? ''}`;
	return {
		description: 'this machine',
		containerId: undefined,
		commandFor: (program, args, run) => ({
			command: program,
			args,
			env: {
				...Object.fromEntries(forgotten.map(name => [name, undefined])),
				PATH: path,
				LC_ALL: 'C',
				LIFEBOAT_RUN: run.mark,
				PGPASSWORD: run.password,
				PGOPTIONS: run.serverOptions,
				PGCLIENTENCODING: run.encoding,
				LIFEBOAT_DATABASE: run.database,
			},
		}),
		// Here the program itself is the child that was killed.
		endProcesses: async () => {},
		explainLoss: async () => undefined,
		dispose: async () => {},
	};
}
