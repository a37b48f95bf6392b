import type {Cause} from '../cause.js';
import {diskFull as diskFullFamily} from '../families/space.js';
import {freeDisk} from '../fixes/database.js';
import {matchText, surroundings} from '../match.js';

export const diskFull: Cause = {
	label: 'disk-full',
	layer: 'database',
	signatures: [
		{
			match: diskFullFamily,
			certainty: match => {
				const near = `${surroundings(match, 1, 0)} ${matchText(match)}`;
				return /shared memory segment|\/PostgreSQL\.\d+|\/dev\/shm/.test(near) ? 0 : 0.95;
			},
		},
	],
	look: view =>
		view.evidence.disk
			.filter(({path}) => path !== '/dev/shm')
			.filter(({freeBytes, inodesFree}) => (freeBytes != null && freeBytes < 50_000_000) || inodesFree === 0)
			.map(({path, service, freeBytes}) => ({
				service: service ?? null,
				certainty: 0.8,
				source: 'disk',
				text: `${path}: ${Math.round((freeBytes ?? 0) / 1e6)} MB free`,
			})),
	explains: [
		'wal-corrupted',
		'db-not-ready',
		'db-host-unresolvable',
		'migration-failed',
		'cache-persist-failed',
		'oom-killed',
		'healthcheck-broken',
		'datadir-damaged',
		'volume-permission',
	],
	explain: ({database}) => `The disk is full (or out of inodes), so ${database} and others cannot write.`,
	fixes: situation => [freeDisk(situation)],
};
