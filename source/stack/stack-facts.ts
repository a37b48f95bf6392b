import type {ComposeModel, ModelService} from './compose-model.js';
import type {Dockerfile} from './dockerfile.js';
import {judgePostgres} from './postgres-signals.js';
import type {RawFiles} from './raw-files.js';
import {findServiceConnections, type ServiceConnection} from './service-connections.js';
import {type HostIndex, indexHosts} from './service-hosts.js';
import {findSoftware, type Software} from './software.js';
import type {Reason} from './stack.js';

/** What the rules work on: the model and what follows from it directly. Holds secrets: never print it. */
export type StackFacts = {
	readonly model: ComposeModel;
	readonly raw: RawFiles;
	/** Absolute path of the project directory. */
	readonly directory: string;
	readonly dockerfiles: ReadonlyMap<string, Dockerfile>;
	/** Contents of the small files behind top-level secrets, by key. */
	readonly secretValues: ReadonlyMap<string, string>;
	readonly hosts: HostIndex;
	readonly connections: readonly ServiceConnection[];
	/** Services that are PostgreSQL servers. */
	readonly servers: ReadonlySet<string>;
	readonly software: ReadonlyMap<string, Software>;
};

/** Gathers the facts of a model; the reasons tell which signals made a service a server, or did not. */
export function gatherFacts(given: Pick<StackFacts, 'model' | 'raw' | 'directory' | 'dockerfiles' | 'secretValues'>): {
	readonly facts: StackFacts;
	readonly reasons: readonly Reason[];
} {
	const {model} = given;
	const hosts = indexHosts(model);
	const connections = findServiceConnections(model, hosts);
	const servers = new Set<string>();
	const software = new Map<string, Software>();
	const reasons: Reason[] = [];
	for (const service of model.services) {
		const verdict = judgePostgres(withBaseImage(service, given.dockerfiles), connections);
		if (verdict.isServer) servers.add(service.name);
		if (verdict.found.length > 0) {
			reasons.push({
				subject: service.name,
				rule: verdict.isServer ? 'postgres-server' : 'no-postgres-server',
				text: `${service.name} is ${verdict.isServer ? '' : 'not '}PostgreSQL: ${verdict.found.map(signal => signal.text).join(', ')}`,
			});
		}

		const known = verdict.isServer ? undefined : findSoftware(service);
		if (known === undefined) continue;
		software.set(service.name, known);
		reasons.push({subject: service.name, rule: `software-${known.kind}`, text: `${service.name}: ${known.text}`});
	}

	return {facts: {...given, hosts, connections, servers, software}, reasons};
}

/** For what is built here, the image that its Dockerfile starts from tells more than the name of the result. */
export function withBaseImage(service: ModelService, dockerfiles: ReadonlyMap<string, Dockerfile>): ModelService {
	const base = dockerfiles.get(service.name)?.base;
	return service.build && base ? {...service, image: base} : service;
}
