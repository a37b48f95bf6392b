import {describe, expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import {keys} from '../helpers/ink.js';
import {
	createGate,
	fakeBackup,
	fakeDatabase,
	fakeService,
	fakeServices,
	fakeSettings,
	fakeStack,
} from '../helpers/wizard.js';
import {openWizard, sizes, tallestFrame} from '../helpers/wizard-screen.js';

const troubled = fakeStack({
	databases: [fakeDatabase({health: 'unhealthy'})],
	services: [
		...fakeStack().services,
		fakeService('worker', {role: 'worker', state: 'restarting', restartCount: 14}),
		fakeService('cache', {role: 'cache', state: 'exited', exitCode: 137}),
	],
	warnings: [
		{code: 'port-open', message: 'The database port 5432 is open to the world', hint: 'Bind it to 127.0.0.1'},
		{code: 'disk-low', message: 'The disk is nearly full: 1.2 GB left', hint: 'Make room before the next backup'},
		{code: 'no-volume', message: 'The data of postgres has no volume', hint: 'Give it one'},
		{code: 'no-backup', message: 'There is no backup yet', hint: 'Make one'},
		{code: 'weak', message: 'POSTGRES_PASSWORD is a default value', hint: 'Change it'},
	],
});

function remembering(...backups: Parameters<typeof fakeBackup>[0][]) {
	return fakeServices({settings: fakeSettings(backups.map(change => fakeBackup(change)))});
}

describe.each(sizes)('home, %s', (_name, size) => {
	test('a stack that is well', async () => {
		const screen = openWizard({services: remembering({})}, size);
		expect(await screen.waitFor('verified')).toMatchSnapshot();
	});

	test('a stack in trouble, without a backup', async () => {
		const screen = openWizard(
			{
				detect: async () => troubled,
			},
			size,
		);
		expect(await screen.waitFor('None yet')).toMatchSnapshot();
	});

	test('all warnings, the history and the keys', async () => {
		const services = remembering({}, {createdAt: '2026-06-01T02:00:00Z', verified: null, encrypted: true});
		const screen = openWizard(
			{
				services,
				detect: async () => troubled,
			},
			size,
		);
		await screen.waitFor('verified');
		screen.send('w');
		expect(await screen.waitFor('Bind it to')).toMatchSnapshot();
		screen.send(keys.escape);
		await screen.waitFor('Back up');
		screen.send('h');
		expect(await screen.waitFor('Made')).toMatchSnapshot();
		screen.send(keys.escape);
		await screen.waitFor('Back up');
		screen.send('?');
		expect(await screen.waitFor('Everywhere')).toMatchSnapshot();
	});
});

test('what is known is shown while the rest arrives', async () => {
	const rest = createGate();
	const screen = openWizard({
		async detect(_target, {onPartial}) {
			// The files alone: nobody knows yet what runs.
			onPartial(fakeStack({databases: [], engineReached: false}));
			await rest.opened;
			return fakeStack();
		},
	});
	const frame = await screen.waitFor('migrate');
	expect(frame).toMatch(/Database +● Looking/);
	expect(frame).toMatch(/● app +app +Looking/);
	rest.open();
	expect(await screen.waitFor('17.11')).toContain('/srv/clerq');
});

test('looking again keeps what is known and says when it fails', async () => {
	let looks = 0;
	const screen = openWizard({
		async detect() {
			if (looks++ > 0) throw new AppError('engine-unreachable', 'The engine does not answer');
			return fakeStack();
		},
	});
	await screen.waitFor('17.11');
	screen.send('r');
	expect(await screen.waitFor('Looking failed: The engine does not answer')).toContain('17.11');
});

test('why looking failed is readable to its end on a narrow terminal', async () => {
	const screen = openWizard(
		{
			async detect(_target, {onPartial}) {
				onPartial(fakeStack({engineReached: false}));
				throw new AppError('engine-unreachable', 'The Docker engine does not answer at unix:///var/run/docker.sock');
			},
		},
		{columns: 40, rows: 24},
	);
	const frame = await screen.waitFor('Looking failed');
	expect(frame.replaceAll(/\s+/g, ' ')).toContain('does not answer at unix:///var/run/docker.sock');
});

test.each([8, 10, 12, 16, 20, 24])('never as tall as a terminal of %i rows', async rows => {
	const many = Array.from({length: 30}, (_, index) => fakeService(`service-${index}`));
	const screen = openWizard(
		{
			detect: async () => ({...troubled, services: many}),
		},
		{columns: 60, rows},
	);
	await screen.waitFor('Restore');
	screen.send('w');
	await screen.waitFor('Warnings');
	await screen.press('?');
	expect(tallestFrame(screen)).toBeLessThan(rows);
});

test('names from outside cannot drive the terminal', async () => {
	const evil = '\u001B]0;owned\u0007app\u001B[2J\u009B5mx\rworse';
	const screen = openWizard({
		detect: async () => fakeStack({project: evil, services: [fakeService(evil)]}),
	});
	await screen.waitFor('17.11');
	const written = screen.written().join('');
	expect(written).toContain('worse');
	expect(written).not.toMatch(/owned|\u0007|\u009B|\u001B\[2J|\r/);
});

test('a screen reader hears words and no spinner', async () => {
	const screen = openWizard({}, {isScreenReaderEnabled: true});
	expect(await screen.waitFor('None yet')).toMatchSnapshot();
	expect(screen.written().join('')).not.toMatch(/[⠋⠙⠹⠸]/);
});

test('q leaves with 0, Ctrl+C with 130', async () => {
	const first = openWizard();
	await first.waitFor('17.11');
	first.send('q');
	await first.waitUntilExit();
	expect(first.exitCodes).toEqual([0]);
	const second = openWizard();
	await second.waitFor('17.11');
	second.send(keys.ctrlC);
	await second.waitUntilExit();
	expect(second.exitCodes).toEqual([130]);
	expect(second.isRaw()).toBe(false);
});
