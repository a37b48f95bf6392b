import {describe, expect, test} from 'vitest';
import {describeMajor} from '../../source/flows/major/outcome.js';
import {reviewMajor} from '../../source/flows/major/review.js';
import {upgradeChoiceFlow} from '../../source/flows/upgrade-choice.js';
import type {OperationEvent} from '../../source/operation.js';
import {samplePlan} from '../flows/major/sample-plan.js';
import {keys} from '../helpers/ink.js';
import {createGate, fakeEntries, fakeFlow, runBehindGate} from '../helpers/wizard.js';
import {openWizard, sizes} from '../helpers/wizard-screen.js';

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

const halfWay: readonly OperationEvent[] = [
	{type: 'step-started', step: 'dump', title: 'Dump clerq', canCancel: true},
	{type: 'step-finished', step: 'dump', note: '17 tables, 5314 rows'},
	{type: 'step-started', step: 'new', title: 'Start PostgreSQL 18 beside the stack', canCancel: true},
	{type: 'step-finished', step: 'new', note: '18.1'},
	{type: 'step-started', step: 'rehearse', title: 'Rehearse with the schema alone', canCancel: true},
	{type: 'step-finished', step: 'rehearse', note: 'the new version takes it'},
	{type: 'step-started', step: 'stop', title: 'Stop app', canCancel: true},
	{type: 'step-finished', step: 'stop'},
	{type: 'step-started', step: 'move', title: 'Move clerq', canCancel: true},
	{type: 'step-progress', step: 'move', done: 412e6, unit: 'bytes'},
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
