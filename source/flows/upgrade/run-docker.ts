import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import {lastLines} from '../steps/writers.js';

/** One docker command with little output. Throws AppError tool-failed with `message` and the engine's words. */
export async function runDocker(
	services: Pick<Services, 'processes'>,
	args: readonly string[],
	message: string,
	signal: AbortSignal,
	timeoutMs = 60_000,
): Promise<void> {
	const result = await services.processes.run('docker', args, {signal, timeoutMs});
	if (result.exitCode !== 0)
		throw new AppError('tool-failed', message, {fix: ['docker', ...args], details: lastLines(result.stderr)});
}
