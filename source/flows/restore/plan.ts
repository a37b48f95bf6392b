import type {Stack} from '../../stack/stack.js';
import {operationStamp} from '../../stamp.js';
import type {PlanWarning} from '../flow.js';
import type {WatchedService} from '../steps/health.js';
import type {WriterPlan} from '../steps/writers.js';
import type {RestoreAnswers} from './answers.js';
import {keptFormer, type PlannedDatabase, placeDatabases} from './place-databases.js';
import type {FilesPlan, PlannedFile} from './plan-files.js';
import {type PlannedVolume, type VolumesPlan, withUsers} from './plan-volumes.js';
import {planRoles, type RolePlan, refuseTarget, warnOfTarget} from './preflight.js';
import {refuseConfig} from './preflight-external.js';
import type {SourceSummary} from './source-summary.js';
import type {TargetServer} from './target.js';
import {findWarnings} from './warnings.js';

/** How the restore is done: as asked, or `fresh` where there is nothing yet that could be lost. */
export type PlannedMode = 'switch' | 'in-place' | 'to-database' | 'fresh';

/** A table whose rows are sessions of users. */
export type SessionTable = {
	readonly database: string;
	readonly schema: string;
	readonly name: string;
	readonly rows: number | null;
};

/** A cache of the stack and what emptying it would lose. */
export type PlannedCache = {
	readonly service: string;
	readonly containerId: string;
	readonly summary: string;
};

/** All that the run needs; serialisable, shown by the review and by `--dry-run`. Holds no secret. */
export type RestorePlan = {
	/** UTC time that names this restore: `20260614t020000z`. */
	readonly id: string;
	readonly stack: Stack;
	readonly source: SourceSummary;
	readonly mode: PlannedMode;
	readonly targets: readonly TargetServer[];
	readonly databases: readonly PlannedDatabase[];
	readonly roles: readonly RolePlan[];
	readonly owners: RestoreAnswers['owners'];
	readonly writers: WriterPlan;
	/** One-shot services that bring the schema to what the code wants, in order. */
	readonly migrate: readonly string[];
	/** Services that are watched afterwards. */
	readonly watch: readonly WatchedService[];
	/** Compose files and env files to write. */
	readonly files: readonly PlannedFile[];
	/** Volumes and folders to bring back. */
	readonly volumes: readonly PlannedVolume[];
	/** Caches to empty. */
	readonly caches: readonly PlannedCache[];
	readonly sessionTables: readonly SessionTable[];
	readonly clearSessions: boolean;
	readonly trustCommands: boolean;
	readonly force: boolean;
	readonly jobs: number;
	readonly healthTimeoutMs: number;
	/** Where the keys of an encrypted backup come from; never the keys. */
	readonly keys: {readonly passphraseFile: string | null; readonly identities: readonly string[]};
	readonly warnings: readonly PlanWarning[];
};

/** What `prepare` found out beyond the stack, so that planning itself reads nothing. */
export type RestoreFacts = {
	/** Milliseconds since the epoch. */
	readonly now: number;
	readonly source: SourceSummary;
	readonly targets: readonly TargetServer[];
	readonly writers: WriterPlan;
	readonly migrate: readonly string[];
	readonly watch: readonly WatchedService[];
	readonly caches: readonly PlannedCache[];
	/** The configuration in the backup against what is here. */
	readonly config: FilesPlan;
	/** The volumes in the backup and their places here. */
	readonly storage: VolumesPlan;
	/** Names of secrets that are not what they were when the backup was made. */
	readonly changedSecrets: readonly string[];
	readonly processors: number;
};

/**
 * Plans a restore. Pure.
 * Throws AppError before anything changes: usage, database-not-found, database-ambiguous, preflight-failed, extension-missing, role-missing, disk-low.
 */
export function planRestore(stack: Stack, answers: RestoreAnswers, facts: RestoreFacts): RestorePlan {
	const {source, targets} = facts;
	const id = operationStamp(facts.now);
	const databases = placeDatabases(stack, answers, source, targets, facts.now);
	const mode = chooseMode(answers, databases);
	refuseConfig(answers, targets, databases);
	const roles = targets.map(target => planRoles(answers, source, target, databases));
	for (const target of targets) refuseTarget({answers, source, target, databases, mode});
	const touchesLive = mode !== 'to-database';
	const files = answers.config === true && touchesLive ? facts.config.files : [];
	const volumes = touchesLive && (answers.volumes ?? mode === 'fresh') ? facts.storage.volumes : [];
	const sessionTables = databases.flatMap(database => findSessionTables(source, database));
	return {
		id,
		stack,
		source,
		mode,
		targets,
		databases,
		roles,
		owners: answers.owners,
		writers: touchesLive ? withUsers(facts.writers, stack, volumes) : {writers: [], poolers: []},
		migrate: touchesLive ? facts.migrate : [],
		watch: touchesLive ? facts.watch : [],
		files,
		volumes,
		caches: answers.flushCache && touchesLive ? facts.caches : [],
		sessionTables,
		clearSessions: answers.clearSessions,
		trustCommands: answers.trustCommands,
		force: answers.force,
		jobs: answers.jobs ?? chooseJobs(facts.processors),
		healthTimeoutMs: answers.healthTimeout * 1000,
		keys: {passphraseFile: answers.passphraseFile ?? null, identities: answers.identities},
		warnings: [
			...targets.flatMap(target => warnOfTarget({answers, source, target, databases, mode})),
			...findWarnings(answers, facts, {databases, files, volumes, touchesLive}),
		],
	};
}

/** More than processors: a few large tables share them better, and each job's two ends take turns. */
export function chooseJobs(processors: number): number {
	return Math.min(8, Math.max(4, processors));
}

function chooseMode(answers: RestoreAnswers, databases: readonly PlannedDatabase[]): PlannedMode {
	if (answers.mode === 'to-database') return 'to-database';
	if (databases.every(database => keptFormer(database) === null)) return 'fresh';
	return answers.mode;
}

/** Tables that hold sessions, in what is restored. */
export function findSessionTables(source: SourceSummary, database: PlannedDatabase): readonly SessionTable[] {
	const tables = source.databases[database.source]?.tables ?? [];
	return tables
		.filter(table => table.holdsSessions === true)
		.map(({schema, name, rows}) => ({database: database.name, schema, name, rows}));
}
