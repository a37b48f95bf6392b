import type {PlanReview} from '../flow.js';
import {
	isNewImage,
	nameRevision,
	type PlannedRepository,
	type Revision,
	type ServiceImage,
	type UpgradePlan,
} from './plan.js';

const mostCommits = 12;

/** What the plan means for somebody who has to say yes. Pure. */
export function reviewUpgrade(plan: UpgradePlan): PlanReview {
	const base = {facts: factsOf(plan), warnings: plan.warnings, destroys: []};
	if (plan.upToDate) return {...base, title: `${plan.stack.project} is up to date`, steps: [], needsConsent: false};
	return {
		...base,
		title: titleOf(plan),
		steps: stepsOf(plan),
		destroys:
			plan.alone?.direction === 'down'
				? ['What the newest migration added goes, with its rows; the copy made before has them until it is dropped']
				: [],
		needsConsent: true,
		reading: describeRelease(plan.repository),
	};
}

function titleOf({stack, alone, repository}: UpgradePlan): string {
	if (alone !== null)
		return alone.direction === 'up'
			? `Run the migrations of ${stack.project} again`
			: `Take the newest migration of ${stack.project} back`;
	const to = repository?.to;
	return `Upgrade ${stack.project}${to ? ` to ${nameRevision(to)}` : ''}`;
}

function stepsOf(plan: UpgradePlan): PlanReview['steps'] {
	const {repository, alone} = plan;
	const stop = plan.writers.writers.map(service => service.service);
	const loaded = plan.wayBack.filter(one => one.kind === 'backup');
	const names = plan.migrate.join(', ');
	return [
		...(plan.backup === null
			? []
			: [
					{
						title: `Back up into ${plan.backup.output.directory}`,
						detail: plan.verify ? 'and verify it by restoring it' : undefined,
					},
				]),
		...(alone === null ? [{title: 'Keep the images that run now'}] : []),
		...(repository?.to
			? [
					{
						title: `Move the code from ${nameRevision(repository.from)} to ${nameRevision(repository.to)}`,
						detail: countOf(repository.commits.length, 'commit'),
					},
				]
			: []),
		...(plan.addVariables ? plan.environment.map(one => ({title: `Write new variables into ${one.envFile}`})) : []),
		...(plan.pull.length > 0 ? [{title: `Pull the images of ${plan.pull.join(', ')}`}] : []),
		...(plan.build.length > 0 ? [{title: `Build the images of ${plan.build.join(', ')}`}] : []),
		...(plan.keepWriting || stop.length === 0
			? []
			: [{title: `Stop ${stop.join(', ')}`, detail: 'from here on the application is away'}]),
		...plan.wayBack
			.filter(one => one.kind === 'copy')
			.map(one => ({title: `Copy the database ${one.name} to ${one.copy}`, detail: 'the way back'})),
		...(loaded.length > 0 && !plan.keepWriting
			? [{title: `Back up ${loaded.map(one => one.name).join(', ')} once more`, detail: 'the way back'}]
			: []),
		...(plan.migrate.length > 0
			? [{title: alone?.direction === 'down' ? `Take one migration back (${names})` : `Run the migrations (${names})`}]
			: []),
		{title: `Start ${alone === null ? 'the new version' : 'the application'} and wait until it is healthy`},
		{title: 'If anything fails: say why, and bring code, images, files and data back together'},
	];
}

function factsOf(plan: UpgradePlan): PlanReview['facts'] {
	const {repository} = plan;
	return [
		...(repository === null ? [] : describeRepository(repository)),
		...plan.environment.flatMap(({variables, envFile}) =>
			variables.map(
				({name, example, comment}) =>
					[
						`New in ${envFile}`,
						`${name}${example === '' ? ', no default' : `, default ${example}`}${comment === null ? '' : ` (${comment})`}`,
					] as const,
			),
		),
		...(plan.alone === null ? describeImages(plan) : []),
		...(plan.added.length > 0 ? [['New services', plan.added.join(', ')] as const] : []),
		...(plan.wayBack.length === 0
			? []
			: [['Way back of the data', [...new Set(plan.wayBack.map(describeWayBack))].join('; ')] as const]),
	];
}

