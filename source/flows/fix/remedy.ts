import type {Examination} from '../../diagnosis/diagnose.js';
import type {Evidence} from '../../diagnosis/evidence.js';
import type {ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {StackFiles} from '../../stack/stack-files.js';
import type {Question} from '../flow.js';
import type {Action} from './actions.js';
import type {FixAnswers} from './answers.js';

/** All that a remedy may know. Holds secrets: never print it. */
export type FixContext = Examination & {
	readonly stack: Stack;
	readonly evidence: Evidence;
	readonly files: StackFiles;
	readonly answers: FixAnswers;
	/** Labels of the other causes that were found. */
	readonly others: readonly string[];
	/** Secret values that must not show in a diff. */
	readonly secrets: readonly string[];
};

/** What a remedy prescribes. */
export type Cure = {
	/** In this order. */
	readonly actions: readonly Action[];
	/** Services that are made anew afterwards; default: those that show the fault or are down. */
	readonly recreate?: readonly string[];
	/** What users notice: who is signed out, what stops working. */
	readonly effects?: readonly string[];
	/** What is lost for good. */
	readonly destroys?: readonly string[];
	/** Data or access change: these databases (without names all of the server) are dumped first, where it answers. */
	readonly backup?: {readonly service: string; readonly databases?: readonly string[]} | undefined;
	/** The files with which Compose is called from now on, where a new override file joins them. */
	readonly target?: ComposeTarget;
};

/**
 * How a fix is carried out, by its id in `diagnosis/fixes`. `look` reads what the evidence does not hold; `plan` is pure and throws
 * (`refuse`) where a machine must not or cannot do it.
 */
export type Remedy<Facts = unknown> = {
	questions?(context: FixContext): readonly Question[];
	look?(context: FixContext, services: Services, signal: AbortSignal): Promise<Facts>;
	plan(context: FixContext, facts: Facts): Cure;
};

/** A refusal: why Lifeboat does not do it, and what a person does. */
export function refuse(reason: string, hint?: string): never {
	throw new AppError('preflight-failed', reason, {hint});
}
