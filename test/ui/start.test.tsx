import {describe, expect, test} from 'vitest';
import type {ComposeTarget} from '../../source/engine/types.js';
import {AppError, type ErrorCode} from '../../source/errors.js';
import type {ProjectChoice, Recovery} from '../../source/ui/wizard.js';
import {keys} from '../helpers/ink.js';
import {fakeFlow, fakeService, fakeServices, fakeStack, fakeTarget} from '../helpers/wizard.js';
import {openWizard, sizes} from '../helpers/wizard-screen.js';

const projects: readonly ProjectChoice[] = [
	{name: 'clerq', directory: '/srv/clerq', status: '3 of 3 running', target: {...fakeTarget, projectName: 'clerq'}},
	{name: 'tracearr', directory: null, status: 'stopped', target: {...fakeTarget, projectName: 'tracearr'}},
];

const failures: readonly (readonly [ErrorCode, string, string])[] = [
	['engine-unreachable', 'The Docker engine does not answer at unix:///var/run/docker.sock', 'press r'],
	['engine-permission-denied', 'Your user may not talk to /var/run/docker.sock', 'usermod -aG docker'],
	['docker-cli-missing', 'There is no docker command', 'docs.docker.com'],
	['compose-missing', 'docker has no compose command', 'press r'],
	[
		'compose-file-invalid',
		'docker-compose.yml cannot be read: services.app must be a mapping',
		'docker compose config',
	],
];

describe.each(sizes)('start, %s', (_name, size) => {
	test.each(failures)('%s: what to type, and a key to try again', async (code, message, advice) => {
		let looks = 0;
		const screen = openWizard(
			{
				async detect() {
					if (looks++ === 0) throw new AppError(code, message, {details: ['as the tool said it']});
					return fakeStack();
				},
			},
			size,
		);
		const frame = await screen.waitFor('try again');
		expect(frame.replaceAll(/\s+/g, ' ')).toContain(advice);
		expect(frame.replace(/systemctl[^\n]*|sudo apt-get[^\n]*|usermod[^\n]*/, 'COMMAND')).toMatchSnapshot();
		screen.send('r');
		await screen.waitFor('17.11');
	});

	test('the choice among the projects of the engine', async () => {
		const targets: ComposeTarget[] = [];
		const screen = openWizard(
			{
				projects: async () => projects,
				async detect(target) {
					targets.push(target);
					if (!target.projectName) throw new AppError('stack-not-found', 'There is no compose file in /home/me');
					return fakeStack({project: target.projectName});
				},
			},
			size,
		);
		expect(await screen.waitFor('tracearr')).toMatchSnapshot();
		screen.send(keys.down + keys.enter);
		await screen.waitFor('› tracearr');
		expect(targets.at(-1)?.projectName).toBe('tracearr');
	});

	test('a flow is opened while only the files are known, and the look fails: said there, and tried again', async () => {
		let looks = 0;
		const screen = openWizard(
			{
				async detect(_target, {onPartial}) {
					if (looks++ > 0) return fakeStack();
					onPartial?.(fakeStack({engineReached: false}));
					throw new AppError('engine-unreachable', 'The Docker engine does not answer', {hint: 'Start Docker'});
				},
			},
			size,
		);
		await screen.waitFor('Looking failed');
		screen.send(keys.enter);
		expect((await screen.waitFor('Look again')).replaceAll(/\s+/g, ' ')).toContain('Start Docker');
		screen.send(keys.enter);
		await screen.waitFor('Save roles');
	});

	test('no PostgreSQL', async () => {
		const screen = openWizard(
			{
				detect: async () =>
					fakeStack({databases: [], services: [fakeService('web'), fakeService('api', {image: null})]}),
			},
			size,
		);
		expect(await screen.waitFor('No service of clerq')).toMatchSnapshot();
		screen.send(keys.enter);
		await screen.waitFor('Back up');
	});

	test('work that an earlier run left unfinished', async () => {
		const recovery: Recovery = {
			message: 'A restore into clerq was cut off while the databases were being switched.',
			facts: [
				['Started', '2026-06-14 01:58 UTC'],
				['Live data', 'untouched, as clerq_before_20260614t015800z'],
			],
			choices: [
				{
					label: 'Finish it',
					hint: 'the restored data is complete',
					flow: fakeFlow({title: 'Finish'}),
					given: {finish: true},
				},
				{
					label: 'Undo it',
					hint: 'back to the data from before',
					flow: fakeFlow({title: 'Undo'}),
					given: {finish: false},
				},
			],
		};
		const screen = openWizard({recovery: async () => recovery}, size);
		expect(await screen.waitFor('Unfinished work')).toMatchSnapshot();
		screen.send(keys.down + keys.enter);
		await screen.waitFor('Undo');
		screen.send(keys.escape);
		await screen.waitFor('Back up');
	});

	test('settings', async () => {
		const services = fakeServices();
		const screen = openWizard({services}, size);
		await screen.waitFor('17.11');
		screen.send(keys.up + keys.enter);
		expect(await screen.waitFor('Keep monthly')).toMatchSnapshot();
		screen.send(keys.enter);
		await screen.waitFor('Where should backups go?');
		screen.send('backups\r');
		expect(await screen.waitFor('must be absolute')).toMatchSnapshot();
		screen.send(keys.ctrlU);
		await screen.waitFor(/❯\s*\n/);
		screen.send('/mnt/nas\r');
		await screen.waitFor('/mnt/nas');
		screen.send(keys.down + keys.enter);
		await screen.waitFor(/each backup +yes/);
		expect(services.settings.preferences()).toMatchObject({backupDirectory: '/mnt/nas', verifyAfterBackup: true});
	});
});

