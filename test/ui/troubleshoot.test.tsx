import {describe, expect, test, vi} from 'vitest';
import {AppError} from '../../source/errors.js';
import type {Diagnosis, Troubleshoot, WizardEntry} from '../../source/ui/wizard.js';
import {keys} from '../helpers/ink.js';
import {createGate, fakeFlow, runBehindGate} from '../helpers/wizard.js';
import {openWizard, sizes} from '../helpers/wizard-screen.js';

const diagnosis: Diagnosis = {
	findings: [
		{
			cause: 'db-auth-failed',
			service: 'app',
			confidence: 'high',
			summary: 'The database refuses the password that app sends',
			explanation:
				'POSTGRES_PASSWORD was changed after the database had been created: the server still has the old password.',
			evidence: [
				{source: 'app log', text: 'password authentication failed for user "clerq"'},
				{source: 'probe from app', text: 'login refused; the network is fine'},
			],
			consequences: [
				{service: 'migrate', summary: 'stops with exit code 1'},
				{service: 'worker', summary: 'keeps restarting'},
			],
			fixes: [
				{
					id: 'recreate-volume',
					title: 'Start with an empty database',
					destructive: true,
					steps: ['Delete the volume pgdata'],
				},
				{
					id: 'align-role-password',
					title: 'Set the password of role clerq to what .env says',
					destructive: false,
					steps: ['ALTER ROLE clerq PASSWORD …', 'Restart app'],
				},
			],
		},
		{
			cause: 'disk-low',
			service: null,
			confidence: 'low',
			summary: 'The disk is nearly full',
			evidence: [{source: 'host', text: '1.2 GB of 40 GB left'}],
			fixes: [],
		},
	],
};

const gathering = {type: 'step-started', step: 'gather', title: 'Gather evidence', canCancel: true} as const;

/** A diagnosis that tells how often it was made. */
function counted() {
	let times = 0;
	return {
		async *diagnose() {
			times++;
			yield gathering;
			return diagnosis;
		},
		times: () => times,
	};
}

const fixFlow = fakeFlow({
	id: 'fix-align-role-password',
	title: 'Fix the password',
	review: {
		title: 'Set the password of role clerq',
		facts: [['Restarts', 'app']],
		steps: [{title: 'ALTER ROLE clerq PASSWORD (from POSTGRES_PASSWORD)'}],
		diff: [
			'--- .env',
			'+++ .env',
			'@@ -3,1 +3,1 @@',
			'-DATABASE_URL=postgres://clerq:***@localhost',
			'+DATABASE_URL=postgres://clerq:***@postgres',
		],
	},
	outcome: {title: 'app is healthy again', facts: [['app', 'running, healthy for 20 s']], next: []},
});

function troubleshootEntry(change: Partial<Troubleshoot> = {}): readonly WizardEntry[] {
	return [
		{
			kind: 'troubleshoot',
			label: 'Troubleshoot',
			hint: 'Find out what is wrong and fix it',
			troubleshoot: {
				async *diagnose() {
					yield gathering;
					return diagnosis;
				},
				fix: (_finding, fix) => (fix.destructive ? undefined : fixFlow),
				...change,
			},
		},
	];
}

async function openTroubleshoot(change: Partial<Troubleshoot> = {}, size = {}) {
	const screen = openWizard({entries: troubleshootEntry(change)}, size);
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	return screen;
}

describe.each(sizes)('troubleshoot, %s', (_name, size) => {
	test('findings, a finding, its fix with the diff, and the outcome', async () => {
		const screen = await openTroubleshoot({}, size);
		expect(await screen.waitFor('2 problems were found')).toMatchSnapshot();
		screen.send(keys.enter);
		expect(await screen.waitFor('What can be done')).toMatchSnapshot();
		screen.send(keys.enter);
		expect(await screen.waitFor('Restarts')).toMatchSnapshot();
		screen.send(keys.enter);
		expect(await screen.waitFor('app is healthy again')).toMatchSnapshot();
		screen.send(keys.enter);
		await screen.waitFor('17.11');
	});

	test('a stack that is well', async () => {
		const screen = await openTroubleshoot(
			{
				async *diagnose() {
					yield gathering;
					return {findings: [], checked: ['3 services', 'the last 400 lines of each', 'the answers of the server']};
				},
			},
			size,
		);
		expect(await screen.waitFor('No problem found')).toMatchSnapshot();
	});

	test('no cause fits', async () => {
		const screen = await openTroubleshoot(
			{
				async *diagnose() {
					yield gathering;
					return {findings: [], telling: [{source: 'app log', text: 'E_FROBNICATE: the frob is out of order'}]};
				},
				saveEvidence: () => fakeFlow({id: 'save-evidence', title: 'Save a support bundle'}),
			},
			size,
		);
		expect(await screen.waitFor('No known cause fits')).toMatchSnapshot();
	});
});

