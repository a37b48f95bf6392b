import type {Cause} from '../cause.js';
import {pinPostgresMajor, upgradePostgres} from '../fixes/database.js';
import {log} from '../pattern.js';

export const dbVersionIncompatible: Cause = {
	label: 'db-version-incompatible',
	layer: 'database',
	signatures: [
		{
			match: log`The data directory was initialized by PostgreSQL version (?<oldMajor>\d+(?:\.\d+)?), which is not compatible with this version (?<newVersion>[\d.]+)`,
			certainty: 0.98,
		},
		{match: log`database files are incompatible with server`, certainty: 0.97},
		{
			match: log`The database cluster was initialized with (?:PG_CONTROL_VERSION|CATALOG_VERSION_NO|XLOG_BLCKSZ|BLCKSZ|\w+) \d+`,
			certainty: 0.95,
		},
		{
			match: log`(?:data|database)[^\n]{0,40} (?:was|were) (?:created|initialized|made) (?:by|with) (?:an? )?(?:older|newer|different|incompatible)[^\n]{0,30}(?:PostgreSQL|version)|old version of postgres[^\n]{0,40}found|incompatible (?:postgres\w*|data) version|PG_VERSION[^\n]{0,60}(?:mismatch|does not match|differs)`,
			certainty: 0.88,
		},
		{
			match: log`(?:PostgreSQL|postgres|server) (?:version )?\d[\d.]* (?:is|was) not supported|(?:requires?|needs) PostgreSQL (?:version )?\d+[\d.]*(?:\+| or (?:higher|newer|later))|unsupported PostgreSQL version`,
			certainty: 0.72,
		},
	],
	look: view =>
		view.evidence.servers.flatMap(server => {
			const image = view.services.find(service => service.service === server.service)?.image ?? '';
			const tag = Number(/:(?:pg)?(\d{1,2})\b/.exec(image)?.[1] ?? Number.NaN);
			if (!tag || server.dataMajor == null || server.dataMajor === tag) return [];
			return [
				{
					service: server.service,
					certainty: 0.9,
					source: `data of ${server.service}`,
					text: `PG_VERSION is ${server.dataMajor}, the image is ${image}`,
					captures: {oldMajor: String(server.dataMajor)},
				},
			];
		}),
	explains: ['db-host-unresolvable', 'db-not-ready', 'db-network-mismatch', 'healthcheck-broken'],
	explain: ({database, captures}) =>
		`The data of ${database} was written by ${captures['oldMajor'] ? `PostgreSQL ${captures['oldMajor']}` : 'another major version'}, which this image cannot read. The data is intact.`,
	fixes: situation => [pinPostgresMajor(situation), upgradePostgres(situation)],
};
