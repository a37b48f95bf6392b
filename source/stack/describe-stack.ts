import type {ComposeTarget} from '../engine/types.js';
import {describeServer, type ServerOfFiles} from './database-servers.js';
import {findDurableStorage} from './durable-storage.js';
import {findHealthUrl} from './health-url.js';
import {findOneShots} from './one-shots.js';
import {shortenPath} from './paths.js';
import {findProvider} from './providers.js';
import {findSecretVariables} from './secret-variables.js';
import {isLoopback} from './service-hosts.js';
import {findRole} from './service-roles.js';
import type {DatabaseServer, ExternalDatabase, Reason, Stack, StackService} from './stack.js';
import {gatherFacts, type StackFacts} from './stack-facts.js';
import {findUpgradeMode} from './upgrade-mode.js';
import {findWriters} from './writers.js';

export type StackDraft = {
	readonly stack: Stack;
	readonly facts: StackFacts;
};

/** Draws up the stack from its model and raw files alone: what `detect` knows without an engine. */
export async function describeStack(
	given: Parameters<typeof gatherFacts>[0] & {readonly target: ComposeTarget; readonly source: Stack['source']},
): Promise<StackDraft> {
	const {facts, reasons: firstReasons} = gatherFacts(given);
	const {model, raw, directory} = facts;
	const reasons: Reason[] = [...firstReasons];
	const because = (subject: string, rule: string, text: string) => reasons.push({subject, rule, text});

	const oneShots = findOneShots(facts);
	for (const [name, {rule, text}] of oneShots) because(name, `one-shot-${rule}`, `${name} runs to its end: ${text}`);
	const names = new Set(oneShots.keys());
	const writers = findWriters(facts, names);
	for (const [name, {rule, text}] of writers) because(name, `writer-${rule}`, `${name} uses the database: ${text}`);

	const services = model.services.map((service): StackService => {
		const isOneShot = oneShots.has(service.name);
		const isWriter = writers.has(service.name);
		const {role, rule, text} = findRole(service, facts, {isOneShot, isWriter});
		because(service.name, `role-${rule}`, `${service.name} is ${role}: ${text}`);
		const dockerfile =
			facts.dockerfiles.get(service.name) ??
			(role === 'app' && service.build === null && ownsDockerfile(service.name, facts)
				? facts.dockerfiles.get('')
				: undefined);
		const health =
			role === 'database' || role === 'cache' ? undefined : findHealthUrl(service, dockerfile?.healthcheck ?? null);
		if (health) because(service.name, 'health-url', `${health.url}: ${health.text}`);
		return {
			name: service.name,
			role,
			stopForRestore: isWriter && !isOneShot && !['backup', 'pooler', 'database'].includes(role),
			oneShot: isOneShot,
			image: service.image,
			build: service.build !== null,
			state: 'absent',
			health: null,
			exitCode: null,
			restartCount: 0,
			ports: service.ports.flatMap(({host}) => host ?? []),
			healthUrl: health?.url ?? null,
			containerIds: [],
			dependsOn: Object.keys(service.dependsOn),
			connectionVariables: connectionVariables(service.name, facts),
		};
	});

	const ofFiles = model.services
		.filter(({name}) => facts.servers.has(name))
		.map(service => describeServer(service, facts, names));
	for (const server of ofFiles) reasons.push(...server.reasons);
	const roles = new Map(services.map(({name, role}) => [name, role]));
	const storage = await findDurableStorage(
		facts,
		name => !['app', 'worker', 'object-store', 'database'].includes(roles.get(name) ?? ''),
	);
	reasons.push(...storage.reasons);
	const upgrade = findUpgradeMode(model.services, services);
	because('', `upgrade-${upgrade.mode}`, `upgrade by ${upgrade.mode}: ${upgrade.text}`);

	const external = findExternal(facts);
	for (const {service, variable, host, provider} of external)
		because(
			service,
			'external-database',
			`${variable} names ${host}, which is no service of this stack${provider ? ` (${provider})` : ''}`,
		);
	const shorten = (path: string) => shortenPath(directory, path);
	const stack: Stack = {
		project: model.name,
		directory,
		target: given.target,
		composeFiles: raw.composeFiles.map(shorten),
		envFiles: [...new Set([...raw.dotenvFiles, ...raw.envFiles])].map(shorten),
		secretFiles: [...model.secrets, ...model.configs].flatMap(({file}) => (file === null ? [] : [shorten(file)])),
		upgradeMode: upgrade.mode,
		databases: ofFiles.map(toDatabaseServer),
		external,
		services,
		durable: storage.durable,
		secrets: findSecretVariables(facts),
		warnings: [],
		reasons,
		engineReached: false,
		source: given.source,
	};
	return {stack, facts};
}

function toDatabaseServer(server: ServerOfFiles): DatabaseServer {
	const {service, image, major, user, database, passwordSource, dataMount, replica, named} = server;
	return {
		service,
		containerId: null,
		image,
		major,
		serverVersion: null,
		user,
		database,
		databases: [...new Set([database, ...named])],
		passwordSource,
		state: 'absent',
		health: null,
		sizeBytes: null,
		extensions: [],
		dataMount,
		replica,
		superuser: null,
		freeBytes: null,
		server: null,
	};
}

/** The Dockerfile beside the compose file belongs to the one application whose image is not built from elsewhere. */
function ownsDockerfile(name: string, {model, software, servers}: StackFacts): boolean {
	const own = model.services.filter(service => !software.has(service.name) && !servers.has(service.name));
	return own.length === 1 && own[0]?.name === name;
}

function connectionVariables(name: string, {connections, servers}: StackFacts): readonly string[] {
	return [
		...new Set(
			connections
				.filter(
					({service, target, place, connection}) =>
						service === name &&
						((target !== null && servers.has(target)) || connection.engine === 'postgresql') &&
						place !== 'itself',
				)
				.map(({variable}) => variable),
		),
	];
}

/** PostgreSQL outside of the stack, each host once per service. */
function findExternal({connections, software, servers}: StackFacts): readonly ExternalDatabase[] {
	const found = new Map<string, ExternalDatabase>();
	for (const {service, variable, connection, place} of connections) {
		const {host} = connection;
		if (
			place !== 'outside' ||
			host === null ||
			isLoopback(host) ||
			connection.engine !== 'postgresql' ||
			servers.has(service)
		)
			continue;
		if (['exporter', 'admin', 'cache'].includes(software.get(service)?.kind ?? '')) continue;
		const key = `${service} ${host}`;
		if (found.has(key)) continue;
		found.set(key, {
			service,
			variable,
			host,
			port: connection.port ?? 5432,
			user: connection.user,
			database: connection.database,
			provider: findProvider(host)?.id ?? null,
		});
	}

	return [...found.values()];
}
