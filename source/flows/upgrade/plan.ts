import {AppError} from '../../errors.js';
import {isKeptDatabase} from '../../postgres/switch.js';
import type {Stack} from '../../stack/stack.js';
import type {BackupPlan} from '../backup/plan.js';
import type {WatchedService} from '../steps/health.js';
import type {WriterPlan} from '../steps/writers.js';
import type {UpgradeAnswers} from './answers.js';
import type {EnvDifference} from './survey-env.js';

/** A service of the application with the image that runs now and the one that would run. */
export type ServiceImage = {
	readonly service: string;
	/** As the files (of today) have it; null when the service is built here without a name. */
	readonly reference: string | null;
	readonly build: boolean;
	/** The name under which the engine knows the image that runs: what a build or a pull replaces. */
	readonly runningReference: string | null;
	readonly runningImageId: string | null;
	/** `repository@sha256:…`; null for an image built here. */
	readonly runningDigest: string | null;
	/** Digest at the registry; null when it was not asked or does not say. */
	readonly remoteDigest: string | null;
};

export type PlannedRepository = {
	readonly root: string;
	readonly branch: string | null;
	readonly from: {readonly revision: string; readonly version: string | null};
	/** Null when there is nothing new. */
	readonly to: {readonly revision: string; readonly version: string | null} | null;
	readonly commits: readonly {readonly revision: string; readonly subject: string}[];
	readonly localChanges: readonly string[];
	readonly changedComposeFiles: readonly string[];
	readonly migrations: {readonly added: readonly string[]; readonly changed: readonly string[]};
	readonly notes: readonly string[];
};

/** A database that is copied before the migrations, so that it can be had back by one rename. */
export type PlannedCopy = {
	readonly service: string;
	readonly name: string;
	readonly copy: string;
	readonly failed: string;
	readonly sizeBytes: number | null;
};

/** All that the run needs; serialisable, shown by the review and by `--dry-run`. Holds no secret. */
export type UpgradePlan = {
	/** UTC time that names this upgrade: `20260614t020000z`. */
	readonly id: string;
	readonly stack: Stack;
	readonly mode: Stack['upgradeMode'];
	readonly repository: PlannedRepository | null;
	readonly images: readonly ServiceImage[];
	readonly environment: readonly EnvDifference[];
	readonly build: readonly string[];
	readonly pull: readonly string[];
	readonly backup: BackupPlan | null;
	readonly copies: readonly PlannedCopy[];
	readonly writers: WriterPlan;
	readonly migrate: readonly string[];
	readonly start: readonly string[];
	readonly watch: readonly WatchedService[];
	readonly keepWriting: boolean;
	readonly verify: boolean;
	readonly healthTimeoutMs: number;
	/** True when neither commits nor images are new and nobody insists. */
	readonly upToDate: boolean;
	readonly warnings: readonly {readonly message: string; readonly hint?: string | undefined}[];
};

export type MajorJump = {readonly service: string; readonly from: number; readonly to: number; readonly image: string};

export type UpgradeFacts = {
	/** Milliseconds since the epoch. */
	readonly now: number;
	readonly repository:
		| (PlannedRepository & {readonly fastForward: boolean; readonly conflicts: readonly string[]})
		| null;
	readonly images: readonly ServiceImage[];
	readonly environment: readonly EnvDifference[];
	readonly majorJumps: readonly MajorJump[];
	readonly backup: BackupPlan | null;
	readonly writers: WriterPlan;
	readonly migrate: readonly string[];
	readonly watch: readonly WatchedService[];
	/** Free bytes where the engine keeps images; null when it is not on this machine. */
	readonly engineFreeBytes: number | null;
};

/** Room that a build or a pull may need before the old image can go. */
const imageRoomBytes = 2_000_000_000;

/** Plans an upgrade. Pure. Throws AppError preflight-failed before anything changes. */
export function planUpgrade(stack: Stack, answers: UpgradeAnswers, facts: UpgradeFacts): UpgradePlan {
	refuseUnsafe(stack, facts);
	const id = `${new Date(facts.now).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z`;
	const build = facts.images
		.filter(image => image.build && (stack.upgradeMode !== 'pull' || image.reference === null))
		.map(image => image.service);
	const pull = facts.images
		.filter(image => !build.includes(image.service) && image.reference !== null)
		.map(image => image.service);
	const newImage = facts.images.some(image => pull.includes(image.service) && isNewImage(image));
	const newCommits = facts.repository !== null && facts.repository.to !== null;
	return {
		id,
		stack,
		mode: stack.upgradeMode,
		repository: facts.repository,
		images: facts.images,
		environment: facts.environment,
		build,
		pull,
		backup: facts.backup,
		copies: planCopies(stack, id),
		writers: facts.writers,
		migrate: facts.migrate,
		start: stack.services
			.filter(service => service.role !== 'database' && service.role !== 'migrate' && service.state !== 'absent')
			.map(service => service.name),
		watch: facts.watch,
		keepWriting: answers.keepWriting,
		verify: answers.verify,
		healthTimeoutMs: answers.healthTimeoutMs,
		upToDate: !newCommits && !newImage && !answers.force && !(build.length > 0 && facts.repository === null),
		warnings: findWarnings(stack, answers, facts),
	};
}

/** Is another image to be had? A digest that could not be asked counts as new: the pull will tell. */
export function isNewImage(image: ServiceImage): boolean {
	if (image.reference !== image.runningReference) return true;
	if (image.remoteDigest === null) return !image.build && image.runningDigest !== null;
	return image.runningDigest?.split('@')[1] !== image.remoteDigest;
}

