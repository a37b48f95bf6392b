import type {Journal, JournalRecord} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {ServerAddress} from '../steps/database-up.js';
import type {MovedDatabase} from './compare.js';
import type {MajorResult} from './outcome.js';
import type {MajorPlan, MovePlan} from './plan.js';

/** What a move keeps in its journal. */
export type MoveData = {
	readonly plan: MajorPlan;
	/** Identity of the new cluster: proof that the service runs on what was filled, and on nothing else. */
	readonly clusterId?: string;
	/** Names of the databases that were moved. */
	readonly databases?: readonly string[];
	/** It failed and somebody wanted it left as it was. */
	readonly left?: boolean;
};

export function dataOf(record: JournalRecord): MoveData {
	return record.data as MoveData;
}

/** One move under way: what its steps share. */
export type MoveRun = {
	readonly plan: MovePlan;
	readonly journal: Journal;
	readonly services: Services;
	readonly signal: AbortSignal;
};

/** How the service is reached by the old files, or by the new ones. */
export function addressOf(plan: MovePlan, side: 'old' | 'new'): ServerAddress {
	return {
		project: plan.stack.project,
		target: side === 'old' ? plan.stack.target : plan.targetAfter,
		service: plan.service,
		user: plan.old.user,
		database: plan.old.database,
	};
}

/** Stops the application. `startMs`: what the new server took to start, where that was measured; with the backup it tells how long the application will be away. */
export type LeaveService = (startMs?: number) => Operation<void>;

/** What a new volume was filled with. */
export type Filled = {
	readonly databases: readonly MovedDatabase[];
	readonly settings: MajorResult['settings'];
	readonly clusterId: string;
	/** Of a server that had to be started beside the stack first. */
	readonly backup: string | null;
};
