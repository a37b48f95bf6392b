import {isAppError} from '../../errors.js';
import {readAvailableExtensions, readFreeBytes, readOwnRights, readServer} from '../../postgres/catalogue.js';
import type {PostgresClient} from '../../postgres/client.js';
import {openContainerClient} from '../../postgres/open-client.js';
import {query} from '../../postgres/sql.js';
import type {DatabaseServer, ExternalDatabase, Stack} from '../../stack/stack.js';
import {type ExternalServices, openExternalServer} from '../steps/external-server.js';
import type {TargetDatabase, TargetFacts, TargetServer} from './target.js';

type TargetServices = ExternalServices;

const operationId = 'restore-look';

/** Opens the client of a stack's server, in its own container, or of one outside. Throws database-not-running, database-unreachable, client-missing. */
function openTarget(
	stack: Stack,
	{service, external, containerId, user, database}: TargetServer,
	likelyMajor: number | undefined,
	services: TargetServices,
	signal: AbortSignal,
): Promise<PostgresClient> {
	if (external !== null)
		return openExternalServer(services, stack, external, {operationId, signal, maintenanceFirst: true, likelyMajor});
	const {processes, docker} = services;
	return openContainerClient({
		processes,
		docker,
		containerId: containerId ?? service,
		service,
		user,
		database,
		operationId,
		signal,
	});
}

/**
 * Looks at every server that may be restored into: those of the stack, and those outside that it uses when it has none of its own or they are
 * named (by host or by the service that uses them). `major` is that of the server which the backup comes from. One of the stack that is down is no error: it is started for the restore. Only reads.
 */
export async function readTargets(
	stack: Stack,
	source: {readonly named: readonly string[]; readonly major: number | undefined},
	services: TargetServices,
	signal: AbortSignal,
): Promise<readonly TargetServer[]> {
	const {named, major} = source;
	const outside = stack.external.filter(
		({host, service}, index, all) =>
			(stack.databases.length === 0 || named.includes(host) || named.includes(service)) &&
			all.findIndex(other => other.host === host) === index,
	);
	const targets = [...stack.databases.map(describeOwn), ...outside.map(describeOutside)];
	return Promise.all(targets.map(target => readTarget(stack, target, major, services, signal)));
}

function describeOutside(external: ExternalDatabase): TargetServer {
	const user = external.user ?? 'postgres';
	return {
		service: external.host,
		external,
		containerId: null,
		running: true,
		image: null,
		user,
		database: external.database ?? user,
		server: null,
	};
}

function describeOwn(database: DatabaseServer): TargetServer {
	return {
		service: database.service,
		external: null,
		containerId: database.containerId,
		running: database.containerId !== null && database.state === 'running',
		image: database.image,
		user: database.user,
		database: database.database,
		server: null,
	};
}

async function readTarget(
	stack: Stack,
	target: TargetServer,
	likelyMajor: number | undefined,
	services: TargetServices,
	signal: AbortSignal,
): Promise<TargetServer> {
	if (!target.running) return target;
	try {
		const client = await openTarget(stack, target, likelyMajor, services, signal);
		try {
			const server = await readTargetFacts(client, signal);
			// The disk that this client sees is not that of a server elsewhere.
			return {
				...target,
				user: client.connection.user,
				server: target.external === null ? server : {...server, freeBytes: null},
			};
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
	const [catalogue, extensions, rights] = await Promise.all([
		readServer(client, {signal}),
		readAvailableExtensions(client, {signal}),
		readOwnRights(client, {signal}),
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
		rights,
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
