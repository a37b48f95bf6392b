import type {ContainerSummary} from '../../engine/types.js';
import type {Services} from '../../services.js';
import {runDocker} from './run-docker.js';
import type {UndoOf} from './undo-data.js';

const stopSeconds = '5';
const pollMs = 250;
const goneWithinMs = 15_000;

/**
 * Stops the services of an upgrade by their labels: the compose files may be those of a release that Compose refuses. Containers of one-shots and of
 * services that only the release has, or of which nothing was here before, go away; a migration would otherwise go on writing into what comes back. Throws AppError tool-failed.
 */
export async function stopApplication(
	{project, services: names, added, forgotten, oneShots}: UndoOf<'start'>,
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	const containers = await services.docker.listContainers({project, all: true}, signal);
	const serviceOf = (container: ContainerSummary) => container.labels['com.docker.compose.service'] ?? '';
	const isOneOff = (container: ContainerSummary) => container.labels['com.docker.compose.oneoff'] === 'True';
	const idsOf = (wanted: (container: ContainerSummary) => boolean) =>
		containers.filter(wanted).map(container => container.id);

	const gone = idsOf(container => {
		const service = serviceOf(container);
		if (isOneOff(container)) return names.includes(service) || oneShots.includes(service);
		return (
			added.includes(service) ||
			forgotten.includes(service) ||
			(oneShots.includes(service) && container.state === 'running')
		);
	});
	if (gone.length > 0) await removeContainers(gone, services, signal);
	const running = idsOf(
		container => names.includes(serviceOf(container)) && !isOneOff(container) && container.state !== 'exited',
	);
	if (running.length > 0)
		await runDocker(
			services,
			['stop', '--time', stopSeconds, ...running],
			'The engine cannot stop the application',
			signal,
		);
}

/** The engine refuses to remove a container whose own end (`run --rm`) is removing it already: what counts is that it is gone. */
async function removeContainers(ids: readonly string[], services: Services, signal: AbortSignal): Promise<void> {
	try {
		await runDocker(services, ['rm', '--force', ...ids], 'The engine cannot remove what the upgrade started', signal);
	} catch (error) {
		if (!(await areGone(ids, services, signal))) throw error;
	}
}

async function areGone(ids: readonly string[], {docker, clock}: Services, signal: AbortSignal): Promise<boolean> {
	for (const deadline = clock.now() + goneWithinMs; clock.now() < deadline; await clock.sleep(pollMs, signal)) {
		const left = await Promise.all(ids.map(id => docker.inspectContainer(id, signal)));
		if (left.every(one => one === undefined)) return true;
	}

	return false;
}
