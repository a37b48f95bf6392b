import prettyBytes from 'pretty-bytes';
import {AppError} from '../../errors.js';
import {missingVariable} from '../../release/next-services.js';
import type {Stack} from '../../stack/stack.js';
import type {UpgradeAnswers} from './answers.js';
import type {UpgradeFacts} from './facts.js';

/** Room that images need at least, whatever their size. */
const leastImageRoomBytes = 500_000_000;
/** A dump is seldom larger than this part of its database. */
const dumpShare = 0.3;

function refuse(message: string, hint: string, fix?: readonly string[]): never {
	throw new AppError('preflight-failed', message, {hint, fix});
}

/** Everything that would make an upgrade fail, or its way back, and can be known before it begins. Throws AppError preflight-failed or disk-low. */
export function refuseUnsafe(stack: Stack, answers: UpgradeAnswers, facts: UpgradeFacts): void {
	refuseMajorJump(facts);
	refuseRepository(facts);
	refuseFiles(answers, facts);
	refuseDatabases(stack);
	refuseImages(facts);
	refuseShortDisk(stack, facts);
	if (facts.alone !== null && facts.migrate.length === 0)
		refuse('This stack has no service that runs its migrations', 'Its application does that itself at its start', [
			'lifeboat',
			'detect',
		]);
}

function refuseMajorJump({majorJumps}: UpgradeFacts): void {
	const [jump] = majorJumps;
	if (jump === undefined) return;
	refuse(
		`${jump.image} for ${jump.service} is PostgreSQL ${jump.to}, and its data was written by ${jump.from}: the server would not start`,
		`Move the data first with the guided upgrade, or keep PostgreSQL ${jump.from} for ${jump.service}`,
		['lifeboat', 'upgrade', '--postgres', String(jump.to)],
	);
}

function refuseRepository({repository}: UpgradeFacts): void {
	if (repository === null || repository.to === null) return;
	const git = (...args: readonly string[]) => ['git', '-C', repository.root, ...args];
	if (repository.conflicts.length > 0)
		refuse(
			`Local changes are in the way: the release changes ${repository.conflicts.join(', ')} too`,
			'Commit or stash your changes, or move them to docker-compose.override.yml, then try again',
			git('diff', '--', ...repository.conflicts),
		);
	if (repository.relation === 'behind')
		refuse(
			'The release is older than what runs',
			'To go back, roll the last upgrade back or restore a backup of that time',
			['lifeboat', 'rollback'],
		);
	if (repository.relation === 'diverged')
		refuse(
			'The repository has commits of its own that the release does not have',
			'Rebase or merge them by hand, then try again',
			git('log', '--oneline', `${repository.to.revision}..HEAD`),
		);
}

function refuseFiles(answers: UpgradeAnswers, {refusal, environment}: UpgradeFacts): void {
	if (refusal === null) return;
	const variable = missingVariable(refusal);
	const known = environment.flatMap(one => one.variables).find(one => one.name === variable);
	if (answers.addVariables && known !== undefined && known.example !== '') return;
	if (variable !== undefined)
		refuse(
			`The release needs ${variable}, which is not set`,
			known?.example
				? `Set it in .env; the release proposes ${known.example} (--add-variables writes that)`
				: 'Set it in .env, then try again',
		);
	throw new AppError('preflight-failed', `The compose files of the release are refused: ${refusal.message}`, {
		hint: refusal.hint,
		details: refusal.details,
		cause: refusal,
	});
}

function refuseDatabases(stack: Stack): void {
	const own = stack.databases.filter(server => !server.replica);
	const down = own.find(server => server.state !== 'running');
	if (down !== undefined)
		refuse(
			`The database ${down.service} is ${down.state}, so no backup can be made before the upgrade`,
			'Start it, or find out why it does not run',
			['lifeboat', 'troubleshoot'],
		);
	const sick = own.find(server => server.health === 'unhealthy');
	if (sick !== undefined)
		refuse(`The database ${sick.service} is unhealthy: an upgrade would make it worse`, 'Find out why, then upgrade', [
			'lifeboat',
			'troubleshoot',
		]);
}

/** A name with a digest cannot be given to the previous image, so that there would be no way back to it. */
function refuseImages({images}: UpgradeFacts): void {
	const pinned = images.find(
		image =>
			image.isOwn &&
			image.runningReference !== null &&
			image.reference?.includes('@') === true &&
			image.reference !== image.runningReference,
	);
	if (pinned !== undefined)
		refuse(
			`The compose file pins ${pinned.service} to another digest already, so that the image that runs now could not come back under that name`,
			`Put back ${pinned.runningReference}, and let the new version come by its tag`,
		);
}

function refuseShortDisk(stack: Stack, {images, engineFreeBytes, backup, alone}: UpgradeFacts): void {
	const replaced = images.filter(image => image.isOwn).reduce((sum, image) => sum + (image.runningBytes ?? 0), 0);
	const imageRoom = Math.max(leastImageRoomBytes, Math.min(replaced, 4 * leastImageRoomBytes));
	if (alone === null && engineFreeBytes !== null && engineFreeBytes < imageRoom)
		throw new AppError(
			'disk-low',
			`There are ${prettyBytes(engineFreeBytes)} free where the engine keeps its images; the new ones may take ${prettyBytes(imageRoom)}`,
			{hint: 'Make room first, for example by removing images that nothing uses', fix: ['docker', 'image', 'prune']},
		);
	if (backup === null || backup.freeBytes === null) return;
	const size = stack.databases.reduce((sum, server) => sum + (server.sizeBytes ?? 0), 0);
	const backupRoom = backup.previousBytes ?? size * dumpShare;
	if (backup.freeBytes < backupRoom)
		throw new AppError(
			'disk-low',
			`There are ${prettyBytes(backup.freeBytes)} free in ${backup.output.directory}; the backup may take ${prettyBytes(backupRoom)}`,
			{hint: 'Make room there, or choose another place with --output', fix: ['lifeboat', 'prune', '--dry-run']},
		);
}
