import {describe, expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import {rollbackFlow} from '../../source/flows/rollback.js';
import {describeDecision} from '../../source/flows/steps/go-back.js';
import {comesBack} from '../../source/flows/upgrade/go-back.js';
import {describeUpgrade} from '../../source/flows/upgrade/outcome.js';
import {planUpgrade} from '../../source/flows/upgrade/plan.js';
import {reviewUpgrade} from '../../source/flows/upgrade/review.js';
import type {JournalRecord} from '../../source/journal/journal.js';
import type {Operation, OperationEvent} from '../../source/operation.js';
import type {Services} from '../../source/services.js';
import type {WizardFlow} from '../../source/ui/wizard.js';
import {answersWith, clerqStack, factsWith} from '../flows/upgrade-fixture.js';
import {keys} from '../helpers/ink.js';
import {createGate, fakeEntries, fakeFlow, runBehindGate} from '../helpers/wizard.js';
import {openWizard, sizes, tallestFrame, type WizardScreen} from '../helpers/wizard-screen.js';

const plan = planUpgrade(clerqStack, answersWith(), factsWith());

const done = (step: string, title: string): readonly OperationEvent[] => [
	{type: 'step-started', step, title, canCancel: true},
	{type: 'step-finished', step},
];
const migrating: readonly OperationEvent[] = [
	...done('dump', 'Dump clerq'),
	...done('keep-images', 'Keep the images that run now'),
	...done('code', 'Bring the code to v2.4.0'),
	...done('build', 'Build the new images'),
	...done('stop', 'Stop what writes to the database'),
	...done('copy', 'Copy clerq as the way back'),
	{type: 'step-started', step: 'migrate', title: 'Run the migrations', canCancel: true},
	{type: 'log', source: 'migrate', stream: 'stdout', line: 'applying 0003_vat_numbers'},
	{type: 'log', source: 'migrate', stream: 'stdout', line: 'Migration failed: relation "workspaces" does not exist'},
];
const failure = new AppError(
	'operation-failed',
	'The service migrate ends with exit code 1: the migrations did not run',
);
const diagnosis = {
	findings: [],
	tellingLines: [],
	text: [
		'1. migration-failed in migrate',
		'   A migration of migrate stopped with an SQL error; the first error in its log is the reason, later ones follow from it.',
		'   > migrate log: Migration failed: relation "workspaces" does not exist',
		'   Before the next try: Remove the reason of the SQL error, then run again',
	],
};

/** The real plan, review and decision; a run that fails in its migrations when the gate opens. */
function upgradeWith(gate: Promise<void>, answers: string[]): WizardFlow {
	return {
		...fakeFlow({id: 'upgrade', title: 'Upgrade'}),
		prepare: async () => plan,
		review: () => reviewUpgrade(plan),
		outcome: () =>
			describeUpgrade({
				plan,
				changed: true,
				backup: '/srv/clerq/backups/clerq-20260614T020000Z.zip',
				images: {},
				migrations: {before: 3, after: 4},
				health: {ok: true, checks: []},
				outageMs: 8700,
			}),
		async *run(_plan: unknown, services: Services, signal: AbortSignal): Operation<unknown> {
			yield* migrating;
			await gate;
			const answer = await services.ask?.(describeDecision('clerq', comesBack, failure, diagnosis), signal);
			answers.push(answer ?? 'nobody');
			if (answer === 'leave') throw failure;
			yield* done('undo-copies', 'Switch back to the data from before');
			throw new AppError('upgrade-failed', failure.message, {
				hint: 'The previous version runs again with the data from before',
				details: diagnosis.text,
			});
		},
	};
}

async function openUpgrade(size: object) {
	const gate = createGate();
	const answers: string[] = [];
	const screen = openWizard({entries: fakeEntries(upgradeWith(gate.opened, answers))}, size);
	await screen.waitFor('17.11');
	screen.send(keys.enter);
	const review = await screen.waitFor('Upgrade clerq to v2.4.0');
	return {screen, gate, answers, review};
}

/** The review begins with its way out. */
async function start(screen: WizardScreen): Promise<void> {
	await screen.press(keys.down);
	screen.send(keys.enter);
}

describe.each(sizes)('an upgrade, %s', (_name, size) => {
	test('plan, run, failure with its reason and the question, and the way back', async () => {
		const {screen, gate, answers, review} = await openUpgrade(size);
		expect(review).toMatchSnapshot('plan');
		await start(screen);
		expect(await screen.waitFor('Migration failed')).toMatchSnapshot('run');
		gate.open();
		expect(await screen.waitFor('Shall everything go back')).toMatchSnapshot('failure');
		screen.send(keys.enter);
		expect(await screen.waitFor('Try again')).toMatchSnapshot('rolled back');
		expect(answers).toEqual(['back']);
		expect(tallestFrame(screen)).toBeLessThan(24);
	});

	test('taken back later: what comes back, what it costs, and where the newer data stays', async () => {
		const record: JournalRecord = {
			version: 1,
			id: plan.id,
			operation: 'upgrade',
			title: plan.title,
			project: 'clerq',
			directory: '/srv/clerq',
			startedAt: '2026-06-14T02:00:00.000Z',
			finishedAt: '2026-06-14T02:03:00.000Z',
			phase: 'finished',
			undo: [{kind: 'copies', data: []}],
			data: {
				databases: plan.wayBack.map(one => ({
					...one,
					server: {
						project: 'clerq',
						target: clerqStack.target,
						service: one.service,
						user: 'clerq',
						database: one.name,
					},
				})),
				keepWriting: false,
				tags: [],
			},
		};
		const gate = createGate();
		const flow = fakeFlow({
			id: 'rollback',
			title: 'Roll back',
			review: rollbackFlow.review({stack: clerqStack, record, action: 'roll-back'}),
			outcome: {
				table: undefined,
				...rollbackFlow.outcome({
					...record,
					action: 'undone',
					databases: [{service: 'postgres', name: 'clerq', kept: 'clerq_failed_20260614t020000z'}],
					health: {ok: true, checks: []},
					notes: ['The data written since the upgrade is kept beside, until `lifeboat rollback --drop`.'],
				}),
			},
			run: (_plan, signal) => runBehindGate(done('undo-stop', 'Stop the application'), gate.opened, signal),
		});
		const screen = openWizard({entries: fakeEntries(flow)}, size);
		await screen.waitFor('17.11');
		screen.send(keys.enter);
		expect(await screen.waitFor('Bring back the data')).toMatchSnapshot('review');
		await start(screen);
		await screen.waitFor('Stop the application');
		gate.open();
		expect(await screen.waitFor('as it was before')).toMatchSnapshot('outcome');
		expect(tallestFrame(screen)).toBeLessThan(24);
	});

	test('it can be left as it is', async () => {
		const {screen, gate, answers} = await openUpgrade(size);
		await start(screen);
		await screen.waitFor('Migration failed');
		gate.open();
		await screen.waitFor('Shall everything go back');
		await screen.press(keys.down);
		screen.send(keys.enter);
		await screen.waitFor('Try again');
		expect(answers).toEqual(['leave']);
	});

	test('Ctrl+C at the question goes back', async () => {
		const {screen, gate, answers} = await openUpgrade(size);
		await start(screen);
		await screen.waitFor('Migration failed');
		gate.open();
		await screen.waitFor('Shall everything go back');
		screen.send(keys.ctrlC);
		await screen.waitFor('Switch back to the data');
		expect(answers).toEqual(['back']);
	});
});
