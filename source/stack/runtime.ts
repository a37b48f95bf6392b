import {posix} from 'node:path';
import type {ContainerDetails, ContainerSummary, Docker} from '../engine/types.js';
import type {ComposeModel, ModelService} from './compose-model.js';
import {isDataTarget} from './postgres-signals.js';
import type {DatabaseServer, DataMount, ServiceState, Stack, StackService} from './stack.js';

/** Names of the labels that Docker Compose puts on what it makes. */
export const composeLabels = {
	project: 'com.docker.compose.project',
	service: 'com.docker.compose.service',
	oneOff: 'com.docker.compose.oneoff',
	files: 'com.docker.compose.project.config_files',
	directory: 'com.docker.compose.project.working_dir',
	environmentFile: 'com.docker.compose.project.environment_file',
	configHash: 'com.docker.compose.config-hash',
	dependsOn: 'com.docker.compose.depends_on',
	version: 'com.docker.compose.version',
} as const;

/** The containers of one project, by service; those of `docker compose run` are left out. */
export type Runtime = ReadonlyMap<string, readonly ContainerDetails[]>;

/** Inspects the containers of one project, all at once. Throws what the engine's edge throws. */
export async function inspectProject(
	containers: readonly ContainerSummary[],
	docker: Pick<Docker, 'inspectContainer'>,
	signal?: AbortSignal,
): Promise<Runtime> {
	const details = await Promise.all(
		containers
			.filter(({labels}) => labels[composeLabels.oneOff]?.toLowerCase() !== 'true')
			.map(({id}) => docker.inspectContainer(id, signal)),
	);
	const runtime = new Map<string, ContainerDetails[]>();
	for (const container of details) {
		const service = container?.labels[composeLabels.service];
		if (container !== undefined && service !== undefined)
			runtime.set(service, [...(runtime.get(service) ?? []), container]);
	}

	return runtime;
}

const stateOrder: readonly ServiceState[] = ['restarting', 'dead', 'running', 'paused', 'exited', 'created'];

/** One state for all containers of a service: the one that needs attention first. */
export function stateOfContainers(containers: readonly ContainerDetails[]): ServiceState {
	const states = containers.map(({state}) => (state.status === 'removing' ? 'dead' : state.status));
	return stateOrder.find(state => states.includes(state)) ?? 'absent';
}

function healthOfContainers(containers: readonly ContainerDetails[]): string | null {
	const found = containers.flatMap(({state}) => (state.running ? (state.health?.status ?? []) : []));
	return ['unhealthy', 'starting', 'healthy'].find(status => found.includes(status)) ?? null;
}

/** Adds what the containers show to a stack that was drawn up from files. Services without a container are `absent`. */
export function applyRuntime(stack: Stack, runtime: Runtime): Stack {
	return {
		...stack,
		engineReached: true,
		services: stack.services.map(service => applyToService(service, runtime.get(service.name) ?? [])),
		databases: stack.databases.map(database => applyToDatabase(database, runtime.get(database.service) ?? [])),
		durable: stack.durable.map(storage => {
			const mount = runtime.get(storage.service)?.[0]?.mounts.find(({target}) => target === storage.target);
			return mount ? {...storage, source: mount.type === 'volume' ? mount.name : mount.source} : storage;
		}),
	};
}

function applyToService(service: StackService, containers: readonly ContainerDetails[]): StackService {
	const ended = containers.find(({state}) => !state.running);
	const ports = containers.flatMap(container => container.ports.map(({host}) => host)).filter(port => port > 0);
	return {
		...service,
		state: stateOfContainers(containers),
		health: healthOfContainers(containers),
		exitCode: ended?.state.exitCode ?? null,
		restartCount: Math.max(0, ...containers.map(({restartCount}) => restartCount)),
		ports: ports.length > 0 ? [...new Set(ports)] : service.ports,
		containerIds: containers.map(({id}) => id),
	};
}

function applyToDatabase(database: DatabaseServer, containers: readonly ContainerDetails[]): DatabaseServer {
	const container = containers.find(({state}) => state.running) ?? containers[0];
	if (container === undefined) return database;
	const declared = Number.parseInt(container.environment['PG_MAJOR'] ?? '', 10);
	return {
		...database,
		containerId: container.id,
		state: stateOfContainers(containers),
		health: healthOfContainers(containers),
		major: database.major ?? (Number.isNaN(declared) ? null : declared),
		dataMount: realDataMount(container, database.dataMount, container.environment['PGDATA']),
	};
}

