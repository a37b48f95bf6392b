import type {Evidence} from '../../source/diagnosis/evidence.js';

/** What speaks for a cause, and what only looks like it. */
export type CauseCases = {
	readonly finds: readonly (readonly [name: string, evidence: Evidence])[];
	/** With the label that is right instead, or null for none. */
	readonly leaves: readonly (readonly [name: string, evidence: Evidence, instead: string | null])[];
};
