import {AppError} from '../../errors.js';
import {readServer, type ServerCatalogue} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {type ContainerClientOptions, openContainerClient} from '../../postgres/open-client.js';
import type {DatabaseProperties} from '../../postgres/properties.js';
import {type Snapshot, takeSnapshot} from '../../postgres/snapshot.js';
import type {Services} from '../../services.js';
import type {DatabaseServer, Stack} from '../../stack/stack.js';
import {openExternalServer} from '../steps/external-server.js';
import type {PlannedServer} from './select-servers.js';

/** A planned server that answers. Whoever opened it disposes of its client. */
export type OpenServer = {
	readonly planned: PlannedServer;
	readonly client: PostgresClient;
	readonly catalogue: ServerCatalogue;
	/** The planned databases with all that a dump of them does not hold. */
	readonly databases: readonly DatabaseProperties[];
	/** Of the first planned database, begun while the catalogue was read. `client.dispose` ends it if nobody does. */
	readonly firstSnapshot: Promise<Snapshot>;
};

/**
 * Logs in to a planned server and reads its catalogue.
 * Throws AppError: database-not-running, database-unreachable, client-missing, database-not-found.
 */
export async function openServer(
	planned: PlannedServer,
	stack: Stack,
	operationId: string,
	services: Services,
	signal: AbortSignal,
): Promise<OpenServer> {
	const client = await openClient(planned, stack, operationId, services, signal);
	try {
		const firstSnapshot = takeSnapshot(client, planned.databases[0]?.name ?? client.facts.maintenanceDatabase, signal);
		firstSnapshot.catch(() => {});
		const catalogue = await readServer(client, {signal});
		const databases = planned.databases.map(({name}) => {
			const found = catalogue.databases.find(database => database.name === name);
			if (found !== undefined) return found;
			throw new AppError('database-not-found', `The database ${name} is not on ${planned.service} any more`, {
				hint: 'Look at what is there, then back up again',
				fix: ['lifeboat', 'detect'],
			});
		});
		return {planned, client, catalogue, databases, firstSnapshot};
	} catch (error) {
		await client.dispose();
		throw error;
	}
}

async function openClient(
	planned: PlannedServer,
	stack: Stack,
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
			known: knownFacts(server),
		});
	if (planned.external !== null) return openExternalServer(services, stack, planned.external, {operationId, signal});
	throw new AppError('database-not-running', `The database service ${planned.service} has no container`, {
		hint: 'Start it, then back up again',
		fix: ['docker', 'compose', 'up', '-d', '--wait', planned.service],
	});
}

/** What detection has found out of the same container, logged in as the same role. */
function knownFacts({containerId, user, server}: DatabaseServer): ContainerClientOptions['known'] {
	const login = server?.login;
	if (login === undefined || login.containerId !== containerId || login.user !== user) return undefined;
	return {
		startedAt: login.startedAt,
		facts: {
			...login.client,
			serverVersion: login.version,
			serverVersionNumber: login.versionNumber,
			serverMajor: Math.floor(login.versionNumber / 10_000),
			superuser: login.superuser,
			maintenanceDatabase: login.database,
		},
	};
}
