import type {Stack} from '../../stack/stack.js';
import {operationStamp} from '../../stamp.js';
import type {BackupPlan} from '../backup/plan.js';
import type {PlanWarning} from '../flow.js';
import type {WatchedService} from '../steps/health.js';
import type {WriterPlan} from '../steps/writers.js';
import type {UpgradeAnswers} from './answers.js';
import type {UpgradeFacts} from './facts.js';
import {findForgotten} from './forgotten.js';
import {refuseUnsafe} from './refuse.js';
import type {EnvDifference} from './survey-env.js';
import {findWarnings} from './warnings.js';
import {type PlannedWayBack, planWayBack} from './way-back.js';

/** A service with the image that runs now and the one that would run. */
export type ServiceImage = {
	readonly service: string;
	/** False for the databases: their images are kept for the way back and not replaced. */
	readonly isOwn: boolean;
	/** False for a one-shot whose container somebody has pruned: it runs again at the next start. */
	readonly hasContainer: boolean;
	/** As the files of today have it; null when the service is built here without a name. */
	readonly reference: string | null;
	/** As the files of the release have it. */
	readonly nextReference: string | null;
	readonly build: boolean;
	/** The name under which the engine knows the image that runs: what a build or a pull replaces. */
	readonly runningReference: string | null;
	readonly runningImageId: string | null;
	/** `repository@sha256:…`; null for an image built here. */
	readonly runningDigest: string | null;
	readonly runningBytes: number | null;
	/** Digest at the registry; null when it was not asked or does not say. */
	readonly remoteDigest: string | null;
};

export type Revision = {readonly revision: string; readonly version: string | null};

export type PlannedRepository = {
	readonly root: string;
	readonly branch: string | null;
	readonly from: Revision;
	/** Null when there is nothing new. */
	readonly to: Revision | null;
	readonly commits: readonly {readonly revision: string; readonly subject: string}[];
	readonly localChanges: readonly string[];
	readonly changedComposeFiles: readonly string[];
	readonly changedEnvExamples: readonly string[];
	readonly migrations: {
		readonly added: readonly string[];
		readonly changed: readonly string[];
		readonly tools: readonly string[];
	};
	readonly notes: readonly string[];
};

/** The migrations run without a release: once more, or the newest one back, which takes a variable of the one-shot. */
export type MigrationsAlone = {
	readonly direction: 'up' | 'down';
	readonly environment: Readonly<Record<string, string>>;
};

/** All that the run needs; serialisable, shown by the review and by `--dry-run`. Holds no secret. */
export type UpgradePlan = {
	/** UTC time that names this upgrade: `20260614t020000z`. */
	readonly id: string;
	/** What the journal calls it: `Upgrade of clerq`. */
	readonly title: string;
	readonly stack: Stack;
	readonly mode: Stack['upgradeMode'];
	readonly alone: MigrationsAlone | null;
	readonly repository: PlannedRepository | null;
	readonly images: readonly ServiceImage[];
	readonly environment: readonly EnvDifference[];
	/** The new variables are written into the env files with their defaults. */
	readonly addVariables: boolean;
	readonly build: readonly string[];
	readonly pull: readonly string[];
	readonly backup: BackupPlan | null;
	readonly wayBack: readonly PlannedWayBack[];
	readonly writers: WriterPlan;
	readonly migrate: readonly string[];
	readonly start: readonly string[];
	/** One-shots of which nobody knows any more with which image they ran: the way back does without them. */
	readonly forgotten: readonly string[];
	/** Services that only the release has. */
	readonly added: readonly string[];
	readonly watch: readonly WatchedService[];
	readonly keepWriting: boolean;
	readonly verify: boolean;
	readonly healthTimeoutMs: number;
	/** True when neither commits nor images are new and nobody insists. */
	readonly upToDate: boolean;
	readonly warnings: readonly PlanWarning[];
};

/** Plans an upgrade. Pure. Throws AppError preflight-failed and disk-low before anything changes. */
export function planUpgrade(stack: Stack, answers: UpgradeAnswers, facts: UpgradeFacts): UpgradePlan {
	refuseUnsafe(stack, answers, facts);
	const id = operationStamp(facts.now);
	const wayBack = planWayBack(stack, id, answers.keepWriting);
	const own = facts.images.filter(image => image.isOwn);
	const brings = facts.alone === null ? own : [];
	const added = (isBuilt: boolean) => facts.added.filter(one => one.build === isBuilt).map(one => one.name);
	const build = [...brings.filter(image => image.build).map(image => image.service), ...added(true)];
	const pull = [
		...brings.filter(image => !image.build && image.nextReference !== null).map(image => image.service),
		...added(false),
	];
	const hasNewImage = own.some(image => pull.includes(image.service) && isNewImage(image));
	const hasNewCommits = facts.repository !== null && facts.repository.to !== null;
	const cannotTell = build.length > 0 && facts.repository === null;
	return {
		id,
		title: titleOf(stack, facts),
		stack,
		mode: stack.upgradeMode,
		alone: facts.alone,
		repository: facts.repository,
		images: facts.images,
		environment: facts.environment,
		addVariables: answers.addVariables,
		build,
		pull,
		backup: facts.backup,
		wayBack,
		writers: facts.writers,
		migrate: facts.migrate,
		start: stack.services
			.filter(service => service.role !== 'database' && !service.oneShot && isMeantToRun(service.state))
			.map(service => service.name),
		forgotten: findForgotten(facts.images),
		added: facts.added.map(one => one.name),
		watch: [
			...facts.watch,
			...facts.added.map(({name}) => ({name, healthUrl: null, usualStatus: null, required: true})),
		],
		keepWriting: answers.keepWriting,
		verify: answers.verify,
		healthTimeoutMs: answers.healthTimeout * 1000,
		upToDate: facts.alone === null && !hasNewCommits && !hasNewImage && !answers.force && !cannotTell,
		warnings: findWarnings(stack, answers, facts, wayBack),
	};
}

function titleOf(stack: Stack, {alone, repository}: UpgradeFacts): string {
	if (alone !== null)
		return alone.direction === 'up'
			? `Migrations of ${stack.project}`
			: `Newest migration of ${stack.project}, taken back`;
	const to = repository?.to;
	return `Upgrade of ${stack.project}${to ? ` to ${nameRevision(to)}` : ''}`;
}

/** A service that somebody stopped stays stopped. */
function isMeantToRun(state: string): boolean {
	return state === 'running' || state === 'restarting' || state === 'paused' || state === 'created';
}

/** The tag where there is one, else the beginning of the commit. */
export function nameRevision({version, revision}: Revision): string {
	return version ?? revision.slice(0, 12);
}

/** Is another image to be had? A digest that could not be asked counts as new: the pull will tell. */
export function isNewImage(image: ServiceImage): boolean {
	if (image.nextReference !== image.runningReference) return true;
	if (image.remoteDigest === null) return !image.build && image.runningDigest !== null;
	return image.runningDigest?.split('@')[1] !== image.remoteDigest;
}
