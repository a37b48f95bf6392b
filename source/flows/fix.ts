import * as z from 'zod';
import {type FixAnswers, fixAnswersSchema} from './fix/answers.js';
import {readFixContext} from './fix/context.js';
import {describeFix, exitCodeOfFix, type FixResult, fixToJson} from './fix/outcome.js';
import {type FixPlan, planFix} from './fix/plan.js';
import {hasRemedy, remedyOf} from './fix/remedies.js';
import type {FixContext} from './fix/remedy.js';
import {reviewFix} from './fix/review.js';
import {runFix} from './fix/run.js';
import type {Flow} from './flow.js';

/** What is known beforehand of the fix that is wanted. */
export type WantedFix = {readonly fix: string; readonly cause?: string; readonly service?: string | null};

/** The flow that carries out one fix: review with the exact changes, run, proof that it holds, else undone. */
export function createFixFlow(wanted: WantedFix, title = 'Troubleshoot'): Flow<FixAnswers, FixPlan, FixResult> {
	// What was gathered for the questions serves the plan too: it takes some seconds.
	let known: Promise<FixContext> | undefined;
	const read = async (...given: Parameters<typeof readFixContext>): Promise<FixContext> => {
		try {
			known ??= readFixContext(...given);
			return {...(await known), answers: given[1]};
		} catch (error) {
			known = undefined;
			throw error;
		}
	};

	return {
		id: 'fix',
		title,
		command: ['troubleshoot', '--fix', wanted.fix],
		answers: z.preprocess(given => ({...wanted, ...(given as object)}), fixAnswersSchema),
		async questions(stack, given, services, signal) {
			const ask = hasRemedy(wanted.fix) ? remedyOf(wanted.fix).questions : undefined;
			if (ask === undefined) return [];
			return ask(await read(stack, fixAnswersSchema.parse({...wanted, ...given}), services, signal));
		},
		async prepare(stack, answers, services, signal) {
			const context = await read(stack, answers, services, signal);
			known = undefined;
			const remedy = remedyOf(wanted.fix);
			const facts = await remedy.look?.(context, services, signal);
			return planFix(context, remedy.plan(context, facts), services.clock.now());
		},
		review: reviewFix,
		run: runFix,
		toJson: fixToJson,
		outcome: describeFix,
		exitCode: exitCodeOfFix,
	};
}
