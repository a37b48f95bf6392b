import type {CauseCases} from '../cause-cases.js';
import {databaseLog} from '../evidence-of.js';

export const cases: CauseCases = {
	finds: [
		[
			'initdb',
			databaseLog(
				'initdb: error: directory "/var/lib/postgresql/data" exists but is not empty\ninitdb: detail: It contains a lost+found directory, perhaps due to it being a mount point.',
			),
		],
	],
	leaves: [
		[
			'permissions',
			databaseLog(
				'initdb: error: could not change permissions of directory "/var/lib/postgresql/data": Operation not permitted',
			),
			'volume-permission',
		],
	],
};
