import type {ServiceImage} from './plan.js';

/**
 * One-shots of which nobody knows any more with which image they ran: their container was pruned, and the image with it, or the files name another
 * version since. Under their name the release's image would stand after the way back, and migrate the data that came back. One that is built, or
 * shares its image with a service that runs, comes back with it. Pure.
 */
export function findForgotten(images: readonly ServiceImage[]): readonly string[] {
	const running = images.filter(image => image.isOwn && image.hasContainer);
	const isRenamed = running.some(
		image => !image.build && image.runningReference !== null && image.reference !== image.runningReference,
	);
	const comesBack = new Set(running.map(image => image.reference));
	return images
		.filter(
			image =>
				!image.hasContainer &&
				!image.build &&
				!comesBack.has(image.reference) &&
				(image.runningImageId === null || isRenamed),
		)
		.map(image => image.service);
}
