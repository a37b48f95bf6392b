import {describe, expect, test} from 'vitest';
import {AppError} from '../../source/errors.js';
import {comesBack} from '../../source/flows/major/go-back.js';
import {describeEstimate} from '../../source/flows/major/outage-estimate.js';
import {describeMajor} from '../../source/flows/major/outcome.js';
import {reviewMajor} from '../../source/flows/major/review.js';
import {describeDecision} from '../../source/flows/steps/go-back.js';
import {upgradeChoiceFlow} from '../../source/flows/upgrade-choice.js';
import type {Operation, OperationEvent} from '../../source/operation.js';
import type {Services} from '../../source/services.js';
import type {WizardFlow} from '../../source/ui/wizard.js';
import {samplePlan} from '../flows/major/sample-plan.js';
import {keys} from '../helpers/ink.js';
import {createGate, fakeEntries, fakeFlow, runBehindGate} from '../helpers/wizard.js';
import {openWizard, sizes, tallestFrame} from '../helpers/wizard-screen.js';

const plan = samplePlan();
const result = {
	plan,
	backup: '/srv/clerq/backups/clerq-20260614T020000Z.zip',
	databases: [{name: 'clerq', tables: 17, rows: 5314}],
	settings: {carried: ['work_mem'], left: ['ssl: the certificates lie in the old data folder']},
	indexes: 0,
	health: {ok: true, checks: []},
	outageMs: 41_000,
};

const failure = new AppError(
	'health-failed',
	'On PostgreSQL 18 the application does not become healthy: app (http://localhost:3000/): HTTP 500',
	{hint: 'If it only needs longer than 180 s, say so with --health-timeout'},
);
const reason = [
	'1. db-auth-failed in app',
	'   The password that app gives for the role clerq is not the one that the database has.',
	'   > app log: error: password authentication failed for user "clerq"',
	'   Before the next try: Give the role the password that app uses',
];

const halfWay: readonly OperationEvent[] = [
	{type: 'step-started', step: 'dump', title: 'Dump clerq', canCancel: true},
	{type: 'step-finished', step: 'dump', note: '17 tables, 5314 rows'},
	{type: 'step-started', step: 'new', title: 'Start PostgreSQL 18 beside the stack', canCancel: true},
	{type: 'step-finished', step: 'new', note: '18.1'},
	{type: 'step-started', step: 'rehearse', title: 'Rehearse with the schema alone', canCancel: true},
	{type: 'step-finished', step: 'rehearse', note: 'the new version takes it'},
	{type: 'step-started', step: 'stop', title: 'Stop app', canCancel: true},
	{type: 'step-finished', step: 'stop', note: describeEstimate({backupMs: 7400, startMs: 3000})},
	{type: 'step-started', step: 'move', title: 'Move clerq', canCancel: true},
	{type: 'step-progress', step: 'move', done: 412e6, total: 854e6, isEstimate: true, unit: 'bytes'},
];

describe.each(sizes)('the upgrade of PostgreSQL, %s', (_name, size) => {
	test('plan, run and outcome', async () => {
		const gate = createGate();
		const flow = fakeFlow({
			title: 'Upgrade',
			review: reviewMajor(plan),
			outcome: describeMajor(result),
			run: (_plan, signal) => runBehindGate(halfWay, gate.opened, signal),
		});
		const screen = openWizard({entries: fakeEntries(flow)}, size);
		await screen.waitFor('17.11');
		screen.send(keys.enter);
		expect(await screen.waitFor('Move clerq from')).toMatchSnapshot();
		await screen.press(keys.down);
		screen.send(keys.enter);
		expect(await screen.waitFor('412 MB')).toMatchSnapshot();
		gate.open();
		expect(await screen.waitFor('Old data  ')).toMatchSnapshot();
	});

	test('failure with its reason, the question, and the way back', async () => {
		const gate = createGate();
		const answers: string[] = [];
		const flow: WizardFlow = {
			...fakeFlow({id: 'upgrade', title: 'Upgrade', review: reviewMajor(plan)}),
			prepare: async () => plan,
			async *run(_plan: unknown, services: Services, signal: AbortSignal): Operation<unknown> {
				yield* halfWay.slice(0, -1);
				await gate.opened;
				const decision = describeDecision('clerq', comesBack, failure, {findings: [], tellingLines: [], text: reason});
				answers.push((await services.ask?.(decision, signal)) ?? 'nobody');
				yield {
					type: 'step-started',
					step: 'undo-start',
					title: 'Start the old server and the application',
					canCancel: false,
				};
				throw new AppError('upgrade-failed', failure.message, {
					hint: 'The old server runs again with all its data. What was written to the new server is kept in clerq_pgdata_18, until `lifeboat rollback --drop`',
					details: reason,
				});
			},
		};
		const screen = openWizard({entries: fakeEntries(flow)}, size);
		await screen.waitFor('17.11');
		screen.send(keys.enter);
		await screen.waitFor('Move clerq from');
		await screen.press(keys.down);
		screen.send(keys.enter);
		await screen.waitFor('Stop app');
		gate.open();
		expect(await screen.waitFor('Shall everything go back')).toMatchSnapshot('failure');
		screen.send(keys.enter);
		expect(await screen.waitFor('Try again')).toMatchSnapshot('gone back');
		expect(answers).toEqual(['back']);
		expect(tallestFrame(screen)).toBeLessThan(24);
	});

	test('the question what to upgrade', async () => {
		const entries = [
			{kind: 'flow', label: 'Upgrade', hint: 'the application or PostgreSQL', flow: upgradeChoiceFlow},
		] as const;
		const screen = openWizard({entries}, size);
		await screen.waitFor('17.11');
		screen.send(keys.enter);
		expect(await screen.waitFor('What do you want')).toMatchSnapshot();
	});
});
