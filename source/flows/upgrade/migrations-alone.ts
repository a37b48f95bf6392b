import {AppError} from '../../errors.js';
import type {ComposedService} from '../../release/next-services.js';
import type {Stack} from '../../stack/stack.js';
import {findMigrateServices} from '../steps/migrate.js';
import type {UpgradeAnswers} from './answers.js';
import type {MigrationsAlone} from './plan.js';

const directionVariable = /^(?:\w+_)?MIGRAT\w*_(?:COMMAND|DIRECTION|ACTION)$/;

/** The variable with which a one-shot is told to take the newest migration back (`MIGRATE_COMMAND: up`); undefined when it has none. */
export function findDownVariable(stack: Stack, services: readonly ComposedService[]): string | undefined {
	const names = findMigrateServices(stack);
	const environments = services.filter(one => names.includes(one.name)).map(one => one.environment);
	return environments
		.flatMap(environment => Object.entries(environment))
		.find(([name, value]) => directionVariable.test(name) && value === 'up')?.[0];
}

/** The migrations without a release, when that is asked for. Throws preflight-failed when this stack cannot take one back. */
export function planAlone(
	stack: Stack,
	{migrations}: Pick<UpgradeAnswers, 'migrations'>,
	services: readonly ComposedService[],
): MigrationsAlone | null {
	if (migrations === undefined) return null;
	if (migrations === 'up') return {direction: 'up', environment: {}};
	const variable = findDownVariable(stack, services);
	if (variable !== undefined) return {direction: 'down', environment: {[variable]: 'down'}};
	throw new AppError('preflight-failed', 'No service of this stack takes migrations back', {
		hint: 'Roll the upgrade back instead, or restore a backup',
		fix: ['lifeboat', 'rollback'],
	});
}
