import type {ComposeTarget} from '../engine/types.js';
import type {AnyFlow} from '../flows/flow.js';
import type {Operation} from '../operation.js';
import type {Services} from '../services.js';
import type {BackupRecord} from '../settings.js';
import type {Stack} from '../stack/stack.js';

/** A Compose project that this engine knows, for the choice at the start. */
export type ProjectChoice = {
	readonly name: string;
	/** Folder of its first compose file; null when the labels do not tell. */
	readonly directory: string | null;
	/** For people: `3 running`, `stopped`. */
	readonly status: string;
	readonly target: ComposeTarget;
};

/** What of a flow the wizard needs; every Flow is one, and so is a fix with its types erased. */
export type WizardFlow = Pick<AnyFlow, 'id' | 'title' | 'questions' | 'prepare' | 'review' | 'run' | 'outcome'> &
	Partial<Pick<AnyFlow, 'answers' | 'exitCode'>>;

/** An entry of the main menu, in the order in which it is shown. What is not built is not passed in. */
export type WizardEntry = {
	readonly label: string;
	/** A few words beside the label. */
	readonly hint: string;
	/** False hides the entry for this stack. */
	readonly isAvailable?: (stack: Stack) => boolean;
} & (
	| {
			readonly kind: 'flow';
			readonly flow: WizardFlow;
			readonly given?: Readonly<Record<string, unknown>>;
			/** Answers are kept for this stack and are what its questions begin with next time; never those to secret questions. */
			readonly remembers?: boolean;
	  }
	| {readonly kind: 'troubleshoot'; readonly troubleshoot: Troubleshoot}
	| {readonly kind: 'logs'; readonly logs: LogSource}
);

/** Work that an earlier run left unfinished (the journal), with the ways out of it; the first is the one to recommend. */
export type Recovery = {
	/** What was under way, a full sentence. */
	readonly message: string;
	readonly facts: readonly (readonly [label: string, value: string])[];
	readonly choices: readonly {
		readonly label: string;
		readonly hint: string;
		readonly flow: WizardFlow;
		readonly given: Readonly<Record<string, unknown>>;
	}[];
};

export type LogLevel = 'error' | 'warning' | 'info' | 'debug';

/** A line of a container. `level` is worked out from the text where the source does not know it. */
export type LogRecord = {
	readonly service: string;
	/** Milliseconds since the epoch. */
	readonly time: number;
	readonly stream: 'stdout' | 'stderr';
	readonly line: string;
	readonly level?: LogLevel | undefined;
};

export type LogSource = {
	/**
	 * Live lines of the services, in the order of time, followed through restarts until the signal fires; in batches, so that many lines cost little.
	 * Throws AppError.
	 */
	follow(stack: Stack, services: readonly string[], signal: AbortSignal): AsyncIterable<readonly LogRecord[]>;
	/** What a known cause says about this line, in a few words; asked only for lines on the screen. */
	explain?(record: LogRecord): string | undefined;
};

/** As in `troubleshoot --json`. */
export type Finding = {
	/** A label such as `db-auth-failed`. */
	readonly cause: string;
	readonly service: string | null;
	readonly confidence: 'high' | 'medium' | 'low' | string;
	/** One full sentence. */
	readonly summary: string;
	/** Why it is so and what it means, in plain words. */
	readonly explanation?: string | undefined;
	readonly evidence: readonly {readonly source: string; readonly text: string}[];
	readonly fixes: readonly FindingFix[];
	/** Symptoms that follow from this finding. */
	readonly consequences?: readonly {readonly service: string | null; readonly summary: string}[] | undefined;
};

export type FindingFix = {
	readonly id: string;
	readonly title: string;
	readonly destructive: boolean;
	readonly steps: readonly string[];
	/** False: only a person can carry it out. */
	readonly applicable?: boolean | undefined;
};

export type Diagnosis = {
	/** Most likely cause first; empty when nothing is wrong. */
	readonly findings: readonly Finding[];
	/** What was looked at, for the screen of a healthy stack: `4 services`, `the server's own answers`. */
	readonly checked?: readonly string[] | undefined;
	/** Lines that look telling when no cause fits. */
	readonly telling?: readonly {readonly source: string; readonly text: string}[] | undefined;
};

export type Troubleshoot = {
	/** Gathers evidence and diagnoses; only reads. */
	diagnose(stack: Stack, services: Services, signal: AbortSignal): Operation<Diagnosis>;
	/** The flow that applies one fix: review with diff, run, outcome. Undefined when it can only be described. */
	fix(finding: Finding, fix: FindingFix, diagnosis: Diagnosis): WizardFlow | undefined;
	/** The flow that writes the support bundle. */
	saveEvidence?(diagnosis: Diagnosis): WizardFlow;
};

export type DetectOptions = {readonly signal: AbortSignal; readonly onPartial: (stack: Stack) => void};

/** Everything that the wizard shows and runs is passed in. */
export type WizardOptions = {
	readonly services: Services;
	/** The project flags of the command line. */
	readonly target: ComposeTarget;
	readonly entries: readonly WizardEntry[];
	/**
	 * What is deployed; `onPartial` hears what is known so far, each time with more.
	 * Throws AppError: stack-not-found leads to the choice among the engine's projects, everything else to a screen that says what to type.
	 */
	detect(target: ComposeTarget, options: DetectOptions): Promise<Stack>;
	/** Compose projects of this engine. Throws AppError. */
	projects(signal: AbortSignal): Promise<readonly ProjectChoice[]>;
	/** Backups of the stack, in any order; without it those that the settings remember. */
	backups?: ((stack: Stack, signal: AbortSignal) => Promise<readonly BackupRecord[]>) | undefined;
	/** Looks into the journal when a stack has been found. */
	recovery?: ((stack: Stack, signal: AbortSignal) => Promise<Recovery | undefined>) | undefined;
	/** A flow to open at once, with the answers that flags gave; the wizard ends with it and returns its exit code. */
	readonly initial?:
		| {
				readonly flow: WizardFlow;
				readonly given: Readonly<Record<string, unknown>>;
				/** The flow can begin where there is no stack yet. */
				readonly setsUp?: boolean | undefined;
		  }
		| undefined;
};
