import {createHash} from 'node:crypto';
import {AppError, toAppError} from '../../errors.js';
import {removeClientHelpers} from '../../postgres/client-helper.js';
import type {Services} from '../../services.js';
import {reachServer, type ServerAddress} from '../steps/database-up.js';

/**
 * Under this name the sessions and processes of a restore run, also when its own process is gone. Two stacks of one engine or one server may be restored
 * in the same second: none may end what the other runs.
 */
export function operationIdOf({id, stack}: {readonly id: string; readonly stack: {readonly project: string}}): string {
	// Short: a session's name has 63 bytes.
	const project = createHash('sha256').update(stack.project).digest('hex').slice(0, 8);
	return `restore-${id}-${project}`;
}

/**
 * Ends what a killed restore left running in the containers and on the servers. A program that had its whole input when Lifeboat was killed goes on
 * without it: a load, or the very exchange of the databases, which would then come after it was found not to have happened.
 * Throws rollback-failed for a server that does not come up.
 */
export async function endLeftovers(
	operationId: string,
	servers: readonly ServerAddress[],
	services: Services,
): Promise<void> {
	await removeClientHelpers(services.processes, operationId);
	for (const server of servers) {
		const client = await reachServer(services, server, {operationId}).catch(error => {
			throw notReached(toAppError(error));
		});
		try {
			await client.endLeftovers();
		} finally {
			await client.dispose();
		}
	}
}

function notReached(error: AppError): AppError {
	return new AppError('rollback-failed', `Nothing could be put back yet: ${error.message}`, {
		hint: error.hint ?? 'Put right what is said, then let Lifeboat finish',
		fix: ['lifeboat', 'rollback', '--yes'],
		details: error.details,
		cause: error,
	});
}
