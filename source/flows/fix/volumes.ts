import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import {findContainer} from '../steps/find-container.js';
import {lastLines} from '../steps/writers.js';

/**
 * Runs a shell script as root in a container that goes away, with the volumes of a service's container and no network; resolves with what it printed.
 * Works while the service itself cannot start. Throws AppError: container-stopped when the service has no container, tool-failed.
 */
export async function runInVolumes(
	services: Pick<Services, 'docker' | 'processes'>,
	{
		project,
		service,
		script,
		input,
	}: {readonly project: string; readonly service: string; readonly script: string; readonly input?: string},
	signal: AbortSignal,
): Promise<string> {
	const container = await findContainer(services, {project, service}, signal);
	const details = container === undefined ? undefined : await services.docker.inspectContainer(container.id, signal);
	if (details === undefined)
		throw new AppError('container-stopped', `The service ${service} has no container whose volumes could be used`, {
			hint: 'Create it, then try again',
			fix: ['docker', 'compose', 'create', service],
		});
	const args = [
		'run',
		'--rm',
		'--pull=never',
		'--network=none',
		'--user=0',
		...(input === undefined ? [] : ['--interactive']),
		`--volumes-from=${details.id}`,
		'--entrypoint=sh',
		details.imageId,
		'-c',
		script,
	];
	const result = await services.processes.run('docker', args, {signal, input, timeoutMs: 600_000});
	if (result.exitCode === 0) return result.stdout;
	throw new AppError('tool-failed', `What was to be done in the volumes of ${service} failed`, {
		details: lastLines(result.stderr || result.stdout),
	});
}

/** Names of running containers, other than the service's own, that have one of its volumes or folders. */
export async function findSharers(
	services: Pick<Services, 'docker'>,
	{project, service}: {readonly project: string; readonly service: string},
	signal: AbortSignal,
): Promise<readonly string[]> {
	const own = await findContainer(services, {project, service}, signal);
	const details = own === undefined ? undefined : await services.docker.inspectContainer(own.id, signal);
	const sources = new Set(details?.mounts.map(mount => mount.name ?? mount.source));
	const running = await services.docker.listContainers({}, signal);
	const others = running.filter(container => container.id !== own?.id && container.state === 'running');
	const all = await Promise.all(others.map(container => services.docker.inspectContainer(container.id, signal)));
	return all.flatMap(other =>
		other?.mounts.some(mount => sources.has(mount.name ?? mount.source)) ? [other.name] : [],
	);
}

/** Throws fix-failed while anybody uses the volumes of a service, itself included. */
export async function assertUnused(
	services: Pick<Services, 'docker'>,
	where: {readonly project: string; readonly service: string},
	signal: AbortSignal,
): Promise<void> {
	const own = await findContainer(services, where, signal);
	const users = await findSharers(services, where, signal);
	const all = own?.state === 'running' ? [where.service, ...users] : users;
	if (all.length > 0)
		throw new AppError('fix-failed', `${all.join(', ')} uses the volume and runs`, {hint: 'Stop it, then try again'});
}