/** Volumes that nobody named: the engine gives them 64 hex digits. */
export const isAnonymousVolume = (name: string): boolean => /^[0-9a-f]{64}$/.test(name);

/** Where the data of a container lies: the mount that covers PGDATA, with the compose file's name where that is the same mount. */
export function realDataMount(
	container: ContainerDetails,
	ofFiles: DataMount,
	dataDirectory: string | undefined,
): DataMount {
	const covers = (target: string, path: string) => path === target || path.startsWith(`${target.replace(/\/$/, '')}/`);
	const mounts = container.mounts.filter(({type}) => type === 'volume' || type === 'bind');
	const covering = dataDirectory === undefined ? [] : mounts.filter(({target}) => covers(target, dataDirectory));
	const candidates =
		covering.length > 0 ? covering : mounts.filter(({target}) => isDataTarget(target, container.environment));
	const mount = candidates.toSorted((a, b) => b.target.length - a.target.length)[0];
	if (mount === undefined)
		return ofFiles.type === 'none' || dataDirectory === undefined ? ofFiles : {type: 'none', name: null, target: null};
	const source = mount.type === 'volume' ? mount.name : mount.source;
	const isSame = ofFiles.target !== null && posix.normalize(ofFiles.target) === posix.normalize(mount.target);
	if (isSame && ofFiles.type !== 'none') return {...ofFiles, source};
	if (mount.type === 'volume' && isAnonymousVolume(mount.name ?? ''))
		return {type: 'anonymous', name: null, target: mount.target, source};
	return {type: mount.type === 'bind' ? 'bind' : 'volume', name: source, target: mount.target, source};
}

/** The model as the containers show it, for when Docker Compose refuses the files: enough for everything but where values come from. */
export function modelFromContainers(project: string, runtime: Runtime): ComposeModel {
	const volumes: Record<string, string> = {};
	const services = [...runtime].flatMap(([name, containers]): ModelService[] => {
		const container = containers.find(({state}) => state.running) ?? containers[0];
		if (container === undefined) return [];
		const {labels} = container;
		return [
			{
				name,
				image: container.image.replace(/^sha256:.*$/, '') || null,
				build: null,
				command: container.command,
				entrypoint: container.entrypoint,
				environment: container.environment,
				dependsOn: Object.fromEntries(
					(labels[composeLabels.dependsOn] ?? '').split(',').flatMap(entry => {
						const [other = '', condition = 'service_started'] = entry.split(':');
						return other === '' ? [] : [[other, condition]];
					}),
				),
				containerName: container.name,
				hostname: container.hostname,
				aliases: container.networks.flatMap(({aliases}) => aliases),
				networks: container.networks.map(network => network.name),
				networkMode: container.networkMode,
				ports: container.ports.map(port => ({
					container: port.container,
					host: port.host || null,
					hostIp: /^(?:0\.0\.0\.0|::)?$/.test(port.hostIp) ? null : port.hostIp,
					protocol: port.protocol,
				})),
				mounts: container.mounts.map(mount => {
					const key = mount.name?.replace(new RegExp(`^${project}_`), '') ?? null;
					if (mount.type === 'volume' && key !== null && mount.name !== null) volumes[key] = mount.name;
					const isAnonymous = isAnonymousVolume(mount.name ?? '');
					return {
						type: mount.type === 'volume' || mount.type === 'bind' || mount.type === 'tmpfs' ? mount.type : 'other',
						source: mount.type === 'volume' ? (isAnonymous ? null : key) : mount.source,
						target: mount.target,
						readOnly: mount.readOnly,
					};
				}),
				healthTest: [],
				restart: container.restartPolicy,
				replicas: containers.length,
				secrets: container.mounts.flatMap(({target}) =>
					target.startsWith('/run/secrets/') ? [posix.basename(target)] : [],
				),
				labels,
				profiles: [],
			},
		];
	});
	return {name: project, services, volumes, secrets: [], configs: []};
}
