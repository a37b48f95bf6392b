import type {Services} from '../services.js';
import {detectStack} from '../stack/detect.js';
import type {Stack} from '../stack/stack.js';
import type {GlobalOptions} from './command.js';
import {targetOf} from './target.js';

/** Detects the stack that the global flags name. Throws AppError: stack-not-found, compose-file-invalid, docker-cli-missing and the like. */
export function stackOf(globals: GlobalOptions, services: Services, signal: AbortSignal): Promise<Stack> {
	return detectStack(targetOf(globals, services.cwd), services, {signal});
}
