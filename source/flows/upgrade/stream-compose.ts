import {sanitizeLine, splitLines} from '../../engine/lines.js';
import {AppError} from '../../errors.js';
import {merge} from '../../merge.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {lastLines} from '../steps/writers.js';
import type {UpgradePlan} from './plan.js';

const buildTimeoutMs = 3_600_000;

/** One Compose command as a step, its output as log events. Throws AppError compose-failed with the last lines. */
export async function* streamCompose(
	step: string,
	title: string,
	args: readonly string[],
	target: UpgradePlan['stack']['target'],
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	yield {type: 'step-started', step, title, canCancel: true};
	const running = services.compose.start(target, args, {
		signal,
		timeoutMs: buildTimeoutMs,
		env: {BUILDKIT_PROGRESS: 'plain', COMPOSE_PROGRESS: 'plain', DOCKER_CLI_HINTS: 'false'},
	});
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
		throw new AppError('compose-failed', `"${title}" fails`, {
			hint: 'Read what Compose says above',
			fix: ['docker', ...services.compose.argv(target, args)],
			details: lastLines(tail.join('\n')),
		});
	yield {type: 'step-finished', step};
}
