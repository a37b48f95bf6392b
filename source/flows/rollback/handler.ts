import type {JournalRecord} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {PlanReview} from '../flow.js';
import type {HealthReport} from '../steps/health-rules.js';

/** What is done with a record: put right what a killed run left, take back a finished operation, or end the way back. */
export type RollbackAction = 'recover' | 'roll-back' | 'drop';

export type RollbackResult = {
	readonly project: string;
	readonly operation: string;
	/** What it was: `Restore of clerq from …`. */
	readonly title: string;
	/** `undone`: all is as it was before; `finished`: it was complete and only had to be started; `dropped`: the former data is gone for good. */
	readonly action: 'undone' | 'finished' | 'dropped';
	/** Databases by the name under which they are used now. */
	readonly databases: readonly {readonly service: string; readonly name: string; readonly kept: string | null}[];
	readonly health: HealthReport | null;
	readonly notes: readonly string[];
};

/** How one kind of operation is taken back; each flow that keeps a journal has one. */
export type RollbackHandler = {
	/** What the review shows. `losesData`: rows go that nothing keeps, so that the wizard wants a name typed. Pure. */
	describe(
		record: JournalRecord,
		action: RollbackAction,
	): Pick<PlanReview, 'facts' | 'steps' | 'destroys'> & {readonly losesData?: boolean};
	/** After a kill, a power cut or an engine that stopped. */
	recover(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult>;
	/** Throws nothing-to-roll-back when the former state is gone. */
	rollBack(record: JournalRecord, stack: Stack, services: Services, signal: AbortSignal): Operation<RollbackResult>;
	drop(record: JournalRecord, services: Services, signal: AbortSignal): Operation<RollbackResult>;
	/** Whether the operation was taken back already and only its leftovers remain. */
	isRolledBack(record: JournalRecord): boolean;
};
