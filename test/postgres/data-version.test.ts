import {expect, it} from 'vitest';
import {parseDataFolders} from '../../source/postgres/data-version.js';

it.each([
	['17 /var/lib/postgresql/data/PG_VERSION\n', 17],
	['18 /var/lib/postgresql/18/docker/PG_VERSION\n17 /var/lib/postgresql/data/PG_VERSION\n', 18],
	['9.6 /var/lib/postgresql/data/PG_VERSION\n', 9],
	['', null],
])('reads the major version from %j', (output, major) => {
	expect(parseDataFolders(output)[0]?.major ?? null).toBe(major);
});
