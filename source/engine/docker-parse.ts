import * as z from 'zod';
import type {ContainerDetails, ContainerSummary, EngineEvent, EngineInfo, ImageDetails} from './types.js';

const labels = z
	.record(z.string(), z.string())
	.nullish()
	.transform(value => value ?? {});
const words = z
	.union([z.array(z.string()), z.string().transform(text => [text])])
	.nullish()
	.transform(value => value ?? []);
const list = z
	.array(z.string())
	.nullish()
	.transform(value => value ?? []);

const containerListSchema = z.array(
	z.object({
		Id: z.string(),
		Names: list,
		Image: z.string(),
		ImageID: z.string(),
		State: z.string(),
		Status: z.string(),
		Labels: labels,
		Created: z.number(),
	}),
);

export function parseContainerList(answer: unknown): readonly ContainerSummary[] {
	return containerListSchema.parse(answer).map(one => ({
		id: one.Id,
		name: (one.Names[0] ?? one.Id).replace(/^\//, ''),
		image: one.Image,
		imageId: one.ImageID,
		state: one.State,
		status: one.Status,
		labels: one.Labels,
		createdAt: one.Created * 1000,
	}));
}

const healthSchema = z.object({
	Status: z.string(),
	FailingStreak: z.number().nullish(),
	Log: z.array(z.object({ExitCode: z.number(), Output: z.string()})).nullish(),
});

const containerSchema = z.object({
	Id: z.string(),
	Name: z.string(),
	Created: z.string(),
	Image: z.string(),
	Platform: z.string().nullish(),
	RestartCount: z.number().nullish(),
	State: z.object({
		Status: z.string(),
		Running: z.boolean(),
		ExitCode: z.number(),
		OOMKilled: z.boolean().nullish(),
		Error: z.string().nullish(),
		StartedAt: z.string().nullish(),
		FinishedAt: z.string().nullish(),
		Health: healthSchema.nullish(),
	}),
	Config: z.object({
		Image: z.string(),
		User: z.string().nullish(),
		Hostname: z.string().nullish(),
		Env: list,
		Entrypoint: words,
		Cmd: words,
		WorkingDir: z.string().nullish(),
		Labels: labels,
	}),
	HostConfig: z.object({
		RestartPolicy: z.object({Name: z.string()}).nullish(),
		Memory: z.number().nullish(),
		ShmSize: z.number().nullish(),
		NetworkMode: z.string().nullish(),
		ExtraHosts: list,
	}),
	Mounts: z
		.array(
			z.object({
				Type: z.string(),
				Name: z.string().nullish(),
				Source: z.string().nullish(),
				Destination: z.string(),
				RW: z.boolean().nullish(),
			}),
		)
		.nullish(),
	NetworkSettings: z.object({
		Networks: z
			.record(z.string(), z.object({IPAddress: z.string().nullish(), Aliases: z.array(z.string()).nullish()}))
			.nullish(),
		Ports: z.record(z.string(), z.array(z.object({HostIp: z.string(), HostPort: z.string()})).nullish()).nullish(),
	}),
});

export function parseContainer(answer: unknown): ContainerDetails {
	const one = containerSchema.parse(answer);
	const health = one.State.Health;
	return {
		id: one.Id,
		name: one.Name.replace(/^\//, ''),
		image: one.Config.Image,
		imageId: one.Image,
		createdAt: Date.parse(one.Created),
		platform: one.Platform ?? null,
		restartCount: one.RestartCount ?? 0,
		state: {
			status: one.State.Status,
			running: one.State.Running,
			exitCode: one.State.ExitCode,
			oomKilled: one.State.OOMKilled ?? false,
			error: one.State.Error ?? '',
			startedAt: realTime(one.State.StartedAt),
			finishedAt: realTime(one.State.FinishedAt),
			health:
				health && health.Status !== 'none'
					? {
							status: health.Status,
							failingStreak: health.FailingStreak ?? 0,
							log: (health.Log ?? []).map(entry => ({exitCode: entry.ExitCode, output: entry.Output})),
						}
					: null,
		},
		user: one.Config.User ?? '',
		hostname: one.Config.Hostname ?? '',
		environment: parseEnvironment(one.Config.Env),
		entrypoint: one.Config.Entrypoint,
		command: one.Config.Cmd,
		workingDirectory: one.Config.WorkingDir ?? '',
		labels: one.Config.Labels,
		restartPolicy: one.HostConfig.RestartPolicy?.Name || 'no',
		memoryLimitBytes: one.HostConfig.Memory || null,
		shmSizeBytes: one.HostConfig.ShmSize || null,
		networkMode: one.HostConfig.NetworkMode ?? '',
		extraHosts: one.HostConfig.ExtraHosts,
		mounts: (one.Mounts ?? []).map(mount => ({
			type: mount.Type,
			name: mount.Name ?? null,
			source: mount.Source ?? '',
			target: mount.Destination,
			readOnly: mount.RW === false,
		})),
		networks: Object.entries(one.NetworkSettings.Networks ?? {}).map(([name, network]) => ({
			name,
			ipAddress: network.IPAddress ?? '',
			aliases: network.Aliases ?? [],
		})),
		ports: Object.entries(one.NetworkSettings.Ports ?? {}).flatMap(([key, bindings]) => {
			const [port, protocol] = key.split('/');
			return (bindings ?? []).map(binding => ({
				container: Number(port),
				protocol: protocol ?? 'tcp',
				hostIp: binding.HostIp,
				host: Number(binding.HostPort),
			}));
		}),
	};
}

const imageSchema = z.object({
	Id: z.string(),
	RepoTags: list,
	RepoDigests: list,
	Architecture: z.string(),
	Os: z.string(),
	Size: z.number(),
	Created: z.string().nullish(),
	Config: z
		.object({
			Env: list,
			Labels: labels,
			Volumes: z.record(z.string(), z.unknown()).nullish(),
			Entrypoint: words,
			Cmd: words,
			Healthcheck: z.unknown().optional(),
		})
		.nullish(),
});

export function parseImage(answer: unknown): ImageDetails {
	const one = imageSchema.parse(answer);
	return {
		id: one.Id,
		tags: one.RepoTags,
		digests: one.RepoDigests,
		architecture: one.Architecture,
		os: one.Os,
		sizeBytes: one.Size,
		createdAt: one.Created ?? '',
		environment: parseEnvironment(one.Config?.Env ?? []),
		labels: one.Config?.Labels ?? {},
		volumes: Object.keys(one.Config?.Volumes ?? {}),
		entrypoint: one.Config?.Entrypoint ?? [],
		command: one.Config?.Cmd ?? [],
		healthcheck: one.Config?.Healthcheck !== undefined && one.Config.Healthcheck !== null,
	};
}

const infoSchema = z.object({
	Name: z.string().nullish(),
	MemTotal: z.number().nullish(),
	NCPU: z.number().nullish(),
	Architecture: z.string().nullish(),
	OSType: z.string().nullish(),
	SecurityOptions: list,
	LoggingDriver: z.string().nullish(),
	DockerRootDir: z.string().nullish(),
});
const versionSchema = z.object({Version: z.string(), ApiVersion: z.string()});

export function parseInfo(info: unknown, version: unknown, host: string): EngineInfo {
	const one = infoSchema.parse(info);
	const {Version: serverVersion, ApiVersion: apiVersion} = versionSchema.parse(version);
	return {
		serverVersion,
		apiVersion,
		architecture: one.Architecture ?? 'unknown',
		os: one.OSType ?? 'linux',
		name: one.Name ?? '',
		memoryBytes: one.MemTotal ?? 0,
		cpus: one.NCPU ?? 1,
		rootless: one.SecurityOptions.some(option => option.includes('rootless')),
		local: host.startsWith('unix://') || host.startsWith('npipe://'),
		host: host.replace(/\/\/[^@/]*@/, '//'),
		loggingDriver: one.LoggingDriver ?? '',
		rootDirectory: one.DockerRootDir ?? '',
	};
}

const volumesSchema = z.object({
	Volumes: z.array(z.object({Name: z.string(), Labels: labels, Mountpoint: z.string().nullish()})).nullish(),
});

export function parseVolumes(answer: unknown) {
	return (volumesSchema.parse(answer).Volumes ?? []).map(one => ({
		name: one.Name,
		labels: one.Labels,
		mountpoint: one.Mountpoint ?? '',
	}));
}

const eventSchema = z.object({
	Action: z.string(),
	Actor: z.object({ID: z.string(), Attributes: labels}),
	timeNano: z.number().nullish(),
	time: z.number(),
});

export function parseEvent(line: string): EngineEvent | undefined {
	if (line.trim() === '') return undefined;
	const parsed = eventSchema.safeParse(JSON.parse(line));
	if (!parsed.success) return undefined;
	const {Action: action, Actor: actor, timeNano, time} = parsed.data;
	return {time: timeNano ? timeNano / 1e6 : time * 1000, action, containerId: actor.ID, labels: actor.Attributes};
}

const topSchema = z.object({Titles: list, Processes: z.array(z.array(z.string())).nullish()});

export function parseTop(answer: unknown): readonly string[] {
	const {Titles: titles, Processes: rows} = topSchema.parse(answer);
	const column = Math.max(
		titles.findIndex(title => /^(cmd|command)$/i.test(title)),
		0,
	);
	return (rows ?? []).map(row => row[column] ?? '');
}

/** `NAME=value` lines to a record; the first `=` separates. */
export function parseEnvironment(lines: readonly string[]): Readonly<Record<string, string>> {
	return Object.fromEntries(
		lines.map(line => {
			const at = line.indexOf('=');
			return at === -1 ? [line, ''] : [line.slice(0, at), line.slice(at + 1)];
		}),
	);
}

/** The engine writes year 1 for "never". */
function realTime(time: string | null | undefined): string | null {
	return !time || time.startsWith('0001-') ? null : time;
}
