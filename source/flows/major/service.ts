import {AppError} from '../../errors.js';
import {createGuard} from '../../postgres/server-aside.js';
import type {Services} from '../../services.js';
import {findContainer} from '../steps/find-container.js';
import {lastLines} from '../steps/writers.js';
import {addressOf} from './context.js';
import {asideNames, type MovePlan} from './plan.js';

/** Takes the server off its networks: it goes on for us, who come in by its own socket, and for nobody else. Throws AppError tool-failed. */
export async function isolateServer(plan: MovePlan, services: Services, signal: AbortSignal): Promise<void> {
	for (const network of plan.old.networks)
		await docker(services, ['network', 'disconnect', '--force', network, plan.old.containerId], signal);
}

/** Stops the service's container; it stays. Throws AppError compose-failed. */
export async function stopService(plan: MovePlan, services: Services, signal: AbortSignal): Promise<void> {
	await compose(plan, services, 'old', ['stop', '--timeout', '120', plan.service], signal);
}

/** A container that never runs and holds the old volume and image, so that no prune takes them. */
export async function guardOldData(plan: MovePlan, services: Services): Promise<void> {
	await createGuard(services.processes, {
		name: asideNames(plan).old,
		project: plan.stack.project,
		image: plan.old.runs,
		volumesFrom: plan.old.containerId,
	});
}

/**
 * Lets Compose run the service as its files say, by the old ones or the new ones. A container that was taken off its networks is made anew.
 * Throws AppError compose-failed with what Compose says.
 */
export async function startService(
	plan: MovePlan,
	side: 'old' | 'new',
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	const container = await findContainer(services, addressOf(plan, side), signal);
	const details = container === undefined ? undefined : await services.docker.inspectContainer(container.id, signal);
	// A container that is replaced hands its volumes on, where the new image wants one at the same place: the new data would come along.
	const keepsNew = details?.mounts.some(mount => (mount.name ?? mount.source) === plan.next.place.source) === true;
	if (side === 'old' && keepsNew)
		await compose(plan, services, side, ['rm', '--stop', '--force', plan.service], signal);
	const has = new Set(details?.networks.map(network => network.name));
	const isCutOff = details !== undefined && !keepsNew && plan.old.networks.some(network => !has.has(network));
	const args = [
		'up',
		'--detach',
		'--no-deps',
		'--pull',
		'never',
		...(isCutOff ? ['--force-recreate'] : []),
		plan.service,
	];
	await compose(plan, services, side, args, signal);
}

/** Starts the application that waited for its database, with its migrations, as `docker compose up` does. Throws AppError compose-failed. */
export async function startApplication(plan: MovePlan, services: Services, signal: AbortSignal): Promise<void> {
	await compose(plan, services, 'new', ['up', '--detach', '--no-build', ...plan.start], signal);
}

async function compose(
	plan: MovePlan,
	services: Services,
	side: 'old' | 'new',
	args: readonly string[],
	signal: AbortSignal,
): Promise<void> {
	const {target} = addressOf(plan, side);
	const result = await services.compose.run(target, args, {signal, timeoutMs: 600_000});
	if (result.exitCode === 0) return;
	throw new AppError(
		'compose-failed',
		`Docker Compose cannot ${args[0] === 'stop' ? 'stop' : 'start'} ${args.at(-1)}`,
		{
			hint: 'Read what Compose says',
			fix: ['docker', ...services.compose.argv(target, args)],
			details: lastLines(result.stderr),
		},
	);
}

async function docker(services: Services, args: readonly string[], signal: AbortSignal): Promise<void> {
	const result = await services.processes.run('docker', args, {signal, timeoutMs: 60_000});
	if (result.exitCode === 0 || /is not connected/.test(result.stderr)) return;
	throw new AppError('tool-failed', `docker ${args.slice(0, 2).join(' ')} fails`, {
		fix: ['docker', ...args],
		details: lastLines(result.stderr),
	});
}
