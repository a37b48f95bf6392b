import {sanitizeLine, splitLines} from '../../engine/lines.js';
import {AppError} from '../../errors.js';
import {merge} from '../../merge.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {lastLines} from '../steps/writers.js';

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
	running.stdin.end();
	const tail: string[] = [];
	for await (const raw of merge(splitLines(running.stdout), running.stderr)) {
		const [line = ''] = lastLines(sanitizeLine(raw), 1);
		if (line === '') continue;
		tail.push(line);
		if (tail.length > 20) tail.shift();
		yield {type: 'log', source: step, stream: 'stdout', line};
	}

	const {exitCode} = await running.exit;
	if (exitCode !== 0)
		throw new AppError('tool-failed', `"${title}" fails`, {
			hint: 'Nothing was changed. Check the name of the image and the way to its registry',
			fix: ['docker', ...args],
			details: lastLines(tail.join('\n')),
		});
	yield {type: 'step-finished', step};
}
