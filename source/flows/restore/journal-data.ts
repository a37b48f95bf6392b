import type {JournalRecord} from '../../journal/journal.js';
import type {RestorableStorage} from '../../stack/storage-restore.js';
import type {ServerAddress} from '../steps/database-up.js';
import type {PlannedDatabase} from './place-databases.js';
import type {RestorePlan} from './plan.js';

/** What the journal keeps of a restore. */
export type RestoreData = {
	readonly plan: RestorePlan;
	/** Backup that was taken before a restore in place. */
	readonly rollbackPoint?: string;
	/** Volumes and folders whose former content is kept in them. */
	readonly storages?: readonly RestorableStorage[];
	/** Databases that were restored and taken back. */
	readonly undone?: readonly Undone[];
};
export type Undone = {readonly service: string; readonly name: string};

export function dataOf(record: JournalRecord): RestoreData {
	return record.data as RestoreData;
}

/** How to reach a server of the plan. */
export function addressOf(plan: RestorePlan, service: string): ServerAddress {
	const target = plan.targets.find(one => one.service === service);
	return {
		project: plan.stack.project,
		target: plan.stack.target,
		service,
		user: target?.user ?? 'postgres',
		database: target?.database ?? 'postgres',
		external: target?.external,
		major: target?.server?.major,
	};
}

/** The servers of all its databases, each once. */
export function addressesOf(plan: RestorePlan): readonly ServerAddress[] {
	return [...new Set(plan.databases.map(one => one.service))].map(service => addressOf(plan, service));
}

/** The restored data, once its restore was taken back: users may have written to it. */
export function undoneName(database: PlannedDatabase): string {
	return database.staging.replace('_restoring_', '_undone_');
}