function describeRepository({
	from,
	to,
	changedComposeFiles,
	changedEnvExamples,
	migrations,
}: PlannedRepository): PlanReview['facts'] {
	const tools = migrations.tools.filter(tool => tool !== 'sql');
	return [
		['Code', to === null ? `${fullName(from)}, nothing new` : `${fullName(from)} → ${fullName(to)}`],
		...(changedComposeFiles.length > 0 ? [['Changed compose files', changedComposeFiles.join(', ')] as const] : []),
		...(changedEnvExamples.length > 0 ? [['Changed env examples', changedEnvExamples.join(', ')] as const] : []),
		...(migrations.added.length > 0
			? [
					[
						'New migrations',
						`${migrations.added.join(', ')}${tools.length > 0 ? ` (${tools.join(', ')})` : ''}`,
					] as const,
				]
			: []),
	];
}

/** The tag with its commit, where there is one: a tag can be moved. */
function fullName({version, revision}: Revision): string {
	return version === null ? revision.slice(0, 12) : `${version} (${revision.slice(0, 9)})`;
}

/** What runs now and what would run: images that are pulled, those that are built, and the servers, which stay. */
function describeImages({images, pull, build, stack}: UpgradePlan): PlanReview['facts'] {
	const built = images.filter(image => build.includes(image.service) && image.runningImageId !== null);
	const servers = stack.databases.filter(server => !server.replica && server.serverVersion !== null);
	return [
		...images
			.filter(image => pull.includes(image.service) || hasOtherName(image))
			.map(image => [`Image of ${image.service}`, describeImage(image)] as const),
		...(built.length === 0
			? []
			: [
					[
						'Built anew',
						built.map(({service, runningImageId}) => `${service} (now ${shorten(runningImageId)})`).join(', '),
					] as const,
				]),
		...servers.map(
			({service, serverVersion, image}) =>
				['Server', `${service} stays: PostgreSQL ${serverVersion}${image === null ? '' : `, ${image}`}`] as const,
		),
	];
}

function describeWayBack({kind}: UpgradePlan['wayBack'][number]): string {
	return kind === 'copy' ? 'a copy, back by a rename in seconds' : 'a backup, loaded again';
}

/** Commits and release notes: what a careful person reads before saying yes. */
function describeRelease(repository: PlannedRepository | null): NonNullable<PlanReview['reading']> {
	if (repository === null || repository.to === null) return [];
	const commits = repository.commits
		.slice(0, mostCommits)
		.map(commit => `${commit.revision.slice(0, 9)} ${commit.subject}`);
	const rest = repository.commits.length - commits.length;
	return [
		{title: 'Commits', lines: [...commits, ...(rest > 0 ? [`… ${rest} more`] : [])]},
		...(repository.notes.length === 0 ? [] : [{title: 'Release notes', lines: repository.notes}]),
	];
}

/** Another name than that which runs: another tag, or another image altogether. */
function hasOtherName({nextReference, runningReference}: ServiceImage): boolean {
	return nextReference !== null && runningReference !== null && nextReference !== runningReference;
}

function describeImage(image: ServiceImage): string {
	const name = image.nextReference ?? image.runningReference ?? 'built here';
	if (hasOtherName(image)) return `${image.runningReference} → ${name}${digestOf(image.remoteDigest)}`;
	if (image.remoteDigest === null) return `${name}, the pull will tell whether it is new`;
	if (!isNewImage(image)) return `${name}, unchanged`;
	return `${name}, new: ${shorten(image.runningDigest?.split('@')[1] ?? image.runningImageId)} → ${shorten(image.remoteDigest)}`;
}

function digestOf(digest: string | null): string {
	return digest === null ? '' : ` (${shorten(digest)})`;
}

/** The beginning of `sha256:…`, as Docker shows it. */
function shorten(digest: string | null): string {
	return digest === null ? 'unknown' : digest.slice(7, 19);
}

function countOf(count: number, what: string): string {
	return `${count} ${what}${count === 1 ? '' : 's'}`;
}
