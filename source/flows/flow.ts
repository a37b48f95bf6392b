import type * as z from 'zod';
import type {Operation} from '../operation.js';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';

export type Choice = {readonly value: string; readonly label: string; readonly hint?: string | undefined};

/** Something that neither detection nor a flag could answer. `id` is the key of the answer; `flag` answers it without a terminal. */
export type Question = {
	readonly id: string;
	/** A full sentence. */
	readonly title: string;
	readonly flag: string;
	readonly hint?: string | undefined;
} & (
	| {readonly kind: 'choice'; readonly choices: readonly Choice[]; readonly initial?: string | undefined}
	| {readonly kind: 'choices'; readonly choices: readonly Choice[]; readonly initial: readonly string[]}
	| {
			readonly kind: 'text';
			readonly initial?: string | undefined;
			readonly secret?: boolean;
			readonly optional?: boolean;
	  }
	| {readonly kind: 'confirm'; readonly initial: boolean}
);

/** What one should know before saying yes, and what to do about it. */
export type PlanWarning = {readonly message: string; readonly hint?: string | undefined};

/** What the review screen shows and `--dry-run` prints: the same plan that the run executes. */
export type PlanReview = {
	readonly title: string;
	readonly facts: readonly (readonly [label: string, value: string])[];
	readonly steps: readonly {readonly title: string; readonly detail?: string | undefined}[];
	readonly warnings: readonly PlanWarning[];
	/** What is destroyed or cannot be undone, in plain words; empty when nothing is. */
	readonly destroys: readonly string[];
	/** Word to type before the run (`--yes` outside the wizard); absent when a plain yes is enough. */
	readonly confirmWord?: string | undefined;
	/** True when `--yes` is needed without a terminal. */
	readonly needsConsent: boolean;
	/** Unified diff lines of files that the run edits. */
	readonly diff?: readonly string[] | undefined;
	/** What a careful person reads before saying yes, and nobody else has to: commits, release notes. */
	readonly reading?: readonly {readonly title: string; readonly lines: readonly string[]}[] | undefined;
};

/** What the outcome screen shows. */
export type Outcome = {
	readonly status: 'success' | 'problems' | 'failure';
	readonly title: string;
	readonly facts: readonly (readonly [label: string, value: string])[];
	readonly table?: {readonly columns: readonly string[]; readonly rows: readonly (readonly string[])[]} | undefined;
	readonly notes: readonly string[];
	/** What to do next, with the command to type where there is one. */
	readonly next: readonly {
		readonly text: string;
		readonly command?: readonly string[] | undefined;
		/** The flow of the wizard's menu that does it, with the answers that are known: the outcome screen offers it. */
		readonly flow?:
			| {
					readonly id: string;
					readonly given: Readonly<Record<string, unknown>>;
					/** It takes back what has just been done: it stands below the way home, so that Enter alone never begins it. */
					readonly isWayBack?: boolean;
			  }
			| undefined;
	}[];
};

/**
 * One flow, shared by the wizard and the command line.
 * `prepare` only reads; the plan it returns is serialisable and is all that `run` needs.
 */
export type Flow<Answers, Plan, Result> = {
	readonly id: string;
	readonly title: string;
	/** The words after `lifeboat` that start it, where they are more than its id. */
	readonly command?: readonly string[];
	/** Validates answers from questions and flags alike. */
	readonly answers: z.ZodType<Answers>;
	/** What is still unanswered; may read (list files, look at the server). */
	questions(
		stack: Stack,
		given: Partial<Answers>,
		services: Services,
		signal: AbortSignal,
	): Promise<readonly Question[]>;
	prepare(stack: Stack, answers: Answers, services: Services, signal: AbortSignal): Promise<Plan>;
	review(plan: Plan): PlanReview;
	run(plan: Plan, services: Services, signal: AbortSignal): Operation<Result>;
	/** The document of `--json`. */
	toJson(result: Result): Readonly<Record<string, unknown>>;
	outcome(result: Result): Outcome;
	/** Exit code of a finished run: 0, or 4 when problems were found. */
	exitCode?(result: Result): number;
};

/** A flow whose types do not matter to who holds it (menus, the generic screens). */
// biome-ignore lint/suspicious/noExplicitAny: a heterogeneous registry of flows
export type AnyFlow = Flow<any, any, any>;
