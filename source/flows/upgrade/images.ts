import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {DeepReadonly} from '../steps/journal-schemas.js';
import type {UpgradePlan} from './plan.js';
import {runDocker} from './run-docker.js';
import {streamCompose} from './stream-compose.js';
import {willUndo} from './undo.js';
import type {UndoOf} from './undo-data.js';

/** Names the images that run now once more, so that no prune can take what the way back needs. */
export async function* keepImages(plan: UpgradePlan, services: Services, signal: AbortSignal): Operation<void> {
	yield {type: 'step-started', step: 'keep-images', title: 'Keep the images that run now', canCancel: true};
	for (const {imageId, tag} of rollbackTags(plan))
		await runDocker(services, ['tag', imageId, tag], 'The engine cannot keep an image', signal);
	yield {type: 'step-finished', step: 'keep-images'};
}

export function rollbackTags(
	plan: Pick<UpgradePlan, 'images' | 'id' | 'stack'>,
): readonly {readonly imageId: string; readonly tag: string}[] {
	const safe = (text: string) =>
		text
			.toLowerCase()
			.replaceAll(/[^a-z0-9]+/g, '-')
			.replaceAll(/^-+|-+$/g, '') || 'x';
	return plan.images.flatMap(image =>
		image.runningImageId === null
			? []
			: [
					{
						imageId: image.runningImageId,
						tag: `lifeboat-rollback/${safe(plan.stack.project)}-${safe(image.service)}:${plan.id}`,
					},
				],
	);
}

/** Pulls and builds what the release brings. Throws AppError compose-failed. */
export async function* bringImages(
	plan: UpgradePlan,
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	const {stack} = plan;
	await willUndo(journal, 'images', previousNames(plan));
	const {pull: pulled, build: built} = plan;
	if (pulled.length > 0)
		yield* streamCompose('pull', 'Pull the new images', ['pull', ...pulled], stack.target, services, signal);
	if (built.length > 0)
		yield* streamCompose('build', 'Build the new images', ['build', ...built], stack.target, services, signal);
}

/**
 * What the names of images mean now. Where the compose file asks for another tag already, that name means the previous image too once everything goes
 * back: else the next `docker compose up` would bring the release again without its data. A name with a digest cannot be given to another image.
 */
function previousNames({images, forgotten}: UpgradePlan): DeepReadonly<UndoOf<'images'>> {
	return images.flatMap((image): UndoOf<'images'> => {
		const {service, runningReference, reference, runningImageId, runningDigest, build} = image;
		if (forgotten.includes(service))
			return reference === null ? [] : [{reference, imageId: null, digest: null, build: false}];
		return runningImageId === null
			? []
			: [...new Set([runningReference, reference])].flatMap(name =>
					name === null || name.includes('@')
						? []
						: [{reference: name, imageId: runningImageId, digest: runningDigest, build}],
				);
	});
}

export function imagesOf(plan: UpgradePlan): Readonly<Record<string, string>> {
	return Object.fromEntries(
		plan.images.flatMap(image =>
			image.runningImageId === null ? [] : [[image.service, image.runningDigest ?? image.runningImageId]],
		),
	);
}

export async function readImages(plan: UpgradePlan, services: Services): Promise<Readonly<Record<string, string>>> {
	const containers = await services.docker.listContainers({project: plan.stack.project});
	const found: Record<string, string> = {};
	for (const {service} of plan.images) {
		const container = containers.find(one => one.labels['com.docker.compose.service'] === service);
		if (container === undefined) continue;
		const image = await services.docker.inspectImage(container.imageId);
		found[service] = image?.digests[0] ?? container.imageId;
	}

	return found;
}
