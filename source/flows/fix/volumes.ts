import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import {findContainer} from '../steps/database-up.js';
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
