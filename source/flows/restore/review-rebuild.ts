import prettyBytes from 'pretty-bytes';
import type {PlanReview} from '../flow.js';
import type {RebuildPlan} from './plan-rebuild.js';

/** What is set up, where, from what. Pure. */
export function reviewRebuild(plan: RebuildPlan): PlanReview {
	const {source} = plan;
	const made = source.createdAt === null ? '' : `, made ${source.createdAt.slice(0, 16).replace('T', ' ')} UTC`;
	const databases = source.databases.filter(database => database.name !== 'postgres' || database.tableCount !== 0);
	const names = databases.map(database => database.name ?? 'the dump').join(', ');
	return {
		title: `Set up ${plan.project} from ${source.file.slice(source.file.lastIndexOf('/') + 1)}`,
		facts: [
			['Backup', `${source.format}${made}, ${prettyBytes(source.bytes)}${source.encrypted ? ', encrypted' : ''}`],
			['Folder', plan.directory],
			['Services', plan.services.join(', ')],
			...databases.map(
				database =>
					[
						`Database ${database.name ?? ''}`.trim(),
						[
							database.tableCount === null ? null : `${database.tableCount.toLocaleString('en')} tables`,
							database.rows === null ? null : `${database.rows.toLocaleString('en')} rows`,
						]
							.filter(text => text !== null)
							.join(', '),
					] as const,
			),
		],
		steps: [
			{title: 'Check the backup from its first byte to its last', detail: 'nothing is changed before'},
			...plan.files.map(file => ({
				title: `Write ${file.name}`,
				...(file.mode === 0o600 ? {detail: 'readable for you alone'} : {}),
			})),
			...(plan.pulls.length === 0 ? [] : [{title: `Pull ${plan.pulls.join(', ')}`}]),
			{title: 'Start the database server on an empty volume'},
			{title: `Create the roles and restore ${names}`},
			{title: 'Compare tables, rows, extensions and migrations with the backup'},
			...(plan.volumes.length === 0 ? [] : [{title: `Bring back the files of ${plan.volumes.join(', ')}`}]),
			{title: 'Start the whole stack'},
			{title: 'Wait until the application is healthy'},
		],
		warnings: plan.warnings,
		destroys: [],
		needsConsent: true,
	};
}
