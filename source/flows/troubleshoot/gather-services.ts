import type {EvidenceInput} from '../../diagnosis/evidence.js';
import type {ContainerDetails} from '../../engine/types.js';
import type {Services} from '../../services.js';
import type {Stack, StackService} from '../../stack/stack.js';
import {mayLackInterpreter, readEntrypointLineEnds} from './gather-start.js';
import {optional} from './optional.js';

export type GatheredService = NonNullable<EvidenceInput['services']>[number];

const tailLines = 300;
/** The engine notes the start a moment after the first line may have been written. */
const startSlackMs = 500;

export type GatherOptions = {
	/** Milliseconds since the epoch: what was logged before does not count. For the look after a fix. */
	readonly since?: number | undefined;
};

/** State, environment and logs of every container of the stack; a service without a container is `absent`. */
export async function gatherServices(
	stack: Stack,
	services: Services,
	signal: AbortSignal,
	options: GatherOptions = {},
): Promise<readonly GatheredService[]> {
	return (await Promise.all(stack.services.map(service => gatherService(service, services, signal, options)))).flat();
}

async function gatherService(
	service: StackService,
	services: Services,
	signal: AbortSignal,
	options: GatherOptions,
): Promise<readonly GatheredService[]> {
	const base = {
		service: service.name,
		role: service.role,
		image: service.image,
		state: service.state,
		dependsOn: service.dependsOn.map(name => ({service: name})),
	};
	if (service.containerIds.length === 0) return [base];
	return Promise.all(
		service.containerIds.map(async id => {
			const details = await services.docker.inspectContainer(id, signal);
			if (details === undefined) return {...base, state: 'absent'};
			const image = await services.docker.inspectImage(details.imageId, signal);
			const logs = await readLogs(details, services, signal, options);
			const described = {
				...describeContainer(details),
				...(isLooping(details, services.clock.now()) ? {state: 'restarting'} : {}),
			};
			const program = [...details.entrypoint, ...details.command][0];
			return {
				...base,
				...described,
				...logs,
				entrypointLineEnds: mayLackInterpreter({...base, ...described})
					? await optional(readEntrypointLineEnds(details.id, program, services, signal), null, signal)
					: null,
				architecture: image?.architecture ?? null,
				imageDigest: image?.digests[0] ?? null,
			};
		}),
	);
}

function describeContainer(details: ContainerDetails) {
	const {state} = details;
	return {
		state: state.status,
		exitCode: state.exitCode,
		oomKilled: state.oomKilled,
		health: state.health?.status ?? null,
		environment: {...details.environment},
		container: details.name,
		restartCount: details.restartCount,
		stateError: state.error || null,
		startedAt: state.startedAt,
		finishedAt: state.finishedAt,
		createdAt: new Date(details.createdAt).toISOString(),
		healthLog: state.health?.log.map(entry => ({exitCode: entry.exitCode, output: entry.output})) ?? [],
		mounts: details.mounts.map(mount => ({
			type: mount.type,
			name: mount.name,
			source: mount.source,
			target: mount.target,
			readOnly: mount.readOnly,
		})),
		networks: details.networks.map(network => network.name),
		aliases: [...new Set(details.networks.flatMap(network => network.aliases))],
		networkMode: details.networkMode,
		ports: details.ports.map(port => ({container: port.container, host: port.host, hostIp: port.hostIp})),
		user: details.user || null,
		memoryLimitBytes: details.memoryLimitBytes,
		shmSizeBytes: details.shmSizeBytes,
	};
}

/** Younger than this, a container that was restarted has not shown yet that it stays up; where a health check has still to speak, it has longer. */
const provingMs = 15_000;
const provingWithCheckMs = 60_000;

/** Caught running between two crashes: restarted by its policy a moment ago, and not healthy since. */
function isLooping({restartCount, state}: ContainerDetails, now: number): boolean {
	if (!state.running || restartCount === 0 || state.startedAt === null) return false;
	const limit = state.health?.status === 'starting' ? provingWithCheckMs : provingMs;
	return state.health?.status !== 'healthy' && now - Date.parse(state.startedAt) < limit;
}

/** The lines of the last start, and those of the runs before. A container that has just been started again has said nothing yet: then its last run speaks. */
async function readLogs(
	details: ContainerDetails,
	services: Services,
	signal: AbortSignal,
	{since}: GatherOptions,
): Promise<{readonly log: string[]; readonly earlierLogs: string[][]}> {
	const start = details.state.startedAt === null ? 0 : Date.parse(details.state.startedAt) - startSlackMs;
	const log: string[] = [];
	const before: string[] = [];
	try {
		for await (const entry of services.docker.logs(
			details.id,
			{tail: tailLines, ...(since === undefined ? {} : {since})},
			signal,
		))
			(entry.time >= start ? log : before).push(entry.line);
	} catch (error) {
		if (signal.aborted) throw error;
	}

	if (log.length === 0) return {log: before, earlierLogs: []};
	return {log, earlierLogs: before.length === 0 ? [] : [before]};
}
