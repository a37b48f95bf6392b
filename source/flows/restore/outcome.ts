import type {Outcome} from '../flow.js';
import {offerRollback} from '../rollback/offer.js';
import type {HealthReport} from '../steps/health-rules.js';
import type {PlannedMode} from './plan.js';

/** One database after the restore. */
export type RestoredDatabase = {
	readonly service: string;
	readonly name: string;
	readonly tables: number;
	readonly rows: number;
	/** The former database, as long as it is kept. */
	readonly previous: string | null;
	/** Per table: what the backup holds and what is there now. `expected` is null where the file does not say. */
	readonly counts: readonly {readonly table: string; readonly expected: number | null; readonly rows: number | null}[];
};

export type RestoreResult = {
	readonly id: string;
	readonly project: string;
	readonly file: string;
	readonly mode: PlannedMode;
	/** Milliseconds without the application, as failed requests on the health URL show. */
	readonly downtimeMs: number;
	readonly durationMs: number;
	readonly databases: readonly RestoredDatabase[];
	/** Null where no application was started or touched. */
	readonly health: HealthReport | null;
	/** Backup of what was there before, for a restore in place. */
	readonly rollbackPoint: string | null;
	/** Compose files and env files that were written. */
	readonly files: readonly string[];
	/** Volumes and folders that were brought back. */
	readonly volumes: readonly string[];
	readonly notes: readonly string[];
	/** How to look at a copy that nobody uses. */
	readonly lookAt?: readonly string[] | undefined;
};

/** The document of `restore --json` (product.md). */
export function restoreToJson(result: RestoreResult): Readonly<Record<string, unknown>> {
	return {
		ok: true,
		mode: result.mode,
		downtimeMs: result.downtimeMs,
		durationMs: result.durationMs,
		databases: result.databases.map(({name, tables, rows, previous}) => ({name, tables, rows, previous})),
		health: result.health ?? {ok: true, checks: []},
		...(result.rollbackPoint === null ? {} : {rollbackPoint: result.rollbackPoint}),
		...(result.files.length === 0 ? {} : {files: result.files}),
		...(result.volumes.length === 0 ? {} : {volumes: result.volumes}),
		notes: result.notes,
	};
}

export function describeRestore(result: RestoreResult): Outcome {
	const previous = result.databases.flatMap(database => database.previous ?? []);
	return {
		status: 'success',
		title:
			result.mode === 'to-database' ? `${result.databases[0]?.name} holds the backup` : `${result.project} is restored`,
		facts: [
			...result.databases.map(
				database => [database.name, `${number(database.tables)} tables, ${number(database.rows)} rows`] as const,
			),
			...(result.mode === 'to-database' || result.mode === 'fresh'
				? []
				: [['Without the application', `${(result.downtimeMs / 1000).toFixed(1)} s`] as const]),
			['Took', `${(result.durationMs / 1000).toFixed(1)} s`],
			...(previous.length === 0 ? [] : [['Former database', previous.join(', ')] as const]),
			...(result.rollbackPoint === null ? [] : [['Rollback point', result.rollbackPoint] as const]),
			...(result.files.length === 0 ? [] : [['Files', result.files.join(', ')] as const]),
			...(result.volumes.length === 0 ? [] : [['Volumes', result.volumes.join(', ')] as const]),
			...(result.health === null ? [] : [['Health', describeHealth(result.health)] as const]),
		],
		table: tabulate(result.databases),
		notes: result.notes,
		next: nextSteps(result, previous),
	};
}

function nextSteps(result: RestoreResult, previous: readonly string[]): Outcome['next'] {
	if (result.mode === 'to-database')
		return [{text: 'Look at it, copy what you need, then drop it', command: result.lookAt}];
	if (previous.length > 0)
		return [
			offerRollback('Look at the application. If the old data was better, go back'),
			{
				text: 'When all is well, drop the former database to free its space',
				command: ['lifeboat', 'rollback', '--drop'],
			},
		];
	if (result.rollbackPoint !== null)
		return [offerRollback('Look at the application. If the old data was better, go back')];
	return [{text: 'Look at the application and sign in'}];
}

function describeHealth(health: HealthReport): string {
	const failed = health.checks.filter(check => !check.ok);
	if (failed.length === 0)
		return health.checks.map(check => `${check.service}: ${check.text}`).join(', ') || 'nothing to ask';
	return `${failed.map(check => `${check.service}: ${check.text}`).join(', ')} (as before the restore)`;
}

/** The checklist: every table, what the backup has and what is there. */
export function tabulate(
	databases: readonly Pick<RestoredDatabase, 'name' | 'counts'>[],
	found = 'Restored',
): NonNullable<Outcome['table']> {
	const several = databases.length > 1;
	return {
		columns: [...(several ? ['Database'] : []), 'Table', 'In the backup', found, ''],
		rows: databases.flatMap(database =>
			database.counts.map(({table, expected, rows}) => [
				...(several ? [database.name] : []),
				table,
				expected === null ? '–' : number(expected),
				rows === null ? '–' : number(rows),
				expected === null || rows === null ? '' : expected === rows ? 'equal' : 'DIFFERENT',
			]),
		),
	};
}

function number(value: number): string {
	return value.toLocaleString('en');
}
