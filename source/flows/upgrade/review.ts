import type {PlanReview} from '../flow.js';
import {isNewImage, type ServiceImage, type UpgradePlan} from './plan.js';

const mostCommits = 12;

export function reviewUpgrade(plan: UpgradePlan): PlanReview {
	const {repository, stack} = plan;
	if (plan.upToDate) {
		return {
			title: `${stack.project} is up to date`,
			facts: factsOf(plan),
			steps: [],
			warnings: plan.warnings,
			destroys: [],
			needsConsent: false,
		};
	}

	const stop = plan.writers.writers.map(service => service.service);
	return {
		title: `Upgrade ${stack.project}${repository?.to === null || repository === null ? '' : ` to ${repository.to.version ?? repository.to.revision.slice(0, 12)}`}`,
		facts: factsOf(plan),
		steps: [
			...(plan.backup === null
				? []
				: [
						{
							title: `Back up into ${plan.backup.output.directory}`,
							detail: plan.verify ? 'and verify it by restoring it' : undefined,
						},
					]),
			{title: 'Keep the images that run now'},
			...(repository?.to
				? [
						{
							title: `Move the code from ${shorten(repository.from)} to ${shorten(repository.to)}`,
							detail: `${repository.commits.length} commits`,
						},
					]
				: []),
			...(plan.pull.length > 0 ? [{title: `Pull the images of ${plan.pull.join(', ')}`}] : []),
			...(plan.build.length > 0 ? [{title: `Build the images of ${plan.build.join(', ')}`}] : []),
			...(plan.keepWriting || stop.length === 0
				? []
				: [{title: `Stop ${stop.join(', ')}`, detail: 'from here on the application is away'}]),
			...plan.copies.map(copy => ({title: `Copy the database ${copy.name} to ${copy.copy}`, detail: 'the way back'})),
			...(plan.migrate.length > 0 ? [{title: `Run the migrations (${plan.migrate.join(', ')})`}] : []),
			{title: 'Start the new version and wait until it is healthy'},
			{title: 'If anything fails: code, images, files and data go back together', detail: 'by itself'},
		],
		warnings: plan.warnings,
		destroys: [],
		needsConsent: true,
		diff: describeRelease(plan),
	};
}

function factsOf(plan: UpgradePlan): PlanReview['facts'] {
	const {repository} = plan;
	return [
		...(repository === null
			? []
			: [
					[
						'Code',
						repository.to === null
							? `${shorten(repository.from)}, nothing new`
							: `${shorten(repository.from)} → ${shorten(repository.to)}`,
					] as const,
				]),
		...plan.images
			.filter(image => plan.pull.includes(image.service))
			.map(image => [`Image of ${image.service}`, describeImage(image)] as const),
		...(repository !== null && repository.changedComposeFiles.length > 0
			? [['Changed compose files', repository.changedComposeFiles.join(', ')] as const]
			: []),
		...(repository !== null && repository.migrations.added.length > 0
			? [['New migrations', repository.migrations.added.join(', ')] as const]
			: []),
		...plan.environment.flatMap(({variables, envFile}) =>
			variables.map(
				variable =>
					[
						`New in ${envFile}`,
						`${variable.name}${variable.example === '' ? '' : `, default ${variable.example}`}`,
					] as const,
			),
		),
	];
}

/** Commits and release notes: what a careful person reads before saying yes. */
function describeRelease(plan: UpgradePlan): readonly string[] {
	const {repository} = plan;
	if (repository === null || repository.to === null) return [];
	const commits = repository.commits
		.slice(0, mostCommits)
		.map(commit => `  ${commit.revision.slice(0, 9)} ${commit.subject}`);
	const rest = repository.commits.length - commits.length;
	return [
		'Commits:',
		...commits,
		...(rest > 0 ? [`  … ${rest} more`] : []),
		...(repository.notes.length === 0 ? [] : ['Release notes:', ...repository.notes.map(line => `  ${line}`)]),
	];
}

function describeImage(image: ServiceImage): string {
	const name = image.reference ?? image.runningReference ?? 'built here';
	if (image.reference !== image.runningReference && image.runningReference !== null)
		return `${image.runningReference} → ${name}`;
	if (image.remoteDigest === null) return `${name}, the pull will tell whether it is new`;
	return isNewImage(image) ? `${name}, new (${image.remoteDigest.slice(7, 19)})` : `${name}, unchanged`;
}

function shorten({version, revision}: {readonly version: string | null; readonly revision: string}): string {
	return version ?? revision.slice(0, 12);
}
