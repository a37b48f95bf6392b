import type {ModelService} from './compose-model.js';
import {parseImageReference} from './image-reference.js';
import type {StackFacts} from './stack-facts.js';

export type WriterReason = {readonly rule: string; readonly text: string};

/** Infrastructure that has no tables of its own in an application's database. */
const bystanders = new Set([
	'cache',
	'pooler',
	'object-store',
	'proxy',
	'other-database',
	'queue',
	'search',
	'monitoring',
	'exporter',
	'mail',
	'utility',
	'backup',
	'admin',
]);

/** Servers and the poolers in front of them: whoever talks to one of these talks to a database. */
function databaseFronts({servers, software, model, connections}: StackFacts): ReadonlySet<string> {
	const poolers = model.services.filter(
		({name}) =>
			software.get(name)?.kind === 'pooler' ||
			(software.get(name) === undefined &&
				/(?:^|[-_])(?:pgbouncer|pooler|pgcat)(?:$|[-_])/.test(name) &&
				connections.some(c => c.service === name && c.target !== null && servers.has(c.target))),
	);
	return new Set([...servers, ...poolers.map(({name}) => name)]);
}

export const isPooler = (facts: StackFacts, name: string) =>
	!facts.servers.has(name) && databaseFronts(facts).has(name);

/**
 * Services with a connection of their own to a PostgreSQL of this stack or outside, each with the rule that found it.
 * Several rules, as none is enough alone: settings name it, depends_on (also through migrators and poolers) reaches it,
 * a secret is shared with it, or the image is that of a known writer.
 */
export function findWriters(facts: StackFacts, oneShots: ReadonlySet<string>): ReadonlyMap<string, WriterReason> {
	const {model, connections, servers, software} = facts;
	const fronts = databaseFronts(facts);
	const found = new Map<string, WriterReason>();
	const add = (service: ModelService, rule: string, text: string) => {
		if (!found.has(service.name) && !fronts.has(service.name)) found.set(service.name, {rule, text});
	};
	const isBystander = (name: string) => bystanders.has(software.get(name)?.kind ?? '');
	const byName = new Map(model.services.map(service => [service.name, service]));

	for (const {service, variable, connection, target, place} of connections) {
		const own = byName.get(service);
		if (own === undefined || ['backup', 'exporter', 'admin'].includes(software.get(service)?.kind ?? '')) continue;
		if (target !== null && fronts.has(target)) add(own, 'connection', `${variable} names ${target} as its host`);
		if (place === 'outside' && connection.engine === 'postgresql')
			add(own, 'outside-connection', `${variable} names a PostgreSQL outside of the stack`);
	}

	if (servers.size === 0) return found;
	for (const service of model.services) {
		if (isBystander(service.name)) continue;
		const mention = mentionOfServer(service, facts, fronts);
		if (mention !== undefined) add(service, 'mention', mention);
		const waited = Object.keys(service.dependsOn).find(name => fronts.has(name));
		if (waited !== undefined) add(service, 'depends-on', `depends on ${waited}`);
		const shared = service.secrets.find(secret =>
			[...servers].some(name => byName.get(name)?.secrets.includes(secret)),
		);
		if (shared !== undefined) add(service, 'shared-secret', `is given the secret ${shared} as the server is`);
		const password = sharedSetting(service, facts);
		if (password !== undefined) add(service, 'shared-setting', password);
	}

	for (const service of model.services) {
		if (isBystander(service.name) || oneShots.has(service.name)) continue;
		const migrator = Object.keys(service.dependsOn).find(name => oneShots.has(name) && found.has(name));
		if (migrator !== undefined && isApplicationLike(service, facts, found))
			add(service, 'after-migrator', `waits for ${migrator}, which prepares the database`);
	}

	for (const service of model.services) {
		if (isBystander(service.name) || service.image === null || found.has(service.name)) continue;
		const path = parseImageReference(service.image).path;
		const twin = model.services.find(
			other => found.has(other.name) && other.image !== null && parseImageReference(other.image).path === path,
		);
		if (twin !== undefined) add(service, 'same-image', `has the image of ${twin.name}`);
	}

	if (![...found.keys()].some(name => !oneShots.has(name))) {
		for (const service of model.services) {
			if (isBystander(service.name) || oneShots.has(service.name)) continue;
			add(service, 'only-candidate', 'nothing else in the stack can be using the database');
		}
	}

	return found;
}

/** A value that is exactly the server's name under a variable that does not speak of users, databases or kinds. */
function mentionOfServer(
	service: ModelService,
	{hosts, servers}: StackFacts,
	fronts: ReadonlySet<string>,
): string | undefined {
	for (const [variable, value] of Object.entries(service.environment)) {
		const [, host, port] = /^([A-Za-z][\w.-]*)(?::(\d+))?$/.exec(value?.trim() ?? '') ?? [];
		if (host === undefined) continue;
		const target = hosts.get(host.toLowerCase());
		if (target === undefined || !fronts.has(target) || target === service.name || servers.has(service.name)) continue;
		if (
			port !== undefined ||
			!/(?:USER|USERNAME|NAME|DB|DATABASE|PASS|PASSWORD|TYPE|ENGINE|DRIVER|CLIENT|DIALECT|CONNECTION|BACKEND|KIND|PROFILES?|MODE|SCHEMA|PROVIDER|STORE|ADAPTER|VENDOR)S?$/i.test(
				variable,
			)
		)
			return `${variable} is ${target}`;
	}

	return undefined;
}

/** The name of the server's database or password under a server's variable in an application. */
function sharedSetting(service: ModelService, {model, servers}: StackFacts): string | undefined {
	const names = ['POSTGRES_PASSWORD', 'POSTGRES_DB', 'POSTGRES_PASSWORD_FILE', 'PGPASSWORD', 'POSTGRESQL_PASSWORD'];
	for (const server of model.services.filter(({name}) => servers.has(name))) {
		const shared = names.find(
			name => service.environment[name] && service.environment[name] === server.environment[name],
		);
		if (shared !== undefined) return `has the server's ${shared}`;
	}

	return undefined;
}

function isApplicationLike(
	service: ModelService,
	facts: StackFacts,
	found: ReadonlyMap<string, WriterReason>,
): boolean {
	if (service.image === null) return true;
	const path = parseImageReference(service.image).path;
	return facts.model.services.some(
		other => found.has(other.name) && other.image !== null && parseImageReference(other.image).path === path,
	);
}
