import type {Stack} from '../../stack/stack.js';
import type {PlanWarning} from '../flow.js';
import type {UpgradeAnswers} from './answers.js';
import type {UpgradeFacts} from './facts.js';
import {findForgotten} from './forgotten.js';
import type {PlannedWayBack} from './way-back.js';

/** Room below which somebody should look, though it may do. */
const comfortableImageRoomBytes = 2_000_000_000;

/** What one should know before saying yes. Pure. */
export function findWarnings(
	stack: Stack,
	answers: UpgradeAnswers,
	facts: UpgradeFacts,
	wayBack: readonly PlannedWayBack[],
): readonly PlanWarning[] {
	return [
		...aboutVariables(answers, facts),
		...aboutRepository(facts),
		...aboutData(stack, answers, wayBack),
		...aboutImages(facts),
		...aboutServices(stack),
	];
}

function aboutVariables(answers: UpgradeAnswers, {environment}: UpgradeFacts): readonly PlanWarning[] {
	return environment.flatMap(({example, envFile, variables}) => {
		const open = variables.filter(variable => !answers.addVariables || variable.example === '');
		return open.length === 0
			? []
			: [
					{
						message: `${example} has new variables that ${envFile} lacks: ${open.map(variable => variable.name).join(', ')}`,
						hint: answers.addVariables
							? 'They have no default: set those that the release needs'
							: 'Set those that the release needs, or let them be written with their defaults: --add-variables',
					},
				];
	});
}

function aboutRepository({repository}: UpgradeFacts): readonly PlanWarning[] {
	if (repository === null) return [];
	const {migrations, localChanges} = repository;
	return [
		...(migrations.changed.length > 0
			? [
					{
						message: `The release changes migrations that may have run already: ${migrations.changed.join(', ')}`,
						hint: 'Most migration tools refuse that; the upgrade is rolled back if they do',
					},
				]
			: []),
		...(localChanges.length > 0 ? [{message: `Your own changes stay as they are: ${localChanges.join(', ')}`}] : []),
	];
}

function aboutData(stack: Stack, answers: UpgradeAnswers, wayBack: readonly PlannedWayBack[]): readonly PlanWarning[] {
	const loaded = wayBack.filter(one => one.kind === 'backup');
	const [first] = loaded;
	const lost = loaded.filter(one => one.failed === null);
	return [
		...(first === undefined
			? []
			: [
					{
						message: `The way back of ${loaded.map(one => one.name).join(', ')} is a backup that is loaded again, which takes longer than a switch: ${first.why}`,
						...(lost.length > 0 ? {hint: 'What the upgrade wrote is not kept then: there is no room for both'} : {}),
					},
				]),
		...(answers.keepWriting
			? [
					{
						message:
							'The application goes on writing while the migrations run; what it writes after the way back was made is lost if the upgrade is rolled back',
					},
				]
			: []),
		...(stack.external.length > 0 && stack.databases.length === 0
			? [
					{
						message:
							'The database is outside of this stack: it is backed up, but the way back does not include its data',
						hint: 'Restore the backup by hand if you have to go back, or use the snapshots of the provider',
					},
				]
			: []),
	];
}

function aboutImages({engineFreeBytes, images, alone}: UpgradeFacts): readonly PlanWarning[] {
	if (alone !== null) return [];
	const forgotten = findForgotten(images);
	const unknown = images.filter(
		image =>
			image.isOwn &&
			image.nextReference !== null &&
			!image.build &&
			image.remoteDigest === null &&
			image.runningDigest !== null,
	);
	return [
		...(forgotten.length > 0
			? [
					{
						message: `Nobody knows any more with which image ${forgotten.join(', ')} ran last: it was removed. A way back starts the application without it`,
						hint: 'After a rollback name the previous version in the compose file before you run `docker compose up`',
					},
				]
			: []),
		...(engineFreeBytes !== null && engineFreeBytes < comfortableImageRoomBytes
			? [
					{
						message: 'There is little room where the engine keeps images',
						hint: 'Remove images that nothing uses: docker image prune',
					},
				]
			: []),
		...(unknown.length > 0
			? [
					{
						message: `The registry does not say whether there is a new image of ${unknown.map(image => image.service).join(', ')}: the pull will tell`,
					},
				]
			: []),
	];
}

function aboutServices(stack: Stack): readonly PlanWarning[] {
	const stopped = stack.services
		.filter(service => service.role !== 'database' && !service.oneShot && service.state === 'exited')
		.map(service => service.name);
	return stopped.length === 0 ? [] : [{message: `Not running now, and left alone: ${stopped.join(', ')}`}];
}
