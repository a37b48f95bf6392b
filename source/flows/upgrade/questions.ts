import {readServices} from '../../release/next-services.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {Question} from '../flow.js';
import type {UpgradeAnswers} from './answers.js';
import {surveyRelease} from './survey-release.js';

/** Whether to write the variables that the release brings; nothing is asked when it brings none. */
export async function askAboutUpgrade(
	stack: Stack,
	given: Partial<UpgradeAnswers>,
	services: Services,
	signal: AbortSignal,
): Promise<readonly Question[]> {
	if (given.addVariables !== undefined || given.migrations !== undefined) return [];
	const today = await readServices(stack.target, services.compose, signal);
	const {environment} = await surveyRelease(stack, {to: given.to}, today, services, signal);
	const known = environment.flatMap(one => one.variables).filter(variable => variable.example !== '');
	if (known.length === 0) return [];
	const names = known.map(({name, example}) => `${name}=${example}`).join(', ');
	return [
		{
			id: 'addVariables',
			title: `The release brings new variables. Write them into ${environment[0]?.envFile ?? '.env'}?`,
			flag: '--add-variables',
			hint: names,
			kind: 'confirm',
			initial: false,
		},
	];
}
