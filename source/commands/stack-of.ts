import {isAppError} from '../errors.js';
import type {Services} from '../services.js';
import {absentStack} from '../stack/absent-stack.js';
import {detectStack} from '../stack/detect.js';
import type {Stack} from '../stack/stack.js';
import type {GlobalOptions} from './command.js';
import {targetOf} from './target.js';

/** Detects the stack that the global flags name. Throws AppError: stack-not-found, compose-file-invalid, docker-cli-missing and the like. */
export function stackOf(globals: GlobalOptions, services: Services, signal: AbortSignal): Promise<Stack> {
	return detectStack(targetOf(globals, services.cwd), services, {signal});
}

/** The same, for a flow that can set a stack up: where there is none, or none that Compose accepts, the place for it. */
export async function stackOrPlace(globals: GlobalOptions, services: Services, signal: AbortSignal): Promise<Stack> {
	const target = targetOf(globals, services.cwd);
	try {
		return await detectStack(target, services, {signal});
	} catch (error) {
		if (isAppError(error, 'stack-not-found') || isAppError(error, 'compose-file-invalid')) return absentStack(target);
		throw error;
	}
}
