import type {ComposeTarget} from '../../engine/types.js';
import type {CollationMismatch} from '../../postgres/collation.js';
import type {VolumeDeclaration} from '../../stack/edit-service.js';
import type {DataMount, Stack} from '../../stack/stack.js';
import type {StoragePlace} from '../../stack/volumes.js';
import type {BackupPlan} from '../backup/plan.js';
import type {PlanWarning} from '../flow.js';
import type {WatchedService} from '../steps/health.js';
import type {WriterPlan} from '../steps/writers.js';
import type {PlannedEdit} from './compose-edit.js';

/** An extension in use, and what the new image has of it; `offered` is null while the image is not here. */
export type PlannedExtension = {
	readonly name: string;
	readonly version: string;
	readonly databases: readonly string[];
	readonly offered: string | null;
};

type Base = {
	readonly kind: 'major';
	/** UTC time that names this run: `20260614t020000z`. */
	readonly id: string;
	readonly stack: Stack;
	readonly service: string;
	readonly warnings: readonly PlanWarning[];
};

/** The server whose data is moved, as it is now. */
export type OldServer = {
	readonly major: number;
	/** As the compose file has it; for people. */
	readonly image: string;
	/** What the old server runs on beside the stack: the id of the image that runs, or the reference of one for its major. */
	readonly runs: string;
	readonly containerId: string;
	/** The major of the data is not that of the image: the container cannot start. */
	readonly cannotStart: boolean;
	/** PGDATA inside of the container. */
	readonly dataFolder: string;
	readonly mount: DataMount;
	readonly place: StoragePlace;
	/** Networks that are taken from the server while it is dumped, so that nobody can write to it. */
	readonly networks: readonly string[];
	/** PGDATA that the stack sets itself; null where it is the image's. */
	readonly ownPgdata: string | null;
	readonly systemUser: string;
	readonly user: string;
	readonly database: string;
};

/** The server that it is moved to. */
export type NewServer = {
	readonly major: number;
	readonly image: string;
	/** Where the image comes from; `unknown` when the registry did not say. */
	readonly from: 'here' | 'registry' | 'unknown';
	readonly place: StoragePlace;
	readonly volume: VolumeDeclaration | null;
	readonly target: string;
	readonly shmBytes: number;
};

/** Data goes to a new volume: by dump and restore to another version or system, or as it is out of an anonymous volume. Serialisable, without secrets. */
export type MovePlan = Base & {
	readonly action: 'move' | 'adopt';
	readonly old: OldServer;
	readonly next: NewServer;
	readonly databases: readonly {readonly name: string; readonly sizeBytes: number | null}[];
	readonly extensions: readonly PlannedExtension[];
	/** Content of template1, which comes along: `extension vector`. Unknown, and empty, while the server does not run. */
	readonly template: readonly string[];
	readonly sizeBytes: number | null;
	readonly neededBytes: number | null;
	readonly freeBytes: number | null;
	/** Null where the server must be started beside the stack first: the backup is planned then. */
	readonly backup: BackupPlan | null;
	readonly backupAnswers: {readonly verify: boolean; readonly output: string | null};
	readonly writers: WriterPlan;
	/** Services that Compose starts afterwards, with what they depend on: they could not start while the database could not. */
	readonly start: readonly string[];
	readonly watch: readonly WatchedService[];
	readonly edit: PlannedEdit;
	/** The stack's files after the edit: one more with an override. */
	readonly targetAfter: ComposeTarget;
	readonly jobs: number;
	readonly healthTimeoutMs: number;
};

/** The version stays; the system's library sorts text otherwise than when the indexes were built. */
export type ReindexPlan = Base & {
	readonly action: 'reindex';
	readonly major: number;
	readonly image: string;
	readonly user: string;
	readonly containerId: string;
	readonly mismatches: readonly CollationMismatch[];
	readonly backup: BackupPlan;
};

export type MajorPlan = MovePlan | ReindexPlan;

/** Names of the containers that stand beside the stack during the move. */
export function asideNames(plan: Pick<MovePlan, 'id' | 'stack'>): {readonly old: string; readonly new: string} {
	const project = plan.stack.project.replaceAll(/[^\w.-]/g, '-');
	return {old: `lifeboat-${project}-${plan.id}-before`, new: `lifeboat-${project}-${plan.id}-after`};
}
