import {describe, expect, test} from 'vitest';
import {fitKeys} from '../../source/ui/components/key-hints.js';
import {bodySize} from '../../source/ui/components/screen.js';
import {fitColumns} from '../../source/ui/components/table.js';
import {
	describeDatabase,
	describeLastBackup,
	describeService,
	orderServices,
	summarizeServices,
} from '../../source/ui/home-model.js';
import {settingRows, writeSetting} from '../../source/ui/settings-model.js';
import {chooseSymbols} from '../../source/ui/symbols.js';
import {fakeBackup, fakeDatabase, fakeService, fakeSettings, night} from '../helpers/wizard.js';

describe('services in words', () => {
	test.each([
		[{state: 'running', health: 'healthy'}, 'good', 'running, healthy'],
		[{state: 'running', health: 'starting'}, 'busy', 'running, starting'],
		[{state: 'running', health: 'unhealthy'}, 'bad', 'running, unhealthy'],
		[{state: 'running'}, 'good', 'running'],
		[{state: 'restarting', restartCount: 14}, 'bad', 'restarting (14x)'],
		[{state: 'running', health: 'starting', restartCount: 7}, 'bad', 'restarting (7x)'],
		[{state: 'running', health: 'unhealthy', restartCount: 7}, 'bad', 'running, unhealthy, restarted 7x'],
		[{state: 'running', health: 'healthy', restartCount: 7}, 'good', 'running, healthy'],
		[{state: 'running', restartCount: 1}, 'good', 'running, restarted 1x'],
		[{state: 'exited', exitCode: 0, oneShot: true}, 'idle', 'finished'],
		[{state: 'exited', exitCode: 1, oneShot: true}, 'bad', 'stopped, exit 1'],
		[{state: 'exited', exitCode: 0}, 'warning', 'stopped'],
		[{state: 'absent'}, 'idle', 'not started'],
		[{state: 'paused'}, 'warning', 'paused'],
	] as const)('%o', (change, mood, text) => expect(describeService(fakeService('app', change))).toEqual({mood, text}));

	test('those in trouble come first, and what does not fit is summed up', () => {
		const services = [
			fakeService('a'),
			fakeService('b', {state: 'restarting'}),
			fakeService('c'),
			fakeService('d', {state: 'paused'}),
		];
		expect(orderServices(services).map(({name}) => name)).toEqual(['b', 'd', 'a', 'c']);
		expect(summarizeServices(services)).toBe('4 more: 2 running, 1 restarting, 1 paused');
	});
});

test('a database in words, with what is unknown left out', () => {
	expect(describeDatabase(fakeDatabase()).text).toBe('PostgreSQL 17.11 · healthy · clerq, 886 kB');
	const unknown = fakeDatabase({serverVersion: null, major: null, sizeBytes: null, state: 'absent', health: null});
	expect(describeDatabase(unknown)).toEqual({mood: 'idle', text: 'PostgreSQL · not started · clerq'});
	const several = fakeDatabase({service: 'events', databases: ['a', 'b'], replica: true});
	expect(describeDatabase(several).text).toBe('PostgreSQL 17.11 · healthy · 2 databases, 886 kB · events · replica');
});

describe('the last backup', () => {
	test('is the newest, with what is known of its worth', () => {
		const backups = [fakeBackup({createdAt: '2026-06-01T00:00:00Z', bytes: 1}), fakeBackup()];
		expect(describeLastBackup(backups, night)).toEqual({
			mood: 'good',
			text: '3 hours ago · verified by a restore · 128 MB',
		});
	});

	test('none, an old one, and one that failed its verification are not well', () => {
		expect(describeLastBackup([], night).mood).toBe('warning');
		expect(describeLastBackup([fakeBackup({createdAt: '2026-06-01T00:00:00Z'})], night).mood).toBe('warning');
		const failed = fakeBackup({verified: {at: '2026-06-14T00:00:00Z', level: 'restored', ok: false}});
		expect(describeLastBackup([failed], night).mood).toBe('bad');
	});
});

describe('settings', () => {
	const stack = {project: 'clerq', directory: '/srv/clerq'};

	test('are shown with their values and written when they fit', () => {
		const settings = fakeSettings();
		expect(writeSetting(settings, stack, 'keep.daily', '14')).toBeUndefined();
		expect(writeSetting(settings, stack, 'publicUrl', ' https://app.example.org ')).toBeUndefined();
		const values = Object.fromEntries(settingRows(settings, stack).map(({id, value}) => [id, value]));
		expect(values).toMatchObject({'keep.daily': '14', 'keep.weekly': '4', publicUrl: 'https://app.example.org'});
		expect(writeSetting(settings, stack, 'publicUrl', '')).toBeUndefined();
		expect(settings.stack('clerq', '/srv/clerq').publicUrl).toBeNull();
	});

	test.each([
		['keep.last', '-1'],
		['keep.last', 'many'],
		['backupDirectory', 'relative/path'],
		['publicUrl', 'app.example.org'],
		['publicUrl', 'javascript:alert(1)'],
	] as const)('%s refuses %s and stays as it was', (id, text) => {
		const settings = fakeSettings();
		const before = settingRows(settings, stack);
		expect(writeSetting(settings, stack, id, text)).toEqual(expect.any(String));
		expect(settingRows(settings, stack)).toEqual(before);
	});
});

describe('layout', () => {
	test('a body always leaves a row of the terminal free', () => {
		for (let rows = 8; rows < 60; rows++) expect(bodySize(80, rows).height).toBeLessThanOrEqual(rows - 3);
	});

	test('important keys stay when there is little room', () => {
		const keys = [
			{key: '↑↓', does: 'move'},
			{key: 'Enter', does: 'choose', important: true},
			{key: 'q', does: 'quit', important: true},
		];
		expect(fitKeys(keys, 80)).toEqual(keys);
		expect(fitKeys(keys, 24).map(({key}) => key)).toEqual(['Enter', 'q']);
	});

	test('the widest column of a table gives way', () => {
		expect(fitColumns([10, 40, 8], 40)).toEqual([10, 18, 8]);
		expect(fitColumns([3, 4], 40)).toEqual([3, 4]);
	});
});

test('signs are plain where the terminal is', () => {
	expect(chooseSymbols({LANG: 'en_US.UTF-8'}).ok).toBe('✓');
	expect(chooseSymbols({}).ok).toBe('✓');
	expect(chooseSymbols({LANG: 'en_US.ISO-8859-1'}).ok).toBe('+');
	expect(chooseSymbols({LC_ALL: 'C', LANG: 'en_US.UTF-8'}).ok).toBe('+');
	expect(chooseSymbols({TERM: 'linux', LANG: 'en_US.UTF-8'}).ok).toBe('+');
});
