import type {ManifestService} from '../../bundle/manifest.js';
import type {Services} from '../../services.js';
import type {Stack, StackService} from '../../stack/stack.js';

/** Every service with the image that it runs now: a tag can be moved, a digest cannot. */
export async function describeServices(
	stack: Stack,
	services: Pick<Services, 'docker'>,
	signal: AbortSignal,
): Promise<ManifestService[]> {
	return Promise.all(stack.services.map(service => describeService(service, services, signal)));
}

async function describeService(
	service: StackService,
	{docker}: Pick<Services, 'docker'>,
	signal: AbortSignal,
): Promise<ManifestService> {
	const [containerId] = service.containerIds;
	const container = containerId === undefined ? undefined : await docker.inspectContainer(containerId, signal);
	const reference = container?.imageId ?? service.image;
	const image =
		reference === null || reference === undefined ? undefined : await docker.inspectImage(reference, signal);
	return {
		name: service.name,
		role: service.role,
		image: service.image,
		imageId: container?.imageId ?? image?.id ?? null,
		digest: image?.digests[0] ?? null,
		build: service.build,
	};
}
