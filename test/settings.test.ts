import {mkdtempSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, test} from 'vitest';
import {openSettings, settingsFolder} from '../source/settings.js';

const folder = () => mkdtempSync(join(tmpdir(), 'settings-'));

test('what is set is there after opening again, in a file for the owner alone', () => {
	const place = folder();
	openSettings(place).setPreferences({backupDirectory: '/srv/backups'});
	openSettings(place).updateStack('clerq', '/srv/clerq', memory => ({...memory, publicUrl: 'https://clerq.example'}));
	const settings = openSettings(place);
	expect(settings.preferences().backupDirectory).toBe('/srv/backups');
	expect(settings.stack('clerq', '/srv/clerq').publicUrl).toBe('https://clerq.example');
	expect(settings.stack('clerq', '/srv/other').publicUrl).toBeNull();
	expect(statSync(settings.path).mode & 0o777).toBe(0o600);
});

test('names with dots are names, not paths into the file', () => {
	const settings = openSettings(folder());
	settings.updateStack('a.b', '/srv/x.y', memory => ({...memory, tableGroups: {users: ['auth.users']}}));
	expect(settings.stack('a.b', '/srv/x.y').tableGroups).toEqual({users: ['auth.users']});
});

test.each([
	['text that is no JSON', '{broken'],
	['values of the wrong kind', '{"preferences": {"backupDirectory": 7}}'],
])('%s is refused with the name of the file, and nothing is overwritten', (_name, text) => {
	const place = folder();
	const file = join(place, 'config.json');
	writeFileSync(file, text);
	expect(() => openSettings(place).preferences()).toThrow(
		expect.objectContaining({code: 'settings-invalid', fix: ['mv', file, `${file}.bad`]}),
	);
	expect(readFileSync(file, 'utf8')).toBe(text);
});

test('settings that cannot be written hold for this run', () => {
	const place = join(folder(), 'file');
	writeFileSync(place, '');
	const settings = openSettings(join(place, 'below-a-file'));
	settings.setPreferences({verifyAfterBackup: true});
	expect(settings.preferences().verifyAfterBackup).toBe(true);
});

test('the folder is that of the environment, else the XDG one', () => {
	expect(settingsFolder({LIFEBOAT_CONFIG_DIR: '/x'})).toBe('/x');
	expect(settingsFolder({XDG_CONFIG_HOME: '/c', HOME: '/h'})).toBe('/c/compose-lifeboat');
	expect(settingsFolder({HOME: '/h'})).toBe('/h/.config/compose-lifeboat');
});
