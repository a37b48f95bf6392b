import type {Cause} from '../cause.js';
import {sharedMemoryFull} from '../families/space.js';
import {setShmSize} from '../fixes/database.js';
import {log} from '../pattern.js';

export const shmTooSmall: Cause = {
	label: 'shm-too-small',
	layer: 'database',
	signatures: [
		{match: sharedMemoryFull, certainty: 0.97},
		{match: log`PG::DiskFull`, certainty: ({source}) => (/shared memory/.test(source.text) ? 0.95 : 0.3)},
		{match: log`terminated by signal 7: Bus error`, certainty: 0.7},
	],
	look: view => [
		...view.databases
			.filter(({shmSizeBytes}) => shmSizeBytes != null && shmSizeBytes <= usualBytes)
			.map(({service, shmSizeBytes}) => ({
				service,
				// Says nothing alone: 64 MB are enough for most.
				certainty: 0.2,
				source: `${service} state`,
				text: `/dev/shm may hold ${Math.round((shmSizeBytes ?? 0) / 2 ** 20)} MB`,
			})),
		...view.evidence.disk
			.filter(
				({path, sizeBytes, freeBytes}) => path === '/dev/shm' && sizeBytes != null && (freeBytes ?? 1) < sizeBytes / 20,
			)
			.map(({service, sizeBytes}) => ({
				service: service ?? null,
				certainty: 0.6,
				source: `/dev/shm of ${service}`,
				text: `${Math.round((sizeBytes ?? 0) / 2 ** 20)} MB, and full`,
			})),
	],
	explains: ['db-not-ready', 'disk-full', 'migration-failed'],
	explain: ({database}) =>
		`The shared memory of ${database} (/dev/shm, 64 MB unless said otherwise) is too small for its parallel queries. The disk is not full.`,
	fixes: situation => [setShmSize(situation)],
};

/** What Docker gives unless it is told otherwise. */
const usualBytes = 64 * 2 ** 20;
