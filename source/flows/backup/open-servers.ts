import {AppError} from '../../errors.js';
import {readServer, type ServerCatalogue} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {openContainerClient} from '../../postgres/open-client.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import type {Services} from '../../services.js';
import type {PlannedServer} from './select-servers.js';

/** A planned server that answers. Whoever opened it disposes of its client. */
export type OpenServer = {
	readonly planned: PlannedServer;
	readonly client: PostgresClient;
	readonly catalogue: ServerCatalogue;
	/** The planned databases with all that a dump of them does not hold. */
	readonly databases: readonly DatabaseProperties[];
};

/**
 * Logs in to a planned server and reads its catalogue.
 * Throws AppError: database-not-running, database-unreachable, client-missing, database-not-found.
 */
export async function openServer(
	planned: PlannedServer,
	operationId: string,
	services: Services,
	signal: AbortSignal,
): Promise<OpenServer> {
	const client = await openClient(planned, operationId, services, signal);
	try {
		const catalogue = await readServer(client, {signal});
		const databases = planned.databases.map(({name}) => {
			const found = catalogue.databases.find(database => database.name === name);
			if (found !== undefined) return found;
			throw new AppError('database-not-found', `The database ${name} is not on ${planned.service} any more`, {
				hint: 'Look at what is there, then back up again',
				fix: ['lifeboat', 'detect'],
			});
		});
		return {planned, client, catalogue, databases};
	} catch (error) {
		await client.dispose();
		throw error;
	}
}

async function openClient(
	planned: PlannedServer,
	operationId: string,
	services: Services,
	signal: AbortSignal,
): Promise<PostgresClient> {
	const {server} = planned;
	if (server?.containerId != null)
		return openContainerClient({
			processes: services.processes,
			docker: services.docker,
			operationId,
			signal,
			containerId: server.containerId,
			service: server.service,
			user: server.user,
			database: server.database,
		});
	throw new AppError('database-not-running', `The database service ${planned.service} has no container`, {
		hint: 'Start it, then back up again',
		fix: ['docker', 'compose', 'up', '-d', '--wait', planned.service],
	});
}
