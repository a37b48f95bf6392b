import {AppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {lastLines} from '../steps/writers.js';
import type {UpgradePlan} from './plan.js';
import {streamCompose} from './stream-compose.js';

/** Names the images that run now once more, so that no prune can take what the way back needs. */
export async function* keepImages(plan: UpgradePlan, services: Services, signal: AbortSignal): Operation<void> {
	yield {type: 'step-started', step: 'keep-images', title: 'Keep the images that run now', canCancel: true};
	for (const {imageId, tag} of rollbackTags(plan))
		await docker(services, ['tag', imageId, tag], 'The engine cannot keep an image', signal);
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

export async function* bringImages(
	plan: UpgradePlan,
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	const {stack} = plan;
	await journal.willUndo(
		'images',
		plan.images.flatMap(image =>
			image.runningReference === null || image.runningImageId === null || image.runningReference.includes('@')
				? []
				: [{reference: image.runningReference, imageId: image.runningImageId}],
		),
	);
	const built = [
		...plan.build,
		...plan.migrate.filter(
			name => stack.services.find(service => service.name === name)?.build && !plan.build.includes(name),
		),
	];
	const pulled = [...plan.pull, ...plan.migrate.filter(name => !built.includes(name) && !plan.pull.includes(name))];
	if (pulled.length > 0)
		yield* streamCompose('pull', 'Pull the new images', ['pull', ...pulled], stack.target, services, signal);
	if (built.length > 0)
		yield* streamCompose('build', 'Build the new images', ['build', ...built], stack.target, services, signal);
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

async function docker(
	services: Services,
	args: readonly string[],
	message: string,
	signal: AbortSignal,
): Promise<void> {
	const result = await services.processes.run('docker', args, {signal, timeoutMs: 60_000});
	if (result.exitCode !== 0)
		throw new AppError('tool-failed', message, {fix: ['docker', ...args], details: lastLines(result.stderr)});
}
