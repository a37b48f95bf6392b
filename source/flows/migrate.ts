import {readServices} from '../release/next-services.js';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';
import type {Flow, Question} from './flow.js';
import type {UpgradeAnswers} from './upgrade/answers.js';
import {findDownVariable} from './upgrade/migrations-alone.js';
import type {UpgradeResult} from './upgrade/outcome.js';
import type {UpgradePlan} from './upgrade/plan.js';
import {upgradeFlow} from './upgrade.js';

/** The migrations without a release, for the wizard's menu: `upgrade --migrations` on the command line. */
export const migrateFlow: Flow<UpgradeAnswers, UpgradePlan, UpgradeResult> = {
	...upgradeFlow,
	id: 'migrate',
	title: 'Migrate',
	questions: askDirection,
	prepare: (stack, answers, services, signal) =>
		upgradeFlow.prepare(stack, {...answers, migrations: answers.migrations ?? 'up'}, services, signal),
};

/** Up or down, where the stack has a service that can do both. */
async function askDirection(
	stack: Stack,
	given: Partial<UpgradeAnswers>,
	services: Services,
	signal: AbortSignal,
): Promise<readonly Question[]> {
	if (given.migrations !== undefined) return [];
	const today = await readServices(stack.target, services.compose, signal);
	if (findDownVariable(stack, today) === undefined) return [];
	return [
		{
			id: 'migrations',
			title: 'What should the migrations do?',
			flag: '--migrations',
			kind: 'choice',
			choices: [
				{value: 'up', label: 'Run again', hint: 'what has not run yet'},
				{value: 'down', label: 'Take the newest back', hint: 'what it added goes, with its rows'},
			],
		},
	];
}
