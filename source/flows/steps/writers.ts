import type {ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import {redactLines} from '../../redaction.js';
import type {Services} from '../../services.js';
import type {Stack, StackService} from '../../stack/stack.js';

/** A service that is stopped for a while, with the containers that ran when the plan was made. */
export type StoppedService = {readonly service: string; readonly containerIds: readonly string[]};

/** Who must not write while databases are switched: first those that open connections, then the poolers between them and the server. */
export type WriterPlan = {readonly writers: readonly StoppedService[]; readonly poolers: readonly StoppedService[]};

type WriterServices = Pick<Services, 'processes' | 'docker' | 'compose'>;

/** Milliseconds until a container that does not end by itself is killed. Short: users wait; what a client loses here is what it was just sending. */
const stopSeconds = 3;

/** The services that run now and have a connection of their own to the database. What is stopped stays out: it must not be started afterwards. */
export function planWriters(stack: Stack): WriterPlan {
	const running = stack.services.filter(
		service => (service.state === 'running' || service.state === 'restarting') && service.containerIds.length > 0,
	);
	const entry = (service: StackService): StoppedService => ({
		service: service.name,
		containerIds: service.containerIds,
	});
	return {
		writers: running
			.filter(service => service.stopForRestore && service.role !== 'pooler' && service.role !== 'database')
			.map(entry),
		poolers: running.filter(service => service.role === 'pooler').map(entry),
	};
}

/** The same services with the containers that they have now: some may have been made anew since the plan was written. */
export async function refreshWriters(
	services: Pick<Services, 'docker'>,
	project: string,
	plan: WriterPlan,
	signal?: AbortSignal,
): Promise<WriterPlan> {
	const containers = await services.docker.listContainers({project, all: true}, signal);
	const refresh = ({service}: StoppedService): StoppedService => ({
		service,
		containerIds: containers
			.filter(
				container =>
					container.labels['com.docker.compose.service'] === service &&
					container.labels['com.docker.compose.oneoff'] !== 'True',
			)
			.map(container => container.id),
	});
	return {writers: plan.writers.map(refresh), poolers: plan.poolers.map(refresh)};
}

/** Stops the writers, all at once, then the poolers, so that nothing reconnects behind them. Throws AppError tool-failed. */
export async function stopWriters(services: WriterServices, plan: WriterPlan, signal?: AbortSignal): Promise<void> {
	await stopContainers(services, plan.writers, signal);
	await stopContainers(services, plan.poolers, signal);
}

/** Starts what was stopped, poolers first. Containers that were removed meanwhile are created again by Compose. Safe to repeat. */
export async function startWriters(
	services: WriterServices,
	target: ComposeTarget,
	plan: WriterPlan,
	signal?: AbortSignal,
): Promise<void> {
	await startContainers(services, target, plan.poolers, signal);
	await startContainers(services, target, plan.writers, signal);
}

/** Starts what was stopped with the files as they are now: Compose makes the containers anew where these say otherwise. */
export async function recreateWriters(
	services: Pick<Services, 'compose'>,
	target: ComposeTarget,
	plan: WriterPlan,
	signal?: AbortSignal,
): Promise<void> {
	for (const stopped of [plan.poolers, plan.writers]) {
		const names = stopped.map(service => service.service);
		if (names.length > 0) await upByCompose(services, target, ['--no-deps', ...names], names, signal);
	}
}

async function stopContainers(
	services: WriterServices,
	stopped: readonly StoppedService[],
	signal: AbortSignal | undefined,
): Promise<void> {
	const ids = stopped.flatMap(service => service.containerIds);
	if (ids.length === 0) return;
	const result = await services.processes.run('docker', ['stop', '--time', String(stopSeconds), ...ids], {
		signal,
		timeoutMs: 120_000,
	});
	if (result.exitCode === 0) return;
	const still = await stillRunning(services, ids, signal);
	if (still.length === 0) return;
	throw new AppError('tool-failed', `The engine cannot stop ${still.join(', ')}`, {
		hint: 'Stop it yourself, then try again',
		fix: ['docker', 'stop', ...still],
		details: lastLines(result.stderr),
	});
}

async function stillRunning(
	services: WriterServices,
	ids: readonly string[],
	signal: AbortSignal | undefined,
): Promise<readonly string[]> {
	const all = await Promise.all(ids.map(id => services.docker.inspectContainer(id, signal)));
	return all.flatMap(details => (details?.state.running ? [details.name] : []));
}

async function startContainers(
	services: WriterServices,
	target: ComposeTarget,
	stopped: readonly StoppedService[],
	signal: AbortSignal | undefined,
): Promise<void> {
	const ids = stopped.flatMap(service => service.containerIds);
	if (ids.length === 0) return;
	const result = await services.processes.run('docker', ['start', ...ids], {signal, timeoutMs: 120_000});
	if (result.exitCode === 0) return;
	await startByCompose(
		services,
		target,
		stopped.map(service => service.service),
		signal,
	);
}

/** Brings services up with Compose, without their dependencies. Throws AppError compose-failed with what Compose says. */
export async function startByCompose(
	services: Pick<Services, 'compose'>,
	target: ComposeTarget,
	names: readonly string[],
	signal?: AbortSignal,
): Promise<void> {
	await upByCompose(services, target, ['--no-deps', '--no-recreate', ...names], names, signal);
}

async function upByCompose(
	services: Pick<Services, 'compose'>,
	target: ComposeTarget,
	rest: readonly string[],
	names: readonly string[],
	signal: AbortSignal | undefined,
): Promise<void> {
	const args = ['up', '--detach', ...rest];
	const result = await services.compose.run(target, args, {signal, timeoutMs: 300_000});
	if (result.exitCode === 0) return;
	throw new AppError('compose-failed', `Docker Compose cannot start ${names.join(', ')}`, {
		hint: 'Read what Compose says, then start the services yourself',
		fix: ['docker', ...services.compose.argv(target, args)],
		details: lastLines(result.stderr),
	});
}

/** The last lines of a tool's output that say something, redacted. */
export function lastLines(text: string, count = 8): readonly string[] {
	return redactLines(
		text
			.split('\n')
			.map(line => line.trimEnd())
			.filter(line => line !== '')
			.slice(-count),
		[],
		{mailAddresses: false},
	);
}
