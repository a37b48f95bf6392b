import {describe, expect, it} from 'vitest';
import {diagnose} from '../../source/diagnosis/diagnose.js';
import type {Evidence} from '../../source/diagnosis/evidence.js';

/** A cause is named first for what speaks for it, and not for what only looks like it. */
export function expectCause(
	label: string,
	cases: {
		readonly finds: readonly (readonly [name: string, evidence: Evidence])[];
		/** The label that is right instead, or null for none. */
		readonly leaves: readonly (readonly [name: string, evidence: Evidence, instead: string | null])[];
	},
): void {
	describe(label, () => {
		it.each(cases.finds)('is named for %s', (_name, evidence) => {
			const [first] = diagnose(evidence);
			expect(first?.cause).toBe(label);
			expect(first?.summary).toMatch(/\w+ \w+.*\.$/s);
			expect(first?.evidence.length).toBeGreaterThan(0);
			expect(first?.fixes[0]?.destructive).toBe(false);
		});

		it.each(cases.leaves)('is not named first for %s', (_name, evidence, instead) => {
			expect(diagnose(evidence)[0]?.cause ?? null).toBe(instead);
		});
	});
}
