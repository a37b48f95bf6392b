import type {ServiceImage} from './plan.js';

/**
 * One-shots of which nobody knows any more with which image they ran: it was removed, or their container was and the files name another version since.
 * Under their name the release's image would stand after the way back, and migrate the data that came back. One that is built, or shares its image
 * with a service that runs, comes back with it. Pure.
 */
export function findForgotten(images: readonly ServiceImage[]): readonly string[] {
	const running = images.filter(image => image.isOwn && image.hasContainer && image.runningImageId !== null);
	const isRenamed = running.some(image => !image.build && image.reference !== image.runningReference);
	const comesBack = new Set(running.map(image => image.reference));
	return images
		.filter(
			image =>
				image.isOwn &&
				!image.build &&
				!comesBack.has(image.reference) &&
				(image.runningImageId === null || (!image.hasContainer && isRenamed)),
		)
		.map(image => image.service);
}
