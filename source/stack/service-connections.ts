import type {ComposeModel, ModelService} from './compose-model.js';
import {findPartsConnections} from './connection-parts.js';
import {findConnectionStrings} from './connection-search.js';
import type {Connection} from './connection-string.js';
import {type HostIndex, isLoopback, serviceOfHost} from './service-hosts.js';

/** A connection that a service is told of. */
export type ServiceConnection = {
	readonly service: string;
	/** Variable, `command` or `entrypoint`. */
	readonly variable: string;
	readonly connection: Connection;
	/** Service behind the host; null for a host outside, for the container itself and for a socket. */
	readonly target: string | null;
	readonly place: 'stack' | 'outside' | 'itself';
};

/** Everything that a service's environment and command line say about whom it talks to. */
export function findServiceConnections(model: ComposeModel, hosts: HostIndex): readonly ServiceConnection[] {
	return model.services.flatMap(service => connectionsOfService(service, hosts));
}

function connectionsOfService(service: ModelService, hosts: HostIndex): readonly ServiceConnection[] {
	const inValues = Object.entries(service.environment).flatMap(([variable, value]) =>
		value === null || value === '' ? [] : findConnectionStrings(value).map(connection => ({variable, connection})),
	);
	const inCommands = (['command', 'entrypoint'] as const).flatMap(variable =>
		findConnectionStrings(expandOwn(service[variable].join(' '), service)).map(connection => ({variable, connection})),
	);
	const inParts = findPartsConnections(service.environment);
	const inFlags = findPartsConnections(flagsOf(service)).map(found => ({...found, variable: 'command'}));
	return [...inValues, ...inCommands, ...inParts, ...inFlags].flatMap(({variable, connection}) => {
		const whereabouts = locate(connection, service.name, hosts);
		return whereabouts === undefined ? [] : [{service: service.name, variable, connection, ...whereabouts}];
	});
}

function locate(
	{host, socket}: Connection,
	service: string,
	hosts: HostIndex,
): Pick<ServiceConnection, 'target' | 'place'> | undefined {
	if (host === null) return socket === null ? undefined : {target: null, place: 'itself'};
	const target = serviceOfHost(hosts, host) ?? null;
	if (target === service || (target === null && isLoopback(host))) return {target: null, place: 'itself'};
	return {target, place: target === null ? 'outside' : 'stack'};
}

/** Commands often name variables that the shell in the container expands. */
function expandOwn(text: string, service: ModelService): string {
	return text.replace(
		/\$(?:\{(\w+)\}|(\w+))/g,
		(whole, braced, plain) => service.environment[braced ?? plain] ?? whole,
	);
}

/** `--db.host db` and `--db-host=db` of the command line, by the flag's name. */
function flagsOf(service: ModelService): Readonly<Record<string, string>> {
	const line = expandOwn([...service.entrypoint, ...service.command].join(' '), service);
	return Object.fromEntries(
		[...line.matchAll(/(?:^|\s)--?([A-Za-z][\w.-]*)(?:=|\s+)["']?([^\s"']+)["']?/g)].map(
			([, flag = '', value = '']) => [flag, value],
		),
	);
}
