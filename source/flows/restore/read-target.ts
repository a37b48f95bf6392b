import {isAppError} from '../../errors.js';
import {readAvailableExtensions, readFreeBytes, readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {openContainerClient} from '../../postgres/open-client.js';
import {query} from '../../postgres/sql.js';
import type {Services} from '../../services.js';
import type {DatabaseServer, Stack} from '../../stack/stack.js';
import type {TargetDatabase, TargetFacts, TargetServer} from './target.js';

type TargetServices = Pick<Services, 'processes' | 'docker'>;

/** Opens the client of a stack's server, in its own container. Throws database-not-running, database-unreachable, client-missing. */
export function openTarget(
	services: TargetServices,
	target: Pick<TargetServer, 'service' | 'containerId' | 'user' | 'database'>,
	operationId: string,
	signal?: AbortSignal,
): Promise<PostgresClient> {
	return openContainerClient({
		processes: services.processes,
		docker: services.docker,
		containerId: target.containerId ?? target.service,
		service: target.service,
		user: target.user,
		database: target.database,
		operationId,
		signal,
	});
}

/** Looks at every server of the stack that may be restored into. One that is down is no error: it is started for the restore. Only reads. */
export async function readTargets(
	stack: Stack,
	services: TargetServices,
	signal: AbortSignal,
): Promise<readonly TargetServer[]> {
	return Promise.all(stack.databases.map(database => readTarget(database, services, signal)));
}

async function readTarget(
	database: DatabaseServer,
	services: TargetServices,
	signal: AbortSignal,
): Promise<TargetServer> {
	const target: TargetServer = {
		service: database.service,
		containerId: database.containerId,
		running: database.containerId !== null && database.state === 'running',
		image: database.image,
		user: database.user,
		database: database.database,
		server: null,
	};
	if (!target.running) return target;
	try {
		const client = await openTarget(services, target, 'restore-look', signal);
		try {
			return {...target, user: client.connection.user, server: await readTargetFacts(client, signal)};
		} finally {
			await client.dispose();
		}
	} catch (error) {
		if (isAppError(error, 'database-not-running')) return {...target, running: false};
		throw error;
	}
}

/** What a running server tells that decides whether and how something can be restored into it. */
export async function readTargetFacts(client: PostgresClient, signal: AbortSignal): Promise<TargetFacts> {
	const [catalogue, extensions] = await Promise.all([
		readServer(client, {signal}),
		readAvailableExtensions(client, {signal}),
	]);
	const freeBytes =
		catalogue.dataDirectory === null ? null : await readFreeBytes(client, catalogue.dataDirectory, signal);
	const databases: TargetDatabase[] = [];
	for (const {name, owner, sizeBytes, allowConnections} of catalogue.databases) {
		databases.push({name, owner, sizeBytes, tables: allowConnections ? await countTables(client, name, signal) : null});
	}

	return {
		version: client.facts.serverVersion,
		major: client.facts.serverMajor,
		clientMajor: client.facts.clientMajor,
		clientVersion: client.facts.clientVersion,
		supportsZstd: client.facts.supportsZstd,
		superuser: client.facts.superuser,
		replica: catalogue.replication.inRecovery,
		freeBytes,
		databases,
		roles: catalogue.roles.map(role => role.name),
		extensions: extensions.map(({name, versions}) => ({name, versions})),
		preparedTransactions: catalogue.preparedTransactions.map(one => one.database),
		slots: catalogue.replication.slots.flatMap(slot => slot.database ?? []),
	};
}

const tablesQuery = `SELECT count(*)::int AS tables FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'v', 'f', 'S') AND n.nspname !~ '^(pg_|information_schema$)'
	AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')`;

/** Relations of the user; null when the database cannot be looked at. */
async function countTables(client: PostgresClient, database: string, signal: AbortSignal): Promise<number | null> {
	try {
		const [row] = await query<{tables: number}>(client, database, tablesQuery, {signal});
		return row?.tables ?? null;
	} catch (error) {
		if (isAppError(error, 'cancelled')) throw error;
		return null;
	}
}
