import {mkdirSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {chooseOutput} from '../../source/flows/backup/choose-output.js';

const options = {
	output: undefined,
	environment: {},
	preferred: null,
	stackDirectory: '/srv/clerq',
	cwd: '/home/me',
};

test('--output comes before BACKUP_DIR, before the settings, before ./backups', () => {
	expect(chooseOutput(options)).toEqual({directory: '/srv/clerq/backups', name: null, origin: 'default'});
	expect(chooseOutput({...options, preferred: 'safe'}).directory).toBe('/srv/clerq/safe');
	expect(chooseOutput({...options, preferred: 'safe', environment: {BACKUP_DIR: '/mnt/b'}})).toEqual({
		directory: '/mnt/b',
		name: null,
		origin: 'BACKUP_DIR',
	});
	expect(chooseOutput({...options, environment: {BACKUP_DIR: '/mnt/b'}, output: 'here'}).directory).toBe(
		'/home/me/here',
	);
});

test('--output is a file when its name ends in .zip or .zip.age and no folder has that name', () => {
	expect(chooseOutput({...options, output: 'a/night.zip'})).toMatchObject({directory: '/home/me/a', name: 'night.zip'});
	expect(chooseOutput({...options, output: '/b/night.zip.age'}).name).toBe('night.zip.age');
	const folder = mkdtempSync(join(tmpdir(), 'lifeboat-output-'));
	mkdirSync(join(folder, 'odd.zip'));
	expect(chooseOutput({...options, output: join(folder, 'odd.zip')})).toMatchObject({name: null});
});