test('an engine without projects repeats what is wrong; q ends with the code of the error', async () => {
	const screen = openWizard({
		async detect() {
			throw new AppError('stack-not-found', 'There is no compose file in /home/me');
		},
	});
	await screen.waitFor('path/to/compose.yml');
	screen.send('q');
	await screen.waitUntilExit();
	expect(screen.exitCodes).toEqual([3]);
	expect(screen.frame()).toContain('There is no compose file in /home/me');
});

test('another project can be chosen instead of one that cannot be read, and not be chosen after all', async () => {
	const screen = openWizard({
		projects: async () => projects,
		async detect(target) {
			if (!target.projectName) throw new AppError('compose-file-invalid', 'compose.yml cannot be read');
			return fakeStack({project: target.projectName});
		},
	});
	await screen.waitFor('compose.yml cannot be read');
	screen.send('p');
	await screen.waitFor('tracearr');
	screen.send(keys.escape);
	await screen.waitFor('compose.yml cannot be read');
	screen.send('p');
	await screen.waitFor('tracearr');
	screen.send(keys.enter);
	await screen.waitFor('› clerq');
});

test('unfinished work comes before a flow that was named on the command line', async () => {
	const recovery: Recovery = {
		message: 'A restore was cut off.',
		facts: [],
		choices: [{label: 'Undo it', hint: '', flow: fakeFlow({id: 'rollback', title: 'Roll back'}), given: {}}],
	};
	const screen = openWizard({recovery: async () => recovery, initial: {flow: fakeFlow(), given: {}}});
	await screen.waitFor('A restore was cut off');
	screen.send(keys.enter);
	await screen.waitFor('› Roll back');
	await screen.waitFor('What will happen');
	screen.send(keys.enter);
	await screen.waitFor('Go on');
	screen.send(keys.enter);
	await screen.waitFor('› Back up');
	await screen.waitFor('What will happen');
	screen.send(keys.enter);
	await screen.waitFor('Done');
	screen.send(keys.enter);
	await screen.waitUntilExit();
	expect(screen.exitCodes).toEqual([0]);
});

test('a journal that cannot be read keeps nobody out', async () => {
	const screen = openWizard({
		async recovery() {
			throw new AppError('operation-failed', 'The journal cannot be read');
		},
	});
	await screen.waitFor('Back up');
});
