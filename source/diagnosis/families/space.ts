import {type Family, log} from '../pattern.js';

/** /dev/shm of the container is full: Docker gives it 64 MB. */
export const sharedMemoryFull: Family = {
	id: 'shm-full',
	patterns: [
		log`could not (?:resize|open|create|write to) shared memory segment "?/?PostgreSQL\.\d+"?[^\n]{0,120}No space left on device`,
		log`could not resize shared memory segment`,
		log`/dev/shm[^\n]{0,120}(?:No space left on device|too small)`,
		log`shared memory segment[^\n]{0,80}No space left on device`,
	],
};

/** No room, or no inodes, on a disk. */
export const diskFull: Family = {
	id: 'disk-full',
	patterns: [
		log`No space left on device`,
		log`\bENOSPC\b`,
		log`not enough (?:disk )?space(?: left)?(?: on)?`,
		log`(?:disk quota exceeded|EDQUOT)`,
		log`You don't have enough free space`,
		log`DiskFull\b`,
	],
};