/** Several databases of a server are written by one application: all of them go back together. TimescaleDB's and replicas' are left to the backup. */
function planCopies(stack: Stack, id: string): readonly PlannedCopy[] {
	return stack.databases
		.filter(server => !server.replica && server.state === 'running' && !server.extensions.includes('timescaledb'))
		.flatMap(server => {
			const names = server.databases.filter(name => name !== 'postgres' && !isKeptDatabase(name));
			return (names.length > 0 ? names : [server.database]).map(name => ({
				service: server.service,
				name,
				copy: fitName(name, `_before_${id}`),
				failed: fitName(name, `_failed_${id}`),
				sizeBytes: server.server?.databases.find(one => one.name === name)?.sizeBytes ?? server.sizeBytes,
			}));
		});
}

/** PostgreSQL cuts names after 63 bytes: the end, which tells them apart, must stay. */
function fitName(name: string, suffix: string): string {
	let start = name;
	while (Buffer.byteLength(start + suffix) > 63) start = start.slice(0, -1);
	return start + suffix;
}

function refuseUnsafe(stack: Stack, facts: UpgradeFacts): void {
	const refuse = (message: string, hint: string, fix?: readonly string[]) => {
		throw new AppError('preflight-failed', message, {hint, fix});
	};
	const [jump] = facts.majorJumps;
	if (jump !== undefined) {
		refuse(
			`The release moves ${jump.service} from PostgreSQL ${jump.from} to ${jump.to} (${jump.image}): the server cannot read the old data and would not start`,
			`Move the data first with the guided upgrade, or keep image postgres:${jump.from} for ${jump.service}`,
			['lifeboat', 'upgrade', '--postgres', String(jump.to)],
		);
	}

	const {repository} = facts;
	if (repository !== null && repository.conflicts.length > 0) {
		refuse(
			`Local changes are in the way: the release changes ${repository.conflicts.join(', ')} too`,
			'Commit or stash your changes, or move them to docker-compose.override.yml, then try again',
			['git', '-C', repository.root, 'diff', '--', ...repository.conflicts],
		);
	}

	if (repository !== null && !repository.fastForward) {
		refuse(
			'The repository has commits of its own that the release does not have',
			'Rebase or merge them by hand, then try again',
			['git', '-C', repository.root, 'log', '--oneline', '@{upstream}..'],
		);
	}

	const sick = stack.databases.find(server => !server.replica && server.state !== 'running');
	if (sick !== undefined) {
		refuse(
			`The database ${sick.service} is ${sick.state}, so no backup can be made before the upgrade`,
			'Start it, or find out why it does not run',
			['lifeboat', 'troubleshoot'],
		);
	}

	if (facts.engineFreeBytes !== null && facts.engineFreeBytes < imageRoomBytes / 4) {
		throw new AppError('disk-low', 'There is too little room for new images where the engine keeps them', {
			hint: 'Make room first, for example by removing images that nothing uses',
			fix: ['docker', 'image', 'prune'],
		});
	}

	for (const server of stack.databases) {
		const size = server.sizeBytes ?? 0;
		if (server.freeBytes !== null && server.freeBytes < size * 1.2 && !server.replica) {
			throw new AppError(
				'disk-low',
				`The data volume of ${server.service} has no room for a copy of the database, which is the way back`,
				{hint: 'Make room on that disk, then try again', fix: ['docker', 'system', 'df']},
			);
		}
	}
}

function findWarnings(stack: Stack, answers: UpgradeAnswers, facts: UpgradeFacts): UpgradePlan['warnings'] {
	const warnings: {message: string; hint?: string}[] = [];
	for (const difference of facts.environment) {
		warnings.push({
			message: `${difference.example} has new variables that ${difference.envFile} lacks: ${difference.variables.map(variable => variable.name).join(', ')}`,
			hint: 'Set those that the release needs before you go on; the review lists their defaults',
		});
	}

	if (facts.repository !== null && facts.repository.migrations.changed.length > 0) {
		warnings.push({
			message: `The release changes migrations that may have run already: ${facts.repository.migrations.changed.join(', ')}`,
			hint: 'Most migration tools refuse that; the upgrade is rolled back if they do',
		});
	}

	if (facts.repository !== null && facts.repository.localChanges.length > 0) {
		warnings.push({message: `Your own changes stay as they are: ${facts.repository.localChanges.join(', ')}`});
	}

	if (answers.keepWriting)
		warnings.push({
			message:
				'The application goes on writing while the migrations run; what is written in between is lost if the upgrade is rolled back',
		});
	if (stack.external.length > 0 && stack.databases.length === 0) {
		warnings.push({
			message: 'The database is outside of this stack: it is backed up, but the way back does not include its data',
			hint: 'Restore the backup by hand if you have to go back, or use the snapshots of the provider',
		});
	}

	if (facts.engineFreeBytes !== null && facts.engineFreeBytes < imageRoomBytes)
		warnings.push({
			message: 'There is little room where the engine keeps images',
			hint: 'Remove images that nothing uses: docker image prune',
		});
	const unknown = facts.images.filter(
		image => image.reference !== null && !image.build && image.remoteDigest === null && image.runningDigest !== null,
	);
	if (unknown.length > 0)
		warnings.push({
			message: `The registry does not say whether there is a new image of ${unknown.map(image => image.service).join(', ')}: the pull will tell`,
		});
	return warnings;
}
