import {formatDuration} from '../../text-progress.js';
import type {Outcome} from '../flow.js';
import type {HealthReport} from '../steps/health-rules.js';
import type {UpgradePlan} from './plan.js';

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
	const before = Object.fromEntries(
		plan.images.flatMap(image =>
			image.runningImageId === null ? [] : [[image.service, image.runningDigest ?? image.runningImageId]],
		),
	);
	return {
		ok: true,
		upToDate: !result.changed,
		from: {
			revision: plan.repository?.from.revision ?? null,
			version: plan.repository?.from.version ?? null,
			images: before,
		},
		to: {
			revision: (plan.repository?.to ?? plan.repository?.from)?.revision ?? null,
			version: (plan.repository?.to ?? plan.repository?.from)?.version ?? null,
			images: result.images,
		},
		backup: result.backup,
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
	const version = plan.repository?.to?.version ?? plan.repository?.to?.revision.slice(0, 12);
	return {
		status: 'success',
		title: `${plan.stack.project} is upgraded${version === undefined ? '' : ` to ${version}`} and healthy`,
		facts: [
			...(result.backup === null ? [] : [['Backup', result.backup] as const]),
			...(migrations === null || migrations.after === null
				? []
				: [['Migrations', `${migrations.after - (migrations.before ?? 0)} new, ${migrations.after} in all`] as const]),
			['Away for', formatDuration(result.outageMs)],
			...plan.copies.map(copy => ['Data from before', `${copy.copy} (on ${copy.service})`] as const),
		],
		notes: ['Nothing of the previous version is gone: images, code and data can come back together.'],
		next: [
			{text: 'If something is wrong, go back', command: ['lifeboat', 'rollback']},
			{text: 'When you are content, give the room back', command: ['lifeboat', 'rollback', '--drop']},
		],
	};
}
