import prettyBytes from 'pretty-bytes';
import {isAnonymousVolume} from '../../stack/runtime.js';
import type {PlanReview} from '../flow.js';
import {guessOutage} from './outage-estimate.js';
import type {MajorPlan, MovePlan, ReindexPlan} from './plan.js';

export function reviewMajor(plan: MajorPlan): PlanReview {
	return plan.action === 'reindex' ? reviewReindex(plan) : reviewMove(plan);
}

function reviewMove(plan: MovePlan): PlanReview {
	const {old, next, service, stack, writers} = plan;
	const stopped = [...writers.writers, ...writers.poolers].map(one => one.service);
	return {
		title:
			plan.action === 'adopt'
				? `Give the data of ${service} a volume that stays`
				: `Move ${stack.project} from PostgreSQL ${old.major} to ${next.major}`,
		facts: [
			['Server', `${service}, PostgreSQL ${old.major}${old.cannotStart ? ', cannot start with its image' : ''}`],
			[
				'Image',
				old.image === next.image
					? next.image
					: `${old.image} → ${next.image}${next.from === 'here' ? '' : ' (to be pulled)'}`,
			],
			['Data now', describePlace(old.mount.type, old.mount.name ?? old.place.source, old.mount.target)],
			['Data then', describePlace(next.place.type, next.volume?.key ?? next.place.source, next.target)],
			...(plan.databases.length === 0 ? [] : [['Databases', plan.databases.map(describeDatabase).join(', ')] as const]),
			...(plan.action === 'adopt' || plan.extensions.length === 0
				? []
				: [['Extensions', plan.extensions.map(one => describeExtension(one)).join(', ')] as const]),
			...(plan.action === 'adopt' || plan.template.length === 0
				? []
				: [['New databases', `begin with what is in template1, as now: ${plan.template.join(', ')}`] as const]),
			...(plan.neededBytes === null
				? []
				: [
						[
							'Disk',
							`about ${prettyBytes(plan.neededBytes)} needed${plan.freeBytes === null ? '' : `, ${prettyBytes(plan.freeBytes)} free`}`,
						] as const,
					]),
			['Away for', guessOutage(plan)],
		],
		steps: stepsOf(plan, stopped),
		warnings: plan.warnings,
		destroys: [],
		needsConsent: true,
		diff: plan.edit.diff,
	};
}

function stepsOf(plan: MovePlan, stopped: readonly string[]): PlanReview['steps'] {
	const {old, next, service} = plan;
	const backup = {
		title: 'Back up first',
		detail: plan.backupAnswers.verify ? 'and verify it by restoring it' : undefined,
	};
	const stop = {
		title: `Stop ${[...stopped, service].join(', ')}`,
		detail: old.cannotStart ? undefined : 'from here on the application is away',
	};
	const fill =
		plan.action === 'adopt'
			? [{title: 'Copy the data folder into the volume', detail: 'every byte compared'}]
			: [
					{
						title: 'Dump from the old server straight into the new one',
						detail: 'neither can be reached by anybody else',
					},
					{title: 'Compare both', detail: 'rows, sequences, extensions, roles with passwords, settings'},
				];
	const prepare =
		plan.action === 'adopt'
			? []
			: [
					{
						title: `Start PostgreSQL ${next.major} beside the stack`,
						detail: 'roles, then a rehearsal with the schema alone',
					},
				];
	return [
		...(next.from === 'here' ? [] : [{title: `Pull ${next.image} and look at its extensions`}]),
		...(old.cannotStart
			? [stop, {title: `Start PostgreSQL ${old.major} beside the stack on the old data`}, backup, ...prepare]
			: [backup, ...prepare, stop]),
		...fill,
		{title: 'Change the compose file as below'},
		{title: `Start ${[...new Set([service, ...stopped, ...plan.start])].join(', ')} and wait until all is healthy`},
		{
			title: 'If anything fails: say why, and bring back the old server and the old files',
			detail: 'its volume is not touched',
		},
	];
}

function describePlace(type: string, name: string, target: string | null): string {
	const short = isAnonymousVolume(name) ? `${name.slice(0, 12)}…` : name;
	const kind = type === 'bind' ? 'folder' : type === 'anonymous' ? 'anonymous volume' : 'volume';
	return `${kind} ${short} at ${target ?? '?'}`;
}

function describeDatabase({name, sizeBytes}: MovePlan['databases'][number]): string {
	return sizeBytes === null ? name : `${name} (${prettyBytes(sizeBytes)})`;
}

function describeExtension({name, version, offered}: MovePlan['extensions'][number]): string {
	return offered === null || offered === version ? `${name} ${version}` : `${name} ${version} → ${offered}`;
}

function reviewReindex({service, major, image, mismatches}: ReindexPlan): PlanReview {
	return {
		title: `Rebuild what depends on the sort order of ${service}`,
		facts: [
			['Server', `${service}, PostgreSQL ${major}, ${image}`],
			...mismatches.map(
				one =>
					[
						'Sort order',
						`${one.database}: made with ${one.recorded ?? '?'}, the system has ${one.actual ?? '?'}`,
					] as const,
			),
		],
		steps: [
			{title: 'Back up first'},
			...mismatches.map(one => ({
				title: `Build the text indexes of ${one.database} anew`,
				detail: 'the application goes on meanwhile',
			})),
			{title: 'Record the new version of the sort order'},
		],
		warnings: [],
		destroys: [],
		needsConsent: true,
	};
}
