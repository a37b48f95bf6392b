import * as z from 'zod';
import {AppError} from '../errors.js';

export type ModelPort = {
	readonly container: number;
	/** Null when the engine chooses one; the first of a range. */
	readonly host: number | null;
	/** Address that it is bound to; null for all interfaces. */
	readonly hostIp: string | null;
	readonly protocol: string;
};

export type ModelMount = {
	readonly type: 'volume' | 'bind' | 'tmpfs' | 'other';
	/** Key of the volume in the compose file, absolute path of a bind; null for an anonymous volume. */
	readonly source: string | null;
	readonly target: string;
	readonly readOnly: boolean;
};

export type ModelService = {
	readonly name: string;
	readonly image: string | null;
	readonly build: {
		readonly context: string;
		readonly dockerfile: string;
		readonly args: Readonly<Record<string, string>>;
	} | null;
	readonly command: readonly string[];
	readonly entrypoint: readonly string[];
	/** Null values are taken from the shell and not set there. */
	readonly environment: Readonly<Record<string, string | null>>;
	readonly dependsOn: Readonly<Record<string, string>>;
	readonly containerName: string | null;
	readonly hostname: string | null;
	/** Other names on its networks, and links of others to it. */
	readonly aliases: readonly string[];
	readonly networks: readonly string[];
	readonly networkMode: string | null;
	readonly ports: readonly ModelPort[];
	readonly mounts: readonly ModelMount[];
	/** `healthcheck.test`; empty when the compose file has none. */
	readonly healthTest: readonly string[];
	readonly restart: string | null;
	readonly replicas: number | null;
	/** Keys of top-level secrets that it is given. */
	readonly secrets: readonly string[];
	readonly labels: Readonly<Record<string, string>>;
	readonly profiles: readonly string[];
};

export type ModelFile = {
	readonly name: string;
	/** Absolute path on this machine; null for `environment`, `content` and external ones. */
	readonly file: string | null;
	/** Variable of the shell or `.env` whose value it is. */
	readonly variable: string | null;
};

/** What Docker Compose made of the files, or what the containers show: the shape that every rule works on. Holds secrets: never print it. */
export type ComposeModel = {
	readonly name: string;
	readonly services: readonly ModelService[];
	/** Real name on the engine by key. */
	readonly volumes: Readonly<Record<string, string>>;
	readonly secrets: readonly ModelFile[];
	readonly configs: readonly ModelFile[];
};

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String);
const words = z
	.union([z.string().transform(command => [command]), z.array(text)])
	.nullish()
	.transform(list => list ?? []);
const record = <Value extends z.ZodType>(value: Value) =>
	z
		.record(z.string(), value)
		.nullish()
		.transform(map => map ?? {});

const serviceSchema = z.object({
	image: z.string().nullish(),
	build: z
		.union([
			z.string().transform(context => ({context, dockerfile: undefined, args: undefined})),
			z.object({
				context: z.string().default('.'),
				dockerfile: z.string().optional(),
				args: z.record(z.string(), text.nullable()).nullish(),
			}),
		])
		.nullish(),
	command: words,
	entrypoint: words,
	environment: record(text.nullable()),
	depends_on: record(z.object({condition: z.string().default('service_started')})),
	container_name: z.string().nullish(),
	hostname: z.string().nullish(),
	networks: record(z.object({aliases: z.array(z.string()).nullish()}).nullable()),
	network_mode: z.string().nullish(),
	links: z.array(z.string()).nullish(),
	ports: z
		.array(
			z.object({
				target: z.number(),
				published: text.nullish(),
				host_ip: z.string().nullish(),
				protocol: z.string().default('tcp'),
			}),
		)
		.nullish(),
	volumes: z
		.array(
			z.object({
				type: z.string(),
				source: z.string().nullish(),
				target: z.string().default(''),
				read_only: z.boolean().nullish(),
			}),
		)
		.nullish(),
	healthcheck: z.object({test: words, disable: z.boolean().nullish()}).nullish(),
	restart: z.string().nullish(),
	scale: z.number().nullish(),
	deploy: z
		.object({
			replicas: z.number().nullish(),
			restart_policy: z.object({condition: z.string().nullish()}).nullish(),
		})
		.nullish(),
	secrets: z.array(z.object({source: z.string()})).nullish(),
	labels: record(text.nullable()),
	profiles: z.array(z.string()).nullish(),
});

const fileSchema = z.object({
	file: z.string().nullish(),
	environment: z.string().nullish(),
});

