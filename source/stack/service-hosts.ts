import type {ComposeModel} from './compose-model.js';

/** Finds the service behind a host name; undefined when it is none of this stack. */
export type HostIndex = ReadonlyMap<string, string>;

/**
 * Every name under which a service answers: its own, container_name, hostname, network aliases, links, and the names
 * `project_service_1` and `project-service-1` that old settings still hold. A service's own name wins over an alias.
 */
export function indexHosts(model: ComposeModel): HostIndex {
	const hosts = new Map<string, string>();
	for (const service of model.services) {
		const others = [service.containerName, service.hostname, ...service.aliases].filter(name => name !== null);
		for (const separator of ['_', '-']) others.push([model.name, service.name, '1'].join(separator));
		for (const name of others) hosts.set(name.toLowerCase(), service.name);
	}

	for (const service of model.services) hosts.set(service.name.toLowerCase(), service.name);
	return hosts;
}

/** Service of a host name; also of `db.network` and of a platform's `project_service_1` whose project is another name. */
export function serviceOfHost(hosts: HostIndex, host: string): string | undefined {
	const name = host.toLowerCase().replace(/\.$/, '');
	const direct = hosts.get(name);
	if (direct !== undefined) return direct;
	const [, inner] = /^.+?[_-](.+)[_-]1$/.exec(name) ?? [];
	return inner === undefined ? undefined : hosts.get(inner);
}

/** True for names that mean the container itself. */
export function isLoopback(host: string): boolean {
	return /^(?:localhost|127(?:\.\d+){3}|::1|0\.0\.0\.0)$/i.test(host);
}
