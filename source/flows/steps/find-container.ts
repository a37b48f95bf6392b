import type {Services} from '../../services.js';

/** The container of a service now, whatever its id was before; undefined when there is none. */
export async function findContainer(
	services: Pick<Services, 'docker'>,
	address: {readonly project: string; readonly service: string},
	signal?: AbortSignal | undefined,
): Promise<{readonly id: string; readonly state: string; readonly status: string} | undefined> {
	const all = await services.docker.listContainers({project: address.project, all: true}, signal);
	const own = all.filter(
		container =>
			container.labels['com.docker.compose.service'] === address.service &&
			container.labels['com.docker.compose.oneoff'] !== 'True',
	);
	return own.find(container => container.state === 'running') ?? own[0];
}
