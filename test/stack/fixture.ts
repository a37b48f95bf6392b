import {type ComposeModel, parseComposeModel} from '../../source/stack/compose-model.js';
import {describeStack, type StackDraft} from '../../source/stack/describe-stack.js';
import type {Dockerfile} from '../../source/stack/dockerfile.js';
import {noRawFiles, type RawFiles} from '../../source/stack/raw-files.js';
import {gatherFacts, type StackFacts} from '../../source/stack/stack-facts.js';

/** A service in few words: `volumes: ['data:/var/lib/…', './x:/x:ro', '/anonymous']`, `ports: ['8080:80']`, `dependsOn: ['db']`. */
export type Sketch = {
	readonly image?: string;
	readonly build?: string | {readonly context: string; readonly args?: Readonly<Record<string, string>>};
	readonly environment?: Readonly<Record<string, string | null>>;
	readonly dependsOn?: readonly string[] | Readonly<Record<string, string>>;
	readonly volumes?: readonly string[];
	readonly ports?: readonly string[];
	readonly command?: string | readonly string[];
	readonly entrypoint?: string | readonly string[];
	readonly restart?: string;
	readonly healthcheck?: string;
	readonly secrets?: readonly string[];
	readonly containerName?: string;
	readonly aliases?: readonly string[];
};

export const directory = '/srv/shop';

/** What `docker compose config --format json` would print for these services. */
export function modelOf(services: Readonly<Record<string, Sketch>>): ComposeModel {
	return parseComposeModel({
		name: 'shop',
		services: Object.fromEntries(Object.entries(services).map(([name, sketch]) => [name, toJson(sketch)])),
	});
}

export function factsOf(
	services: Readonly<Record<string, Sketch>>,
	more: {readonly raw?: Partial<RawFiles>; readonly dockerfiles?: Readonly<Record<string, Dockerfile>>} = {},
): StackFacts {
	return gatherFacts(givenOf(services, more)).facts;
}

export function draftOf(
	services: Readonly<Record<string, Sketch>>,
	more: {readonly raw?: Partial<RawFiles>; readonly dockerfiles?: Readonly<Record<string, Dockerfile>>} = {},
): Promise<StackDraft> {
	const target = {files: [], profiles: [], envFiles: [], cwd: directory};
	return describeStack({...givenOf(services, more), target, source: 'model'});
}

function givenOf(
	services: Readonly<Record<string, Sketch>>,
	more: {readonly raw?: Partial<RawFiles>; readonly dockerfiles?: Readonly<Record<string, Dockerfile>>},
) {
	return {
		model: modelOf(services),
		raw: {...noRawFiles(), ...more.raw},
		directory,
		dockerfiles: new Map(Object.entries(more.dockerfiles ?? {})),
		secretValues: new Map<string, string>(),
	};
}

function toJson(sketch: Sketch): Readonly<Record<string, unknown>> {
	const {dependsOn = [], volumes = [], ports = [], secrets = [], aliases, healthcheck} = sketch;
	const conditions = Array.isArray(dependsOn)
		? Object.fromEntries(dependsOn.map(name => [name, 'service_started']))
		: (dependsOn as Readonly<Record<string, string>>);
	return {
		image: sketch.image,
		build: typeof sketch.build === 'string' ? {context: sketch.build} : sketch.build,
		environment: sketch.environment,
		depends_on: Object.fromEntries(Object.entries(conditions).map(([name, condition]) => [name, {condition}])),
		volumes: volumes.map(volume => {
			const [source = '', target, mode] = volume.split(':');
			if (target === undefined) return {type: 'volume', target: source};
			const isBind = /^[./]/.test(source);
			return {
				type: isBind ? 'bind' : 'volume',
				source: isBind ? source.replace(/^\./, directory) : source,
				target,
				...(mode === 'ro' ? {read_only: true} : {}),
			};
		}),
		ports: ports.map(port => {
			const parts = port.split(':');
			const target = Number(parts.at(-1));
			return {target, published: parts.at(-2), host_ip: parts.at(-3), protocol: 'tcp'};
		}),
		command: sketch.command,
		entrypoint: sketch.entrypoint,
		restart: sketch.restart,
		healthcheck: healthcheck === undefined ? undefined : {test: ['CMD-SHELL', healthcheck]},
		secrets: secrets.map(source => ({source})),
		container_name: sketch.containerName,
		networks: {default: aliases === undefined ? null : {aliases}},
	};
}

/** A server and what belongs to it, for stacks of which it is not the point. */
export const postgres: Sketch = {
	image: 'postgres:17',
	environment: {POSTGRES_USER: 'shop', POSTGRES_PASSWORD: 'pA55-of-the-shop', POSTGRES_DB: 'shop'},
	volumes: ['pgdata:/var/lib/postgresql/data'],
};
