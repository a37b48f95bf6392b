import {dirname} from 'node:path';
import {targetOf} from './commands/target.js';
import {AppError, toAppError} from './errors.js';
import {describeUnfinished, findUnfinishedAround, removeLeftovers, resumeOrUndo} from './flows/recover.js';
import type {HeadlessContext} from './headless.js';
import {drive} from './operation.js';
import {createTextProgress} from './text-progress.js';

/** Commands that look at the journal themselves, or work on files alone. */
const exempt = new Set(['rollback', 'schedule', 'demo']);

/**
 * Puts right what a killed run left on the stack of this command, before the command begins: the way back was part of the plan that was
 * consented to. With `--dry-run` it is only said. Throws when the stack cannot be put right, unless the command only reads.
 */
export async function recoverFirst(name: string, context: HeadlessContext, onlyReads: boolean): Promise<void> {
	if (exempt.has(name)) return;
	const {services, globals, signal} = context;
	const target = targetOf(globals, services.cwd);
	const [file] = target.files;
	const directory = target.projectDirectory ?? (file === undefined ? services.cwd : dirname(file));
	if (!onlyReads) await removeLeftovers(services);
	const unfinished = await findUnfinishedAround({directory, project: target.projectName}, services);
	for (const record of unfinished) {
		context.say(`${describeUnfinished(record)}.`);
		if (globals.dryRun) continue;
		try {
			const progress = createTextProgress({say: context.say, clock: services.clock, verbose: globals.verbose});
			const result = await drive(resumeOrUndo(record, services, signal), progress);
			context.say(
				result.action === 'finished' ? 'It is finished now.' : 'It is undone: everything is as it was before.',
			);
			for (const note of result.notes) context.say(note);
		} catch (error) {
			const failure = toAppError(error);
			if (failure.code === 'cancelled' || !onlyReads) throw failure;
			context.say(`It cannot be put right yet: ${failure.message}`);
			context.say(
				failure instanceof AppError && failure.hint !== undefined ? failure.hint : 'Try `lifeboat rollback --yes`',
			);
		}
	}
}
