import {expect, test} from 'vitest';
import {locateConfigPart, nameConfigPart} from '../../source/bundle/config-files.js';

test('paths below the stack stay; others keep their absolute path in a folder of their own', () => {
	const directory = '/srv/app';
	for (const [file, part, place] of [
		['docker-compose.yml', 'config/docker-compose.yml', '/srv/app/docker-compose.yml'],
		['/srv/app/env/.env.prod', 'config/env/.env.prod', '/srv/app/env/.env.prod'],
		['../shared/.env', 'config/outside-of-directory/srv/shared/.env', '/srv/shared/.env'],
		['/etc/app/secret.txt', 'config/outside-of-directory/etc/app/secret.txt', '/etc/app/secret.txt'],
	] as const) {
		expect(nameConfigPart(file, directory)).toBe(part);
		expect(locateConfigPart(part, directory)).toBe(place);
	}
});

test('a part that climbs out of the folder has no place', () => {
	expect(locateConfigPart('config/../../etc/passwd', '/srv/app')).toBeUndefined();
	expect(locateConfigPart('databases/clerq.dump', '/srv/app')).toBeUndefined();
});