const modelSchema = z.object({
	name: z.string().default(''),
	services: record(serviceSchema),
	volumes: record(z.object({name: z.string().nullish()}).nullable()),
	secrets: record(fileSchema.nullable()),
	configs: record(fileSchema.nullable()),
});

/** Reads the JSON of `docker compose config --format json`. Throws compose-file-invalid when it has another shape. */
export function parseComposeModel(json: unknown): ComposeModel {
	const parsed = modelSchema.safeParse(unescapeDollars(json));
	if (!parsed.success) {
		throw new AppError('compose-file-invalid', 'Docker Compose printed a model of an unknown shape', {
			hint: 'Update Docker Compose, and report this with the version of Docker Compose',
			fix: ['docker', 'compose', 'version'],
			details: [z.prettifyError(parsed.error).split('\n')[0] ?? ''],
			cause: parsed.error,
		});
	}

	const model = parsed.data;
	const linked = linkAliases(model.services);
	return {
		name: model.name,
		services: Object.entries(model.services).map(([name, service]) =>
			toModelService(name, service, linked.get(name) ?? []),
		),
		volumes: Object.fromEntries(
			Object.entries(model.volumes).map(([key, volume]) => [key, volume?.name ?? `${model.name}_${key}`]),
		),
		secrets: toFiles(model.secrets),
		configs: toFiles(model.configs),
	};
}

/** `config` prints every `$` as `$$`, so that its output could be a compose file again. */
function unescapeDollars(node: unknown): unknown {
	if (typeof node === 'string') return node.replaceAll('$$', '$');
	if (Array.isArray(node)) return node.map(unescapeDollars);
	if (typeof node !== 'object' || node === null) return node;
	return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, unescapeDollars(value)]));
}

type RawService = z.infer<typeof serviceSchema>;

function toModelService(name: string, service: RawService, links: readonly string[]): ModelService {
	const {build} = service;
	return {
		name,
		image: service.image ?? null,
		build: build
			? {
					context: build.context,
					dockerfile: build.dockerfile ?? 'Dockerfile',
					args: Object.fromEntries(
						Object.entries(build.args ?? {}).flatMap(([key, value]) => (value === null ? [] : [[key, value]])),
					),
				}
			: null,
		command: service.command,
		entrypoint: service.entrypoint,
		environment: service.environment,
		dependsOn: Object.fromEntries(
			Object.entries(service.depends_on).map(([other, dependency]) => [other, dependency.condition]),
		),
		containerName: service.container_name ?? null,
		hostname: service.hostname ?? null,
		aliases: [...Object.values(service.networks).flatMap(network => network?.aliases ?? []), ...links],
		networks: Object.keys(service.networks),
		networkMode: service.network_mode ?? null,
		ports: (service.ports ?? []).map(port => ({
			container: port.target,
			host: firstPort(port.published),
			hostIp: port.host_ip || null,
			protocol: port.protocol,
		})),
		mounts: (service.volumes ?? []).map(toMount),
		healthTest: service.healthcheck?.disable ? [] : (service.healthcheck?.test ?? []),
		restart: service.restart ?? service.deploy?.restart_policy?.condition ?? null,
		replicas: service.scale ?? service.deploy?.replicas ?? null,
		secrets: (service.secrets ?? []).map(secret => secret.source),
		labels: Object.fromEntries(Object.entries(service.labels).map(([key, value]) => [key, value ?? ''])),
		profiles: service.profiles ?? [],
	};
}

function toMount(volume: NonNullable<RawService['volumes']>[number]): ModelMount {
	const types = ['volume', 'bind', 'tmpfs'] as const;
	return {
		type: types.find(type => type === volume.type) ?? 'other',
		source: volume.source || null,
		target: volume.target.replace(/(?<=.)\/+$/, ''),
		readOnly: volume.read_only ?? false,
	};
}

function toFiles(files: Readonly<Record<string, z.infer<typeof fileSchema> | null>>): readonly ModelFile[] {
	return Object.entries(files).map(([name, file]) => ({
		name,
		file: file?.file ?? null,
		variable: file?.environment ?? null,
	}));
}

function linkAliases(services: Readonly<Record<string, RawService>>): ReadonlyMap<string, readonly string[]> {
	const aliases = new Map<string, string[]>();
	for (const link of Object.values(services).flatMap(service => service.links ?? [])) {
		const [target = '', alias] = link.split(':');
		if (alias !== undefined) aliases.set(target, [...(aliases.get(target) ?? []), alias]);
	}

	return aliases;
}

function firstPort(published: string | null | undefined): number | null {
	const port = Number.parseInt(published ?? '', 10);
	return Number.isNaN(port) || port === 0 ? null : port;
}
