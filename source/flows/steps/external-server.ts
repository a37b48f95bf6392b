import type {PostgresClient} from '../../postgres/client.js';
import {openExternalClient} from '../../postgres/external-client.js';
import type {Services} from '../../services.js';
import type {ExternalDatabase, Stack} from '../../stack/stack.js';
import {readEnvironments} from '../backup/read-secrets.js';
import {findExternalUrl} from './external-url.js';
import {findContainer} from './find-container.js';

export type ExternalServices = Pick<Services, 'processes' | 'docker' | 'compose' | 'environment'>;

export type OpenExternalOptions = {
	readonly operationId: string;
	readonly signal?: AbortSignal | undefined;
	/** Works from a database other than the application's where it may, so that this one can be renamed and dropped. */
	readonly maintenanceFirst?: boolean | undefined;
	/** Major version that the server probably has. */
	readonly likelyMajor?: number | undefined;
};

/**
 * A client of a server outside of the stack. The connection string is read where the service gets it, and kept nowhere.
 * Throws AppError: database-unreachable, client-missing, cancelled.
 */
export async function openExternalServer(
	services: ExternalServices,
	stack: Pick<Stack, 'project' | 'target'>,
	external: ExternalDatabase,
	options: OpenExternalOptions,
): Promise<PostgresClient> {
	const {processes, docker, environment} = services;
	const url = findExternalUrl(external, await readEnvironments(stack, services, options.signal));
	const user = await findContainer(services, {project: stack.project, service: external.service}, options.signal);
	const {client} = await openExternalClient({processes, docker, environment, url, networkOf: user?.id, ...options});
	return client;
}
