import * as z from 'zod';
import type {PlanReview} from '../flow.js';
import {settleFile} from '../restore/ask-file.js';

const schema = z.object({
	file: z.string().min(1),
	/** Only the lesser level: checksums, structure and decoding. */
	checksums: z.boolean().default(false),
	/** Image for the throwaway server; absent for the one of the backup, else of the stack. */
	image: z.string().min(1).optional(),
	passphraseFile: z.string().min(1).optional(),
	identities: z.array(z.string().min(1)).default([]),
	jobs: z.number().int().min(1).max(64).optional(),
});

export const verifyAnswersSchema = z.preprocess(settleFile, schema);
export type VerifyAnswers = z.infer<typeof verifyAnswersSchema>;

/** All that the run needs; serialisable and without secrets. */
export type VerifyPlan = {
	/** Absolute path. */
	readonly file: string;
	readonly level: 'checksums' | 'restored';
	/** Why only the lesser level; null when it is the full one, or was asked for. */
	readonly whyLesser: string | null;
	/** Images to try for each server of the file, best first. */
	readonly images: readonly string[];
	/** Whether the user named the image. */
	readonly imageIsChosen: boolean;
	readonly keys: {readonly passphraseFile: string | null; readonly identities: readonly string[]};
	readonly jobs: number;
	/** Stack whose memory keeps the result; null outside of one. */
	readonly stack: {readonly project: string; readonly directory: string} | null;
};

export function reviewVerify(plan: VerifyPlan): PlanReview {
	const name = plan.file.slice(plan.file.lastIndexOf('/') + 1);
	const check = {title: 'Read the file from its first byte to its last', detail: 'checksums, structure'};
	return {
		title: `Verify ${name}`,
		facts: [
			['Level', plan.level === 'restored' ? 'a real restore' : 'checksums and structure (the lesser level)'],
			...(plan.level === 'restored' ? [['Image', plan.images[0] ?? 'none'] as const] : []),
		],
		steps:
			plan.level === 'restored'
				? [
						check,
						{title: 'Start a throwaway server', detail: 'without network, removed in every case'},
						{title: 'Restore every database into it'},
						{title: 'Compare tables, rows, extensions and migrations; read sample rows of every table'},
					]
				: [check, {title: 'Decode every dump'}],
		warnings: plan.whyLesser === null ? [] : [{message: plan.whyLesser, hint: 'Verify it again where Docker runs'}],
		destroys: [],
		needsConsent: false,
	};
}
