import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {streamOutput} from '../steps/stream-output.js';

/** One docker command as a step, its output as log events. Throws AppError tool-failed with the last lines. */
export async function* streamDocker(
	step: string,
	title: string,
	args: readonly string[],
	services: Pick<Services, 'processes'>,
	signal: AbortSignal,
): Operation<void> {
	yield {type: 'step-started', step, title, canCancel: true};
	const running = services.processes.start('docker', args, {signal, timeoutMs: 3_600_000});
	const {exitCode, tail} = yield* streamOutput(running, step);
	if (exitCode !== 0)
		throw new AppError('tool-failed', `"${title}" fails`, {
			hint: 'Nothing was changed. Check the name of the image and the way to its registry',
			fix: ['docker', ...args],
			details: tail,
		});
	yield {type: 'step-finished', step};
}
