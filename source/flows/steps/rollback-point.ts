import {AppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {makeBackup} from '../backup/run.js';
import {backupFlow} from '../backup.js';

/**
 * A backup of the databases as they are now, read back and complete, to return to when what follows fails. Resolves with its path.
 * The caller holds the lock of the stack. Throws when it cannot be made: then nothing must be changed.
 */
export async function* takeRollbackPoint(
	stack: Stack,
	databases: readonly {readonly service: string; readonly name: string}[],
	services: Services,
	signal: AbortSignal,
): Operation<string> {
	const answers = backupFlow.answers.parse({
		services: [...new Set(databases.map(database => database.service))],
		databases: [...new Set(databases.map(database => database.name))],
		volumes: false,
		verify: false,
	});
	const plan = await backupFlow.prepare(stack, answers, services, signal);
	try {
		const {file} = yield* makeBackup(plan, services, signal);
		return file;
	} catch (error) {
		if (error instanceof AppError && error.code !== 'cancelled')
			throw new AppError(error.code, `Without a rollback point nothing is changed: ${error.message}`, {
				hint: error.hint,
				fix: error.fix,
				details: error.details,
				cause: error,
			});
		throw error;
	}
}
