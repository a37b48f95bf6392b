import {formatDuration} from '../../text-progress.js';
import type {Outcome} from '../flow.js';
import {offerRollback} from '../rollback/offer.js';
import type {HealthReport} from '../steps/health-rules.js';
import {imagesOf} from './images.js';
import {nameRevision, type UpgradePlan} from './plan.js';

export type UpgradeResult = {
	readonly plan: UpgradePlan;
	/** False when there was nothing new. */
	readonly changed: boolean;
	readonly backup: string | null;
	/** Digest or id of each service's image now. */
	readonly images: Readonly<Record<string, string>>;
	/** Finished migrations; null where no tool keeps books. */
	readonly migrations: {readonly before: number | null; readonly after: number | null} | null;
	readonly health: HealthReport | null;
	/** Milliseconds without the application, as its health URL saw it. */
	readonly outageMs: number;
};

export function upgradeToJson(result: UpgradeResult): Readonly<Record<string, unknown>> {
	const {plan} = result;
	const now = plan.repository?.to ?? plan.repository?.from;
	return {
		ok: true,
		upToDate: !result.changed,
		from: {
			revision: plan.repository?.from.revision ?? null,
			version: plan.repository?.from.version ?? null,
			images: imagesOf(plan),
		},
		to: {revision: now?.revision ?? null, version: now?.version ?? null, images: result.images},
		backup: result.backup,
		wayBack: result.changed ? plan.wayBack.map(({service, name, kind}) => ({service, name, kind})) : [],
		migrations: result.migrations,
		health: result.health,
		outageMs: result.outageMs,
		rolledBack: false,
	};
}

export function describeUpgrade(result: UpgradeResult): Outcome {
	const {plan, migrations} = result;
	if (!result.changed)
		return {
			status: 'success',
			title: `${plan.stack.project} is up to date`,
			facts: [],
			notes: ['There are neither new commits nor new images.'],
			next: [],
		};
	return {
		status: 'success',
		title: titleOf(plan),
		facts: [
			...(result.backup === null ? [] : [['Backup', result.backup] as const]),
			...describeMigrations(migrations),
			[
				'Away for',
				plan.keepWriting
					? `${formatDuration(result.outageMs)}, while the containers changed`
					: formatDuration(result.outageMs),
			],
			...plan.wayBack
				.filter(one => one.kind === 'copy')
				.map(one => ['Data from before', `${one.copy} (on ${one.service})`] as const),
		],
		notes: notesOf(plan),
		next: [
			offerRollback('If something is wrong, go back'),
			{text: 'When you are content, give the room back', command: ['lifeboat', 'rollback', '--drop']},
		],
	};
}

function titleOf({stack, alone, repository}: UpgradePlan): string {
	if (alone !== null)
		return alone.direction === 'up'
			? `The migrations of ${stack.project} have run, and it is healthy`
			: `The newest migration of ${stack.project} is taken back, and it is healthy`;
	const to = repository?.to;
	return `${stack.project} is upgraded${to ? ` to ${nameRevision(to)}` : ''} and healthy`;
}

function describeMigrations(migrations: UpgradeResult['migrations']): Outcome['facts'] {
	if (migrations === null || migrations.after === null) return [];
	const change = migrations.after - (migrations.before ?? 0);
	const words = change === 0 ? 'none new' : change > 0 ? `${change} new` : `${-change} taken back`;
	return [['Migrations', `${words}, ${migrations.after} in all`]];
}

function notesOf(plan: UpgradePlan): readonly string[] {
	if (plan.alone === null)
		return ['Nothing of the previous version is gone: images, code and data can come back together.'];
	return plan.alone.direction === 'up'
		? []
		: ['The next `docker compose up` may run it again: bring a version of the application that does without it.'];
}
