import {describe, expect, test} from 'vitest';
import {planFix} from '../../source/flows/fix/plan.js';
import {remedyOf} from '../../source/flows/fix/remedies.js';
import {reviewFix} from '../../source/flows/fix/review.js';
import {contextWith} from '../flows/fix/context-with.js';
import {keys} from '../helpers/ink.js';
import {createGate, fakeFlow, night, runBehindGate} from '../helpers/wizard.js';
import {openWizard, sizes} from '../helpers/wizard-screen.js';

/** The plan of a real remedy for an application that looks for its database on localhost. */
async function planOf() {
	const compose = [
		'services:',
		'  postgres:',
		'    image: postgres:17',
		'  app:',
		'    environment:',
		'      # where the data is',
		'      DATABASE_URL: postgres://clerq:${POSTGRES_PASSWORD}@localhost:5432/clerq',
		'',
	].join('\n');
	const context = await contextWith('use-service-host', {
		files: {'docker-compose.yml': compose, '.env': 'POSTGRES_PASSWORD=s3cret-pass\n'},
		evidence: {
			services: [
				{service: 'postgres', role: 'database', state: 'running', environment: {POSTGRES_PASSWORD: 's3cret-pass'}},
				{
					service: 'app',
					role: 'app',
					state: 'restarting',
					exitCode: 1,
					environment: {DATABASE_URL: 'postgres://clerq:s3cret-pass@localhost:5432/clerq'},
					log: ['Error: connect ECONNREFUSED 127.0.0.1:5432'],
				},
			],
		},
	});
	return {context, plan: planFix(context, remedyOf('use-service-host').plan(context, undefined), night)};
}

const events = [
	{type: 'step-started', step: '1 edit-file', title: 'Change docker-compose.yml', canCancel: true},
	{
		type: 'step-finished',
		step: '1 edit-file',
		note: 'the former text is in docker-compose.yml.before-20260614t020000z',
	},
	{type: 'step-started', step: 'start', title: 'Start app', canCancel: true},
	{type: 'log', source: 'start', stream: 'stdout', line: 'Container clerq-app-1  Recreated'},
	{type: 'step-finished', step: 'start'},
	{type: 'step-started', step: 'health', title: 'Wait until the application is healthy', canCancel: true},
	{type: 'step-progress', step: 'health', done: 0, total: 1, unit: 'items', current: 'app: just started'},
] as const;

describe.each(sizes)('a fix, %s', (_name, size) => {
	test('the diagnosis, the diff of a real plan, and the fix under way', async () => {
		const {context, plan} = await planOf();
		const gate = createGate();
		const flow = fakeFlow({
			id: 'fix',
			title: 'Troubleshoot',
			review: reviewFix(plan),
			run: (_plan, signal) => runBehindGate(events, gate.opened, signal),
		});
		const troubleshoot = {
			async *diagnose() {
				yield {type: 'step-started', step: 'gather', title: 'Gather evidence', canCancel: true} as const;
				return {findings: [context.finding]};
			},
			fix: () => flow,
		};
		const screen = openWizard({entries: [{kind: 'troubleshoot', label: 'Troubleshoot', hint: '', troubleshoot}]}, size);
		await screen.waitFor('17.11');
		screen.send(keys.enter);
		await screen.waitFor('One problem was found');
		screen.send(keys.enter);
		expect(await screen.waitFor('What can be done')).toMatchSnapshot();
		screen.send(keys.enter);
		const review = await screen.waitFor('Problem');
		expect(review).toMatchSnapshot();
		expect(review).not.toContain('s3cret-pass');
		screen.send(keys.down + keys.enter);
		expect(await screen.waitFor('just started')).toMatchSnapshot();
		gate.open();
	});
});
