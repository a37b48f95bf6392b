import {describe, expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import type {Question} from '../../source/flows/flow.js';
import {offerRollback} from '../../source/flows/rollback/offer.js';
import type {OperationEvent} from '../../source/operation.js';
import {keys} from '../helpers/ink.js';
import {createGate, type FakeFlowParts, fakeEntries, fakeFlow, fakeServices, runBehindGate} from '../helpers/wizard.js';
import {openWizard, sizes, tallestFrame} from '../helpers/wizard-screen.js';

const questions: readonly Question[] = [
	{
		id: 'databases',
		title: 'Which databases should be saved?',
		flag: '--database',
		kind: 'choices',
		choices: [
			{value: 'clerq', label: 'clerq', hint: '886 kB'},
			{value: 'audit', label: 'audit', hint: '12 GB'},
		],
		initial: ['clerq', 'audit'],
	},
	{
		id: 'place',
		title: 'Where should the backup go?',
		flag: '--output',
		kind: 'choice',
		choices: [
			{value: './backups', label: './backups', hint: 'beside the compose file'},
			{value: '/mnt/nas', label: '/mnt/nas', hint: 'another disk'},
		],
	},
	{
		id: 'passphrase',
		title: 'Which passphrase should protect the bundle?',
		hint: 'Without it nobody can restore the backup, not even you.',
		flag: '--passphrase-file',
		kind: 'text',
		secret: true,
		optional: true,
	},
	{
		id: 'volumes',
		title: 'Should the files in volumes be saved too?',
		flag: '--volumes',
		kind: 'confirm',
		initial: true,
	},
];

const halfWay: readonly OperationEvent[] = [
	{type: 'step-started', step: 'roles', title: 'Save roles and grants', canCancel: true},
	{type: 'step-finished', step: 'roles', title: 'Roles and grants saved'},
	{type: 'step-started', step: 'dump', title: 'Dump database clerq', canCancel: true},
	{
		type: 'step-progress',
		step: 'dump',
		done: 412e6,
		total: 860e6,
		isEstimate: true,
		unit: 'bytes',
		current: 'public.invoices',
	},
	{type: 'log', source: 'pg_dump', stream: 'stderr', line: 'dumping contents of table "public.invoices"'},
	{type: 'log', source: 'pg_dump', stream: 'stderr', line: '\u001B[31mred\u001B[0m and a bell\u0007'},
	{type: 'warning', message: 'Table public.cache is unlogged: its rows are not in the dump'},
];

/** Failures of a backup, in the words in which they reach the screen. */
const failures: readonly (readonly [what: string, error: AppError])[] = [
	[
		'a table that may not be read',
		new AppError('dump-failed', 'pg_dump may not read table invoices', {
			hint: 'Dump as a superuser',
			fix: ['lifeboat', 'backup', '--user', 'postgres'],
			details: ['pg_dump: error: permission denied for table invoices'],
		}),
	],
	[
		'the disk is full',
		new AppError('disk-full', '/srv/clerq/backups/clerq-20260614T020000Z.zip cannot be written: the disk is full', {
			hint: 'Free space there, or choose another folder with --output',
			fix: ['df', '-h', '/srv/clerq/backups'],
		}),
	],
	[
		'a lock that another session holds',
		new AppError(
			'lock-timeout',
			'psql of clerq (process 2315) has locked clients for 67 s and keeps clerq from being dumped',
			{
				hint: 'Wait until that session has finished, or end it; then try again',
				fix: [
					'docker',
					'exec',
					'9e5a761872fe',
					'psql',
					'-U',
					'clerq',
					'-d',
					'clerq',
					'-c',
					'SELECT pg_terminate_backend(2315)',
				],
				details: ['pg_dump: error: query failed: ERROR:  canceling statement due to statement timeout'],
			},
		),
	],
];

function openFlow(parts: FakeFlowParts, size = {}) {
	return openWizard({entries: fakeEntries(fakeFlow(parts))}, size);
}

async function openReview(parts: FakeFlowParts, size = {}) {
	const screen = openFlow(parts, size);
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	await screen.waitFor('Back up clerq into');
	return screen;
}

describe.each(sizes)('a flow, %s', (_name, size) => {
	test('questions, one by one, and back again with the answers given', async () => {
		const screen = openFlow({questions}, size);
		await screen.waitFor('17.11');
		screen.send(keys.enter);
		expect(await screen.waitFor('Which databases')).toMatchSnapshot();
		await screen.press(keys.down);
		await screen.press(keys.space);
		screen.send(keys.enter);
		expect(await screen.waitFor('Where should')).toMatchSnapshot();
		await screen.press(keys.down);
		screen.send(keys.enter);
		await screen.waitFor('Which passphrase');
		screen.send('s3cret q?');
		expect(await screen.waitFor('•••••••••')).toMatchSnapshot();
		screen.send(keys.enter);
		expect(await screen.waitFor('Should the files')).toMatchSnapshot();
		screen.send(keys.escape);
		await screen.waitFor('Which passphrase');
		screen.send(keys.escape);
		expect(await screen.waitFor('Where should')).toContain('❯ /mnt/nas');
		screen.send(keys.escape);
		expect(await screen.waitFor('Which databases')).toMatch(/\[x] clerq[\s\S]*\[ ] audit/);
		screen.send(keys.escape);
		await screen.waitFor('17.11');
	});

	test('the review of a plan that destroys nothing', async () => {
		const screen = await openReview({}, size);
		expect(screen.frame()).toMatchSnapshot();
	});

	test('the review of a plan that destroys data wants its name typed', async () => {
		const screen = await openReview(
			{
				review: {
					destroys: ['Everything written to clerq since 2026-06-13 23:00 UTC'],
					confirmWord: 'clerq',
					needsConsent: true,
					warnings: [{message: 'The bundle comes from PostgreSQL 16', hint: 'The server is 17: that works'}],
					diff: ['--- .env', '+++ .env', '@@ -1,2 +1,2 @@', ' POSTGRES_USER=clerq', '-PORT=1', '+PORT=2'],
				},
			},
			size,
		);
		expect(screen.frame()).toMatchSnapshot();
		screen.send('Clerq');
		await screen.waitFor('❯ Clerq');
		screen.send(keys.enter);
		await screen.waitFor('That is not “clerq”');
		screen.send(keys.ctrlU);
		await screen.waitFor(/❯\s*\n/);
		screen.send('clerq\r');
		await screen.waitFor('Backup finished');
	});

	test('a run half way, then its outcome', async () => {
		const gate = createGate();
		const screen = await openReview({run: (_plan, signal) => runBehindGate(halfWay, gate.opened, signal)}, size);
		screen.send(keys.enter);
		await screen.waitFor('unlogged');
		expect(await screen.waitFor('412 MB of about 860 MB')).toMatchSnapshot();
		expect(screen.written().join('')).not.toContain('\u0007');
		gate.open();
		expect(await screen.waitFor('Backup finished')).toMatchSnapshot();
		screen.send(keys.enter);
		expect(await screen.waitFor('17.11')).toContain('Backup finished');
	});

	test.each(failures)('a run that fails: %s', async (_what, error) => {
		const screen = await openReview(
			{
				async *run() {
					yield* halfWay;
					throw error;
				},
			},
			size,
		);
		screen.send(keys.enter);
		expect(await screen.waitFor('Try again')).toMatchSnapshot();
		expect(tallestFrame(screen)).toBeLessThan(24);
		screen.send('q');
		await screen.waitUntilExit();
		expect(screen.exitCodes).toEqual([1]);
	});
});

test('Ctrl+C cancels the run and shows that nothing happened; the next one leaves with 130', async () => {
	const screen = await openReview({run: (_plan, signal) => runBehindGate(halfWay, createGate().opened, signal)});
	screen.send(keys.enter);
	await screen.waitFor('412 MB');
	screen.send('q');
	screen.send(keys.escape);
	screen.send(keys.ctrlC);
	expect(await screen.waitFor('nothing was changed')).toMatchSnapshot();
	expect(screen.exitCodes).toEqual([]);
	screen.send(keys.ctrlC);
	await screen.waitUntilExit();
	expect(screen.exitCodes).toEqual([130]);
});

test('a step that must not be cut short is finished first', async () => {
	const gate = createGate();
	const screen = await openReview({
		async *run(_plan, signal) {
			yield {type: 'step-started', step: 'switch', title: 'Switch the databases', canCancel: false};
			await gate.opened;
			signal.throwIfAborted();
		},
	});
	screen.send(keys.enter);
	await screen.waitFor('must not be cut short');
	screen.send(keys.ctrlC);
	expect(await screen.waitFor('Finishing this step')).toMatchSnapshot();
	gate.open();
	await screen.waitFor('Cancelled');
});

test('answers raise new questions, and no question comes twice', async () => {
	const flow = fakeFlow();
	const asked: unknown[] = [];
	const screen = openWizard({
		entries: fakeEntries({
			...flow,
			async questions(_stack: unknown, given: Record<string, unknown>) {
				asked.push(given);
				return given['mode'] === 'in-place'
					? [{id: 'sure', title: 'Is the application stopped?', flag: '--stopped', kind: 'confirm', initial: false}]
					: [
							{
								id: 'mode',
								title: 'How should it be restored?',
								flag: '--in-place',
								kind: 'choice',
								choices: [
									{value: 'switch', label: 'Beside the live data'},
									{value: 'in-place', label: 'In place'},
								],
							},
						];
			},
		}),
	});
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	await screen.waitFor('How should');
	// An arrow and Enter in one packet, as on a slow line.
	screen.send(keys.down + keys.enter);
	await screen.waitFor('Is the application stopped?');
	screen.send(keys.enter);
	await screen.waitFor('What will happen');
	expect(asked).toEqual([{}, {mode: 'in-place'}, {mode: 'in-place', sure: false}]);
});

test('a plan that cannot be made says why and can be tried again', async () => {
	let attempts = 0;
	const screen = openFlow({
		async prepare() {
			if (attempts++ === 0) throw new AppError('disk-low', 'The disk has 1 GB left; the backup needs 2 GB');
			return {};
		},
	});
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	await screen.waitFor('needs 2 GB');
	screen.send(keys.enter);
	await screen.waitFor('What will happen');
});

test('what would fail the same way again offers the way home alone', async () => {
	const screen = openFlow({
		async prepare() {
			throw new AppError('nothing-to-roll-back', 'There is nothing to roll back');
		},
	});
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	expect(await screen.waitFor('There is nothing to roll back')).not.toContain('Try again');
	screen.send(keys.enter);
	await screen.waitFor('17.11');
});

test('a flow named on the command line is opened at once and its code is the exit code', async () => {
	const flow = fakeFlow({outcome: {status: 'problems', title: 'Two tables differ'}});
	const screen = openWizard({initial: {flow, given: {place: './backups'}}});
	await screen.waitFor('What will happen');
	screen.send(keys.enter);
	await screen.waitFor('Two tables differ');
	screen.send(keys.enter);
	await screen.waitUntilExit();
	expect(screen.exitCodes).toEqual([4]);
});

test('the outcome proposes a flow of the menu, opened with what is known', async () => {
	const given: unknown[] = [];
	const verify = {
		...fakeFlow({id: 'verify', title: 'Verify a backup'}),
		async questions(_stack: unknown, known: unknown) {
			given.push(known);
			return [];
		},
	};
	const next = [
		{text: 'See that it restores', flow: {id: 'verify', given: {file: 'a.zip'}}},
		{text: 'Not in this menu', flow: {id: 'unknown', given: {}}},
	];
	const screen = openWizard({
		entries: [
			...fakeEntries(fakeFlow({outcome: {next}})),
			{kind: 'flow', label: 'Verify a backup', hint: '', flow: verify},
		],
	});
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	await screen.waitFor('What will happen');
	screen.send(keys.enter);
	expect(await screen.waitFor('❯ See that it restores')).not.toContain('  Not in this menu');
	screen.send(keys.enter);
	await screen.waitFor('› Verify a backup');
	await screen.waitFor('What will happen');
	expect(given.at(-1)).toEqual({file: 'a.zip'});
});

test('what takes back a success stands below the way home: Enter alone never begins it', async () => {
	const outcome = {next: [offerRollback('If something is wrong, go back')]};
	const entries = [
		...fakeEntries(fakeFlow({outcome})),
		{kind: 'flow', label: 'Roll back', hint: '', flow: fakeFlow({id: 'rollback', title: 'Roll back'})} as const,
	];
	const screen = openWizard({entries});
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	await screen.waitFor('What will happen');
	screen.send(keys.enter);
	expect(await screen.waitFor('❯ Back to the start')).toMatch(/Back to the start\s+If something is wrong, go back/);
	await screen.press(keys.down);
	screen.send(keys.enter);
	await screen.waitFor('› Roll back');
});

test('answers are remembered for the stack, secrets are not', async () => {
	const services = fakeServices();
	const entries = fakeEntries(fakeFlow({questions})).map(entry => ({...entry, remembers: true}));
	const first = openWizard({services, entries});
	await first.waitFor('17.11');
	first.send(keys.enter);
	await first.waitFor('Which databases');
	first.send(keys.down + keys.space + keys.enter);
	await first.waitFor('Where should');
	first.send(keys.down + keys.enter);
	await first.waitFor('Which passphrase');
	first.send('hunter2\r');
	await first.waitFor('Should the files');
	first.send(keys.enter);
	await first.waitFor('What will happen');
	first.send(keys.enter);
	await first.waitFor('Backup finished');
	expect(services.settings.stack('clerq', '/srv/clerq').answers).toEqual({
		backup: {databases: ['clerq'], place: '/mnt/nas', volumes: true},
	});
	const second = openWizard({services, entries});
	await second.waitFor('17.11');
	second.send(keys.enter);
	expect(await second.waitFor('Which databases')).toMatch(/\[x] clerq[\s\S]*\[ ] audit/);
	second.send(keys.enter);
	expect(await second.waitFor('Where should')).toContain('❯ /mnt/nas');
});
