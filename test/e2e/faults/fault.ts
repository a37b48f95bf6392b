import type {Bench} from './bench.js';
import type {Step} from './steps.js';

/** A fault put into a running stack for real. */
export type Fault = {
	readonly name: string;
	/** Label that the first finding must have. */
	readonly cause: string;
	/** What that finding must be about; not checked when absent. */
	readonly service?: string;
	/** Default high. */
	readonly confidence?: 'high' | 'medium';
	/** Must stand in the evidence of the first finding: what proves it beyond the application's log. */
	readonly proof: RegExp;
	/** Causes that must be shown under the first finding, or not at all: never beside it. */
	readonly notBeside?: readonly string[];
	/** A fix that must be offered, for a person to carry out. */
	readonly fix?: string;
	/** A fix that must be offered and that Lifeboat carries out, with these flags. */
	readonly repair?: string;
	answers?(bench: Bench): readonly string[];
	/** Objects of the database that the repaired application makes or fills: all others stay as they were. */
	readonly brings?: RegExp;
	/** The fault is one of a first start: the repaired application has a new database, and its rows come back with the files. */
	readonly isFirstStart?: boolean;
	/** Left out of the ordinary run. */
	readonly rare?: boolean;
	/** Puts it in and resolves when the symptom stands. */
	readonly put: Step;
	/** Undoes what is not in the files: roles, sessions, images. Runs before the files are put back. */
	readonly undo?: Step;
};
