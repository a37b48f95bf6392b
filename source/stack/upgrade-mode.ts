import type {ModelService} from './compose-model.js';
import {parseImageReference} from './image-reference.js';
import {isServerImage} from './postgres-signals.js';
import type {Stack, StackService} from './stack.js';

export type UpgradeMode = {readonly mode: Stack['upgradeMode']; readonly text: string};

/** Images of tools that migrate any application's database. */
const isTool = (image: string | null) =>
	isServerImage(image) ||
	/^(?:flyway|liquibase|migrate|dbmate|goose|atlas)$/.test(parseImageReference(image ?? '').repository);

/** How a new version arrives, by the application's own services: built here, pulled, or both. */
export function findUpgradeMode(
	models: readonly ModelService[],
	services: readonly Pick<StackService, 'name' | 'role'>[],
): UpgradeMode {
	const roles = new Map(services.map(({name, role}) => [name, role]));
	const isOwn = ({name, image, build}: ModelService) =>
		['app', 'worker', 'migrate'].includes(roles.get(name) ?? '') && (build !== null || !isTool(image));
	const own = models.filter(isOwn);
	// A tag such as `local` beside `build` only names the result: no registry has it to pull.
	const isLocal = (image: string) =>
		/^(?:local|dev|development|build|built|self-?built)$/.test(parseImageReference(image).tag ?? '');
	const both = models.filter(({build, image}) => build !== null && image !== null && !isLocal(image));
	const built = own.filter(({build}) => build !== null);
	const pulled = own.filter(({build}) => build === null);
	if (both.length > 0)
		return {mode: 'mixed', text: `${both.map(({name}) => name).join(', ')}: image and build are both given`};
	if (built.length > 0 && pulled.length > 0)
		return {
			mode: 'mixed',
			text: `${built.map(({name}) => name).join(', ')} built, ${pulled.map(({name}) => name).join(', ')} pulled`,
		};
	if (built.length > 0) return {mode: 'build', text: 'the own services are built here'};
	const anyBuild = own.length === 0 && models.some(({build}) => build !== null);
	return anyBuild
		? {mode: 'build', text: 'services are built here'}
		: {mode: 'pull', text: 'the own services are images'};
}
