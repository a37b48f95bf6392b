import type {Cause, Situation} from '../cause.js';
import {fixPg18Mount, pinPostgresMajor, upgradePostgres} from '../fixes/database.js';
import {log} from '../pattern.js';

export const pg18MountLayout: Cause = {
	label: 'pg18-mount-layout',
	layer: 'database',
	signatures: [
		{match: log`in 18\+, these Docker images are configured to store database data`, certainty: 0.98},
		{match: log`there appears to be PostgreSQL data in`, certainty: 0.96},
		{match: log`unused mount/volume|compatible with "pg_ctlcluster"`, certainty: 0.95},
		{
			match: log`error mounting[^\n]{0,200}/var/lib/postgresql/data[^\n]{0,200}no such file or directory|change mount propagation through procfd[^\n]{0,100}/var/lib/postgresql`,
			certainty: 0.85,
		},
	],
	look: view =>
		view.databases
			.filter(database => /postgres:(?:18|19)/.test(database.image ?? ''))
			.filter(
				database =>
					database.mounts.some(mount => mount.target === '/var/lib/postgresql/data') &&
					!database.environment['PGDATA']?.startsWith('/var/lib/postgresql/data'),
			)
			.map(database => ({
				service: database.service,
				certainty: database.state === 'running' ? 0 : 0.9,
				source: `mounts of ${database.service}`,
				text: `${database.image} with a volume at /var/lib/postgresql/data`,
			})),
	explains: [
		'db-host-unresolvable',
		'db-not-ready',
		'db-network-mismatch',
		'healthcheck-broken',
		'db-version-incompatible',
	],
	explain: ({database}) =>
		`From version 18 on the image of ${database} keeps its data in /var/lib/postgresql/18/docker; the volume is mounted where older versions kept it.`,
	fixes: situation =>
		holdsNothing(situation)
			? [fixPg18Mount(situation)]
			: [pinPostgresMajor(situation), upgradePostgres(situation), fixPg18Mount(situation)],
};

/** We looked into the volume, and no version of PostgreSQL has written to it. */
function holdsNothing({view, database}: Situation): boolean {
	const server = view.evidence.servers.find(({service}) => service === database);
	return server?.dataOwner != null && server.dataMajor == null;
}
