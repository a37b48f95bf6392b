import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {streamOutput} from '../steps/stream-output.js';
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
	const {exitCode, tail} = yield* streamOutput(running, step);
	if (exitCode !== 0)
		throw new AppError('compose-failed', `"${title}" fails`, {
			hint: 'Read what Compose says above',
			fix: ['docker', ...services.compose.argv(target, args)],
			details: tail,
		});
	yield {type: 'step-finished', step};
}
