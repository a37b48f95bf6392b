import {isAppError} from '../errors.js';
import {removeLeftovers} from '../flows/recover.js';
import {prepareVerify, verifyFlow} from '../flows/verify.js';
import {describeOutcome, describeReview, type HeadlessContext} from '../headless.js';
import {drive} from '../operation.js';
import type {Stack} from '../stack/stack.js';
import {createTextProgress} from '../text-progress.js';
import type {CommandInput} from './command.js';
import {stackOf} from './stack-of.js';

/** `lifeboat verify FILE`: needs no stack, and without an engine goes as far as it can. */
export async function runVerifyCommand(
	{arguments: [file], options}: CommandInput,
	context: HeadlessContext,
): Promise<number> {
	const {services, globals, signal} = context;
	const answers = verifyFlow.answers.parse({
		file,
		checksums: options['checksums'],
		image: options['image'],
		jobs: options['jobs'],
		passphraseFile: options['passphraseFile'],
		identities: options['identity'],
	});
	const stack = answers.checksums ? null : await findStack(context);
	const plan = await prepareVerify(stack, answers, services, signal);
	const review = verifyFlow.review(plan);
	if (globals.dryRun) {
		context.answer(describeReview(review), {ok: true, dryRun: true, plan});
		return 0;
	}

	if (plan.level === 'restored') await removeLeftovers(services);
	const progress = createTextProgress({say: context.say, clock: services.clock, verbose: globals.verbose});
	const result = await drive(verifyFlow.run(plan, services, signal), progress);
	context.answer(describeOutcome(verifyFlow.outcome(result)), verifyFlow.toJson(result));
	return verifyFlow.exitCode?.(result) ?? 0;
}

/** The stack of this folder, for its memory and its image; a file can be verified where there is none. */
async function findStack({services, globals, signal}: HeadlessContext): Promise<Stack | null> {
	try {
		return await stackOf(globals, services, signal);
	} catch (error) {
		if (!isAppError(error) || error.code === 'cancelled') throw error;
		return null;
	}
}
