import type {ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import type {PostgresClient} from '../../postgres/client.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {reachServer, type ServerAddress} from '../steps/database-up.js';
import {faultyServer} from './connection-in-use.js';
import type {FixContext} from './remedy.js';

/** How to reach a server of the stack, also after its container was made anew. */
export function addressOf(stack: Stack, service: string, target: ComposeTarget): ServerAddress {
	const server = stack.databases.find(other => other.service === service);
	if (server === undefined) throw new AppError('database-not-found', `The stack has no database service ${service}`);
	return {project: stack.project, target, service, user: server.user, database: server.database};
}

/** Looks at the server that the problem is about, which must be running: a look starts nothing. */
export async function withClient<Result>(
	context: FixContext,
	services: Services,
	signal: AbortSignal,
	work: (client: PostgresClient) => Promise<Result>,
): Promise<Result> {
	const {stack} = context;
	const server = faultyServer(context);
	if (server.state !== 'running')
		throw new AppError('database-not-running', `The database service ${server.service} is not running`, {
			hint: 'Start it first',
			fix: ['docker', 'compose', 'up', '-d', server.service],
		});
	const client = await reachServer(services, addressOf(stack, server.service, stack.target), {
		operationId: `look-${services.clock.now().toString(36)}`,
		signal,
	});
	try {
		return await work(client);
	} finally {
		await client.dispose();
	}
}
