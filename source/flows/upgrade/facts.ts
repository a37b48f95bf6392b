import type {AppError} from '../../errors.js';
import type {BackupPlan} from '../backup/plan.js';
import type {WatchedService} from '../steps/health.js';
import type {WriterPlan} from '../steps/writers.js';
import type {MigrationsAlone, PlannedRepository, ServiceImage} from './plan.js';
import type {EnvDifference} from './survey-env.js';

export type MajorJump = {readonly service: string; readonly from: number; readonly to: number; readonly image: string};

/** What the survey found out, so that planning itself reads nothing. */
export type UpgradeFacts = {
	/** Milliseconds since the epoch. */
	readonly now: number;
	readonly alone: MigrationsAlone | null;
	readonly repository:
		| (PlannedRepository & {
				/** `behind`: the release is older than what runs. */
				readonly relation: 'ahead' | 'behind' | 'diverged';
				/** The user's own changes that stand where the release writes. */
				readonly conflicts: readonly string[];
		  })
		| null;
	readonly images: readonly ServiceImage[];
	readonly environment: readonly EnvDifference[];
	/** Services that only the release has. */
	readonly added: readonly {readonly name: string; readonly build: boolean}[];
	/** Why Compose refuses the files of the release; null when it does not. */
	readonly refusal: AppError | null;
	readonly majorJumps: readonly MajorJump[];
	readonly backup: BackupPlan | null;
	readonly writers: WriterPlan;
	readonly migrate: readonly string[];
	readonly watch: readonly WatchedService[];
	/** Free bytes where the engine keeps images; null when it is not on this machine. */
	readonly engineFreeBytes: number | null;
};
