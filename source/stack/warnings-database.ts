import type {ModelService} from './compose-model.js';
import {parseImageReference} from './image-reference.js';
import {findProvider, isProviderPooler} from './providers.js';
import type {DatabaseServer} from './stack.js';
import type {WarningRule} from './warnings.js';

const gigabyte = 1024 ** 3;
const oldMount = '/var/lib/postgresql/data';

/** Official images from 18 on keep data in a folder per version below /var/lib/postgresql (docker-library/postgres PR 1259). */
function hasOldMount(database: DatabaseServer): boolean {
	return database.dataMount.target === oldMount;
}

const isOfficial = (image: string | null) => {
	const {repository, namespace} = parseImageReference(image ?? '');
	return repository === 'postgres' && (namespace === '' || namespace.endsWith('library'));
};

const embeddedMount = ({mounts}: ModelService) =>
	mounts.find(
		({target, source}) =>
			/(?:^|[\s/_-])(?:postgres(?:ql)?|pgdata|pgsql)(?:$|[\s/_-])/.test(`${target} ${source ?? ''}`) &&
			!/\.(?:conf|sql|sh|ya?ml)$/.test(target),
	);

export const databaseWarnings: readonly WarningRule[] = [
	{
		code: 'postgres-18-mount',
		find: ({stack, facts}) =>
			stack.databases.flatMap(database => {
				const {service, image, major} = database;
				const pgdata = facts.model.services.find(({name}) => name === service)?.environment['PGDATA'];
				const dataIsThere =
					database.server?.dataDirectory.startsWith(oldMount) ?? pgdata?.startsWith(oldMount) ?? false;
				if (!hasOldMount(database) || dataIsThere || !isOfficial(image)) return [];
				if (major !== null && major < 18) return [];
				const meant = major === null ? `${image} names no version, and from 18 on` : `postgres:${major}`;
				return [
					{
						service,
						message: `${service}: ${meant} ${major === null ? 'it' : ''} does not keep its data in ${oldMount}`.replace(
							'  ',
							' ',
						),
						hint:
							major === null
								? `Pin the major version that the data has, for example postgres:17; for 18 and newer mount the volume at /var/lib/postgresql`
								: `Back up first; then mount the volume at /var/lib/postgresql instead of ${oldMount}`,
					},
				];
			}),
	},
	{
		code: 'anonymous-volume',
		find: ({stack}) =>
			stack.databases
				.filter(({dataMount}) => dataMount.type === 'anonymous')
				.map(({service, dataMount, major}) => ({
					service,
					message: `The data of ${service} lies in an anonymous volume (${dataMount.target}): \`docker compose down\` and \`up\` start with an empty database`,
					hint:
						major === null
							? `Back up now; then give ${service} a named volume and restore into it`
							: `Let \`lifeboat upgrade --postgres ${major}\` move it to a named volume`,
				})),
	},
	{
		code: 'no-volume',
		find: ({stack}) =>
			stack.databases
				.filter(({dataMount}) => dataMount.type === 'none')
				.map(({service}) => ({
					service,
					message: `${service} has no volume for its data: a new container starts with an empty database`,
					hint: `Back up now; then give ${service} a named volume for its data folder`,
				})),
	},
	{
		code: 'port-open',
		find: ({stack, facts}) =>
			facts.model.services
				.filter(({name}) => stack.databases.some(({service}) => service === name))
				.flatMap(({name, ports}) =>
					ports
						.filter(
							port =>
								port.container === 5432 &&
								port.host !== null &&
								(port.hostIp === null || /^(?:0\.0\.0\.0|::)$/.test(port.hostIp)),
						)
						.slice(0, 1)
						.map(port => ({name, port})),
				)
				.map(({name, port}) => ({
					service: name,
					message: `${name} is open to every network of this machine on port ${port.host}, past the firewall of most systems`,
					hint: `Publish it as 127.0.0.1:${port.host}:5432, or not at all: services of the stack reach it without`,
				})),
	},
	{
		code: 'pooler',
		find: ({stack}) =>
			stack.services
				.filter(({role}) => role === 'pooler')
				.map(({name}) => ({
					service: name,
					message: `${name} pools connections: a dump or a restore through it breaks the sessions of the application`,
					hint: 'Nothing to do: Lifeboat goes to the server itself. In your own scripts name the server, not the pooler',
				})),
	},
	{
		code: 'disk-low',
		find: ({stack}) =>
			stack.databases.flatMap(({service, freeBytes, sizeBytes}) => {
				const needed = Math.max(gigabyte, 2 * (sizeBytes ?? 0));
				return freeBytes === null || freeBytes >= needed
					? []
					: [
							{
								service,
								message: `The disk with the data of ${service} has ${formatGigabytes(freeBytes)} left`,
								hint: `Free at least ${formatGigabytes(needed)}: \`docker system df\` shows what Docker itself holds`,
							},
						];
			}),
	},
	{
		code: 'database-silent',
		find: ({stack, context}) =>
			stack.databases.flatMap(({service, state}) => {
				const answer = context.answers?.get(service);
				return state === 'running' && answer !== undefined && 'reason' in answer
					? [
							{
								service,
								message: `${service} runs but does not answer: ${answer.reason}`,
								hint: 'Choose Troubleshoot, or run `lifeboat troubleshoot`',
							},
						]
					: [];
			}),
	},
	{
		code: 'database-not-running',
		find: ({stack}) =>
			stack.databases
				.filter(({state}) => stack.engineReached && state !== 'running')
				.map(({service, state}) => ({
					service,
					message: `${service} is not running (${state === 'absent' ? 'there is no container' : state})`,
					hint: `Start it with \`docker compose up -d ${service}\``,
				})),
	},
	{
		code: 'replica',
		find: ({stack}) =>
			stack.databases
				.filter(({replica}) => replica)
				.map(({service}) => ({
					service,
					message: `${service} is a replica: it follows another server and cannot be restored into`,
					hint: 'Nothing to do: backups and restores go to the primary',
				})),
	},
	{
		code: 'citus',
		find: ({stack, facts}) =>
			stack.databases
				.filter(
					({service, extensions}) =>
						extensions.includes('citus') ||
						/citus/.test(facts.model.services.find(({name}) => name === service)?.image ?? ''),
				)
				.slice(0, 1)
				.map(({service}) => ({
					service,
					message:
						'Citus spreads tables over several servers: a dump of the coordinator alone is not the whole database',
					hint: "Use Citus's own instructions for backup beside Lifeboat's dumps of each server",
				})),
	},
	{
		code: 'logical-replication',
		find: ({stack}) =>
			stack.databases
				.filter(({server}) => (server?.replicationSlots.length ?? 0) + (server?.publications.length ?? 0) > 0)
				.map(({service, server}) => ({
					service,
					message: `${service} feeds logical replication (${[...(server?.publications ?? []), ...(server?.replicationSlots ?? [])].join(', ')}): slots do not survive a restore`,
					hint: 'After a restore let the subscribing service make its slot again',
				})),
	},
	{
		code: 'database-differs',
		find: ({stack}) =>
			stack.reasons
				.filter(({rule}) => rule === 'database-differs')
				.map(({subject, text}) => ({
					service: subject,
					message: `${subject}: ${text}`,
					hint: 'Check that the database named here is the one with your data; all databases with tables are backed up',
				})),
	},
	{
		code: 'external-database',
		find: ({stack}) => {
			const [first] = stack.external;
			if (first === undefined) return [];
			const provider = findProvider(first.host);
			const isBeside = stack.databases.length > 0;
			return [
				{
					service: first.service,
					message: `${first.variable} of ${first.service} names a PostgreSQL outside of this stack: ${first.host}${provider ? ` (${provider.name})` : ''}${isBeside ? `, although the stack has ${stack.databases.map(({service}) => service).join(', ')}` : ''}`,
					hint: isBeside
						? 'Make sure which of the two holds your data before you back up or restore'
						: `${provider ? `${provider.name} itself offers: ${provider.ownBackups}. ` : ''}${isProviderPooler(first.host) ? 'Use the direct address, not the pooled one, for dumps' : 'A dump of your own beside it is portable'}`,
				},
			];
		},
	},
	{
		code: 'other-database',
		find: ({stack, facts}) =>
			stack.services
				.filter(({name, role}) => role === 'database' && !facts.servers.has(name))
				.map(({name}) => {
					const engine = facts.software.get(name)?.engine ?? 'a database of another kind';
					return {
						service: name,
						message: `${name} is ${engine}, not PostgreSQL: Lifeboat makes no dump of it`,
						hint: `Back ${name} up with ${engine}'s own tools`,
					};
				}),
	},
	{
		code: 'embedded-postgres',
		find: ({stack, facts, context: {embedded = []}}) =>
			stack.databases.length > 0
				? []
				: facts.model.services.flatMap(service => {
						const mount = embeddedMount(service);
						if (facts.software.has(service.name) || (mount === undefined && !embedded.includes(service.name)))
							return [];
						const sign = embedded.includes(service.name) ? 'runs' : 'seems to hold';
						return [
							{
								service: service.name,
								message: `${service.name} ${sign} a PostgreSQL of its own${mount === undefined ? '' : ` (${mount.target})`}`,
								hint: "Use the application's own backup; Lifeboat can dump only servers that are services",
							},
						];
					}),
	},
	{
		code: 'no-postgres',
		find: ({stack}) =>
			stack.databases.length > 0 || stack.external.length > 0
				? []
				: [
						{
							message: 'No service of this stack is a PostgreSQL server, and none names one outside',
							hint: 'Name the right compose files with -f and profiles with --profile; `lifeboat detect --verbose` shows why',
						},
					],
	},
];

function formatGigabytes(bytes: number): string {
	return `${(bytes / gigabyte).toFixed(1)} GB`;
}
