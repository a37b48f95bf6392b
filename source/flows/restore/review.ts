import prettyBytes from 'pretty-bytes';
import type {PlanReview} from '../flow.js';
import {keptFormer, type PlannedDatabase} from './place-databases.js';
import type {RestorePlan} from './plan.js';
import {describeVolume} from './plan-volumes.js';
import {estimateSize} from './preflight.js';

/** What is restored, where, what happens to what is there now. */
export function reviewRestore(plan: RestorePlan): PlanReview {
	return {
		title: `Restore ${plan.stack.project} from ${basename(plan.source.file)}`,
		facts: [
			['Backup', describeSource(plan)],
			...plan.databases.map(database => [`Database ${database.name}`, describeDatabase(plan, database)] as const),
			['How', describeMode(plan)],
			['Stopped meanwhile', describeStopped(plan)],
		],
		steps: describeSteps(plan),
		warnings: plan.warnings,
		destroys: describeDestroyed(plan),
		...(plan.mode === 'in-place' ? {confirmWord: plan.stack.project} : {}),
		needsConsent: plan.mode !== 'to-database',
	};
}

function describeSource(plan: RestorePlan): string {
	const {source} = plan;
	const made = source.createdAt === null ? '' : `, made ${source.createdAt.slice(0, 16).replace('T', ' ')} UTC`;
	const other = source.project !== null && source.project !== plan.stack.project ? ` from ${source.project}` : '';
	return `${source.format}${other}${made}, ${prettyBytes(source.bytes)}${source.encrypted ? ', encrypted' : ''}`;
}

function describeDatabase(plan: RestorePlan, database: PlannedDatabase): string {
	const source = plan.source.databases[database.source];
	const what = [
		source?.tableCount === null || source === undefined ? null : count(source.tableCount, 'table'),
		source?.rows === null || source === undefined ? null : count(source.rows, 'row'),
		source === undefined ? null : `about ${prettyBytes(estimateSize(source))}`,
	].filter(text => text !== null);
	const isOutside = plan.targets.some(one => one.service === database.service && one.external !== null);
	return `${what.join(', ')} on ${database.service}${isOutside ? ', outside of this stack' : ''}`;
}

function describeMode(plan: RestorePlan): string {
	switch (plan.mode) {
		case 'switch':
			return 'Beside the live database, checked, then switched by rename; the application runs until the switch';
		case 'in-place':
			return 'In place: the application is down for the whole time';
		case 'to-database':
			return 'Into a new database; nothing else is touched';
		case 'fresh':
			return 'There is no data yet that could be lost';
		default:
			plan.mode satisfies never;
			return '';
	}
}

function describeStopped(plan: RestorePlan): string {
	const names = [...plan.writers.writers, ...plan.writers.poolers].map(one => one.service);
	return names.length === 0 ? 'nothing' : names.join(', ');
}

function describeSteps(plan: RestorePlan): PlanReview['steps'] {
	const names = plan.databases.map(database => database.name).join(', ');
	const stopped = describeStopped(plan);
	const missing = plan.roles.flatMap(role => role.missing ?? []);
	const down = plan.targets.filter(
		target => !target.running && plan.databases.some(one => one.service === target.service),
	);
	const check = {title: 'Check the backup from its first byte to its last', detail: 'nothing is changed before'};
	const start = down.length === 0 ? [] : [{title: `Start ${down.map(target => target.service).join(', ')}`}];
	const roles = missing.length === 0 ? [] : [{title: `Create the roles ${missing.join(', ')}`}];
	const limited = plan.targets.filter(
		target => target.server?.superuser === false && plan.databases.some(one => one.service === target.service),
	);
	const rehearse = limited.map(target => ({
		title: `Try on an empty database what ${target.server?.rights.role} may do on ${target.service}`,
	}));
	const compare = {title: 'Compare tables, rows, extensions and migrations with the backup'};
	const sessions =
		plan.clearSessions && plan.sessionTables.length > 0
			? [
					{
						title: `Delete the rows of ${plan.sessionTables.map(table => `${table.schema}.${table.name}`).join(', ')}`,
						detail: 'everybody signs in again',
					},
				]
			: [];
	const migrate = plan.migrate.map(name => ({
		title: `Run ${name}`,
		detail: 'migrations that the code wants and the backup lacks',
	}));
	const caches = plan.caches.map(cache => ({title: `Empty ${cache.service}`, detail: cache.summary}));
	const unpack = plan.volumes.map(volume => ({
		title: `Unpack ${describeVolume(volume).toLowerCase()} beside what is there`,
		detail: `${prettyBytes(volume.bytes)} packed`,
	}));
	const files = plan.files.map(file => ({
		title: `Write ${file.name}`,
		...(file.former === null ? {} : {detail: `what is there now is kept as ${basename(file.former)}`}),
	}));
	const exchange =
		plan.volumes.length === 0
			? []
			: [
					{
						title: `Put ${plan.volumes.map(volume => volume.name).join(', ')} in place`,
						...(plan.mode === 'fresh'
							? {}
							: {detail: `what is there now is kept in it as .lifeboat-before-${plan.id}`}),
					},
				];
	const health = {title: 'Wait until the application is healthy', detail: 'else everything goes back as it was'};
	switch (plan.mode) {
		case 'to-database':
			return [check, ...start, ...roles, {title: `Restore into ${names}`}, compare];
		case 'fresh':
			return [
				check,
				...start,
				...roles,
				{title: `Restore ${names}`},
				compare,
				...sessions,
				...unpack,
				...files,
				...exchange,
				{title: 'Start the whole stack'},
				...caches,
				{title: 'Wait until the application is healthy'},
			];
		case 'in-place':
			return [
				check,
				...rehearse,
				{title: 'Take a rollback point', detail: 'a backup of what is there now; without it nothing goes on'},
				{title: `Stop ${stopped}`},
				...roles,
				{title: `Drop ${names} and restore it from the backup`},
				compare,
				...sessions,
				...unpack,
				...files,
				...exchange,
				...migrate,
				...caches,
				{title: `Start ${stopped}`},
				health,
			];
		case 'switch':
			return [
				check,
				...roles,
				...rehearse,
				{
					title: `Restore beside the live database: ${plan.databases.map(database => database.staging).join(', ')}`,
					detail: 'the application goes on',
				},
				compare,
				...sessions,
				...unpack,
				{title: `Stop ${stopped}`},
				...files,
				...exchange,
				{
					title: 'Switch by rename',
					detail: plan.databases
						.flatMap(one => (one.former === null ? [] : [`${one.name} becomes ${one.former}`]))
						.join(', '),
				},
				...migrate,
				...caches,
				{title: `Start ${stopped}`},
				health,
			];
		default:
			plan.mode satisfies never;
			return [];
	}
}

function describeDestroyed(plan: RestorePlan): readonly string[] {
	const caches = plan.caches.map(cache => `What is in ${cache.service}: ${cache.summary}`);
	if (plan.mode !== 'in-place') return caches;
	return [
		...plan.databases
			.filter(database => keptFormer(database) !== null)
			.map(
				database =>
					`The database ${database.name}${database.formerBytes === null ? '' : ` (${prettyBytes(database.formerBytes)})`}; a rollback point is kept`,
			),
		...caches,
	];
}

function count(number: number, word: string): string {
	return `${number.toLocaleString('en')} ${word}${number === 1 ? '' : 's'}`;
}

function basename(path: string): string {
	return path.slice(path.lastIndexOf('/') + 1);
}