test('a destructive fix never comes first, and one without a flow is described', async () => {
	const screen = await openTroubleshoot();
	await screen.waitFor('2 problems were found');
	screen.send(keys.enter);
	expect(await screen.waitFor('What can be done')).toMatch(
		/Set the password[\s\S]*Start with an empty database \(can lose data\)/,
	);
	screen.send(keys.down + keys.enter);
	expect(await screen.waitFor('make a backup first')).toContain('1  Delete the volume pgdata');
	screen.send(keys.escape);
	await screen.waitFor('What can be done');
	screen.send(keys.escape);
	await screen.waitFor('2 problems were found');
});

test('the way back from the review of a fix leads to the findings, without diagnosing again', async () => {
	const {diagnose, times} = counted();
	const screen = await openTroubleshoot({
		diagnose,
	});
	await screen.waitFor('2 problems were found');
	screen.send(keys.enter);
	await screen.waitFor('What can be done');
	screen.send(keys.enter);
	await screen.waitFor('Restarts');
	screen.send(keys.escape);
	await screen.waitFor('2 problems were found');
	expect(times()).toBe(1);
});

test('after a fix that leaves a problem the next step is to diagnose again', async () => {
	const {diagnose, times} = counted();
	const left = fakeFlow({id: 'fix-x', outcome: {status: 'problems', title: 'Another one shows now', next: []}});
	const screen = await openTroubleshoot({
		diagnose,
		fix: () => left,
	});
	await screen.waitFor('2 problems were found');
	screen.send(keys.enter);
	await screen.waitFor('What can be done');
	screen.send(keys.enter);
	await screen.waitFor('Go back');
	screen.send(keys.enter);
	expect(await screen.waitFor('Another one shows now')).toContain('❯ Look at what is left');
	screen.send(keys.enter);
	await screen.waitFor('2 problems were found');
	expect(times()).toBe(2);
});

test('from a saved bundle the way leads back to the problems, which are still known', async () => {
	const {diagnose, times} = counted();
	const screen = await openTroubleshoot({
		diagnose,
		saveEvidence: () => fakeFlow({id: 'save', outcome: {title: 'The bundle is written', next: []}}),
	});
	await screen.waitFor('2 problems were found');
	screen.send(keys.down + keys.down + keys.enter);
	await screen.waitFor('Review');
	screen.send(keys.enter);
	expect(await screen.waitFor('The bundle is written')).toContain('❯ Back to the problems');
	screen.send(keys.enter);
	await screen.waitFor('2 problems were found');
	expect(times()).toBe(1);
});

test('Escape leaves a diagnosis that takes long, and it is aborted', async () => {
	let signal: AbortSignal | undefined;
	const screen = await openTroubleshoot({
		diagnose(_stack, _services, given) {
			signal = given;
			const events = [{type: 'step-started', step: 'probe', title: 'Probe connections', canCancel: true}] as const;
			return runBehindGate(events, createGate().opened, given, {findings: []}) as ReturnType<Troubleshoot['diagnose']>;
		},
	});
	expect(await screen.waitFor('Probe connections')).toMatchSnapshot();
	screen.send(keys.escape);
	await screen.waitFor('17.11');
	await vi.waitFor(() => expect(signal?.aborted).toBe(true));
});

test('a diagnosis that fails says why', async () => {
	const screen = await openTroubleshoot({
		async *diagnose() {
			yield gathering;
			throw new AppError('engine-unreachable', 'The engine stopped answering');
		},
	});
	expect(await screen.waitFor('The engine stopped answering')).toContain('Try again');
});
