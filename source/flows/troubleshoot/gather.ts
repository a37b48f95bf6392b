import {type Evidence, type EvidenceInput, evidenceSchema} from '../../diagnosis/evidence.js';
import {isAppError, toAppError} from '../../errors.js';
import type {Operation} from '../../operation.js';
import {compareMigrations, findMigrationFolders} from '../../release/pending-migrations.js';
import type {Services} from '../../services.js';
import type {ComposeModel} from '../../stack/compose-model.js';
import {findEditedServices, findNewerOverride} from '../../stack/config-hashes.js';
import {readGitRevision} from '../../stack/git-revision.js';
import {shortenPath} from '../../stack/paths.js';
import type {Stack} from '../../stack/stack.js';
import {version} from '../../version.js';
import {findDrift, hidePieces, measureSecrets, readEnvFiles} from './gather-environment.js';
import {describeMounts, readDisk, readEvents, readMemory} from './gather-host.js';
import {readModel} from './gather-model.js';
import {findRefusals} from './gather-refusals.js';
import {gatherServer} from './gather-server.js';
import {type GatheredService, type GatherOptions, gatherServices} from './gather-services.js';
import {optional} from './optional.js';
import {probeConnections} from './probe.js';
import {probeHealthUrls} from './probe-health.js';

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
	// What the next `up` would read: with it the files are compared.
	const added = await optional(findNewerOverride(stack, services, signal), null, signal);
	const wanted = added === null ? stack : {...stack, target: {...stack.target, files: [...stack.target.files, added]}};
	const [containers, model, engine, git, disk, memory, events, envFiles, edited, folders, servers] = await Promise.all([
		optional(gatherServices(stack, services, signal, options), [], signal),
		optional(readModel(wanted, services, signal), {model: null, externalNetworks: [], lines: []}, signal),
		optional(readEngine(services, signal), {lines: [], info: null}, signal),
		optional(readGitRevision(services.processes, stack.directory, signal), null, signal),
		optional(readDisk(stack, services, signal), [], signal),
		optional(readMemory(services, signal), null, signal),
		optional(readEvents(stack, services, signal), [], signal),
		optional(readEnvFiles(stack, services.environment), [], signal),
		optional(findEditedServices(wanted, services, services.environment, signal), [], signal),
		findMigrationFolders(stack.directory),
		Promise.all(stack.databases.map(server => gatherServer(server, services, signal))),
	]);
	yield {type: 'step-finished', step: 'gather', note: `${containers.length} services`};
	yield {type: 'step-started', step: 'probe', title: 'Try the connections as the services have them', canCancel: true};
	const [own, composeLines, refusals, connections, urls] = await Promise.all([
		optional(describeMounts(containers, services, signal), containers, signal),
		hidePieces(stack, model.lines, services.environment),
		optional(findRefusals(model, containers, services, signal), {lines: [], portsInUse: []}, signal),
		optional(probeConnections(stack, containers, services, signal), [], signal),
		optional(probeHealthUrls(stack, containers, services, signal), [], signal),
	]);
	yield {type: 'step-finished', step: 'probe', note: `${connections.length + urls.length} tried`};
	return complete({
		format: 'lifeboat-evidence',
		version: 1,
		project: stack.project,
		services: describeByModel(own, model.model),
		compose: [...composeLines],
		engine: engine.lines,
		collectedAt: new Date(services.clock.now()).toISOString(),
		tool: version,
		serviceNames: stack.services.map(service => service.name),
		composeFindings: refusals.lines.map(message => ({message})),
		envFiles: [...envFiles],
		environmentDrift: [...findDrift(model.model, own)],
		edited: edited.map(service => ({service, file: added === null ? null : shortenPath(stack.directory, added)})),
		migrationFiles: servers.flatMap(({server, books}) =>
			books.flatMap(state => {
				const found = compareMigrations(state, folders);
				return found === undefined ? [] : [{service: server.service, ...found, pending: [...found.pending]}];
			}),
		),
		disk: [...disk, ...servers.flatMap(server => server.disk)],
		memory,
		portsInUse: [...refusals.portsInUse],
		engineInfo: engine.info,
		secrets: measureSecrets(own) ?? [],
		servers: servers.map(({server}) => server),
		probes: [...connections, ...urls],
		events,
		git: git === null ? null : {revision: git.revision, branch: git.branch, dirty: git.dirty},
		publicUrl: services.settings.stack(stack.project, stack.directory).publicUrl,
	});
}

/** What only the files know of a service: its health check, on what condition it waits, the ports that it wants while it does not run. */
function describeByModel(own: readonly GatheredService[], model: ComposeModel | null): GatheredService[] {
	return own.map(service => {
		const wanted = model?.services.find(({name}) => name === service.service);
		if (wanted === undefined) return service;
		const ports = wanted.ports.map(({container, host, hostIp}) => ({container, host, hostIp}));
		return {
			...service,
			healthCommand: wanted.healthTest.length > 0 ? wanted.healthTest.join(' ') : null,
			dependsOn: Object.entries(wanted.dependsOn).map(([name, condition]) => ({service: name, condition})),
			ports: service.ports?.length ? service.ports : ports,
		};
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

async function readEngine(services: Services, signal: AbortSignal) {
	try {
		const info = await services.docker.info(signal);
		return {lines: [], info: {version: info.serverVersion, architecture: info.architecture}};
	} catch (error) {
		if (signal.aborted) throw error;
		return {lines: evidenceOfRefusal(error)?.engine ?? [toAppError(error).message], info: null};
	}
}
