import {statfs} from 'node:fs/promises';
import {type Evidence, type EvidenceInput, evidenceSchema} from '../../diagnosis/evidence.js';
import type {ComposeTarget} from '../../engine/types.js';
import {isAppError, toAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {readDataMajor} from '../../postgres/data-version.js';
import type {Services} from '../../services.js';
import {readGitRevision} from '../../stack/git-revision.js';
import type {Stack} from '../../stack/stack.js';
import {version} from '../../version.js';
import {type GatherOptions, gatherServices} from './gather-services.js';
import {probeConnections, probeHealthUrls} from './probe.js';

/**
 * Gathers what can be known of a stack in a few seconds, all sources at once. None is fatal: what cannot be had is left out.
 * The evidence holds secrets; `redactEvidence` takes them out before it is written anywhere.
 */
export async function* gatherEvidence(
	stack: Stack,
	services: Services,
	signal: AbortSignal,
	options: GatherOptions = {},
): Operation<Evidence> {
	yield {
		type: 'step-started',
		step: 'gather',
		title: 'Look at containers, logs, files and the database',
		canCancel: true,
	};
	const [own, composeLines, engine, git, disk] = await Promise.all([
		optional(gatherServices(stack, services, signal, options), [], signal),
		optional(readComposeWarnings(stack.target, services, signal), [], signal),
		optional(readEngine(services, signal), {lines: [], info: null}, signal),
		optional(readGitRevision(services.processes, stack.directory, signal), null, signal),
		optional(readDisk(stack, services, signal), [], signal),
	]);
	const servers = await Promise.all(stack.databases.map(server => describeServer(server, services, signal)));
	yield {type: 'step-finished', step: 'gather', note: `${own.length} services`};
	yield {type: 'step-started', step: 'probe', title: 'Try the connections as the services have them', canCancel: true};
	const [connections, urls] = await Promise.all([
		optional(probeConnections(stack, own, services, signal), [], signal),
		optional(probeHealthUrls(stack, services, signal), [], signal),
	]);
	yield {type: 'step-finished', step: 'probe', note: `${connections.length + urls.length} tried`};
	return complete({
		format: 'lifeboat-evidence',
		version: 1,
		project: stack.project,
		services: [...own],
		compose: [...composeLines],
		engine: engine.lines,
		collectedAt: new Date(services.clock.now()).toISOString(),
		tool: version,
		serviceNames: stack.services.map(service => service.name),
		disk,
		engineInfo: engine.info,
		servers,
		probes: [...connections, ...urls],
		git: git === null ? null : {revision: git.revision, branch: git.branch, dirty: git.dirty},
		publicUrl: services.settings.stack(stack.project, stack.directory).publicUrl,
	});
}

/** Evidence of a stack that cannot even be detected: what Compose or the engine says. Undefined for errors that are no symptom. */
export function evidenceOfRefusal(error: unknown): Evidence | undefined {
	const failure = toAppError(error);
	const text = [
		failure.message,
		...failure.details,
		failure.cause instanceof Error ? failure.cause.message : '',
	].filter(Boolean);
	if (isAppError(failure, 'engine-unreachable'))
		return complete({
			format: 'lifeboat-evidence',
			version: 1,
			services: [],
			engine: ['Cannot connect to the Docker daemon. Is the docker daemon running?', ...text],
		});
	if (isAppError(failure, 'engine-permission-denied')) {
		return complete({
			format: 'lifeboat-evidence',
			version: 1,
			services: [],
			engine: ['permission denied while trying to connect to the Docker daemon socket', ...text],
		});
	}

	if (isAppError(failure, 'compose-file-invalid'))
		return complete({format: 'lifeboat-evidence', version: 1, services: [], compose: text});
	return undefined;
}

function complete(input: EvidenceInput): Evidence {
	return evidenceSchema.parse(input);
}

async function optional<Value>(promise: Promise<Value>, otherwise: Value, signal: AbortSignal): Promise<Value> {
	try {
		return await promise;
	} catch (error) {
		if (signal.aborted) throw error;
		return otherwise;
	}
}

async function readComposeWarnings(
	target: ComposeTarget,
	services: Services,
	signal: AbortSignal,
): Promise<readonly string[]> {
	try {
		return (await services.compose.config(target, {}, signal)).warnings;
	} catch (error) {
		if (signal.aborted) throw error;
		const failure = toAppError(error);
		return [failure.message, ...failure.details];
	}
}

async function readEngine(services: Services, signal: AbortSignal) {
	try {
		const info = await services.docker.info(signal);
		return {lines: [], info: {version: info.serverVersion, architecture: info.architecture}};
	} catch (error) {
		if (signal.aborted) throw error;
		return {lines: evidenceOfRefusal(error)?.engine ?? [toAppError(error).message], info: null};
	}
}

/** Room on the host for the stack's folder and the engine, and on each data volume. */
async function readDisk(stack: Stack, services: Services, signal: AbortSignal) {
	const info = await services.docker.info(signal).catch(() => undefined);
	const paths = [stack.directory, ...(info?.local ? [info.rootDirectory] : [])];
	const host = await Promise.all(
		paths.map(async path => {
			const room = await statfs(path).catch(() => undefined);
			return room === undefined
				? []
				: [{path, sizeBytes: room.blocks * room.bsize, freeBytes: room.bavail * room.bsize, inodesFree: room.ffree}];
		}),
	);
	const volumes = stack.databases.flatMap(server =>
		server.freeBytes === null
			? []
			: [
					{
						path: server.dataMount.target ?? '/var/lib/postgresql/data',
						service: server.service,
						freeBytes: server.freeBytes,
					},
				],
	);
	return [...host.flat(), ...volumes];
}

async function describeServer(server: Stack['databases'][number], services: Services, signal: AbortSignal) {
	const facts = server.server;
	// Of a server that does not start, the files alone can say which version wrote them.
	const silent = facts === null && server.containerId !== null;
	return {
		dataMajor: silent ? await optional(readDataMajor(services, server.containerId ?? '', signal), null, signal) : null,
		service: server.service,
		ready: server.state === 'running' ? facts !== null : false,
		version: server.serverVersion,
		roles: facts?.roles.map(role => role.name) ?? [],
		databases: facts?.databases.map(database => database.name) ?? [],
		connections: facts === null ? null : facts.clients.reduce((sum, client) => sum + client.count, 0),
		extensions:
			facts?.databases.flatMap(database =>
				database.extensions.map(extension => ({name: extension.name, version: extension.version})),
			) ?? [],
	};
}
