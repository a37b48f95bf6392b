import type {ModelService} from './compose-model.js';
import {expandVariables} from './env-file.js';
import {parseImageReference} from './image-reference.js';
import {findDataMount} from './postgres-signals.js';
import type {RawDefinition} from './raw-files.js';
import type {ServiceConnection} from './service-connections.js';
import type {DataMount, PasswordSource, Reason} from './stack.js';
import {type StackFacts, withBaseImage} from './stack-facts.js';

/** What the files tell about one PostgreSQL server. */
export type ServerOfFiles = {
	readonly service: string;
	readonly image: string | null;
	readonly major: number | null;
	readonly user: string;
	readonly database: string;
	/** All databases that connection strings name on it. */
	readonly named: readonly string[];
	readonly passwordSource: PasswordSource;
	readonly dataMount: DataMount;
	readonly replica: boolean;
	readonly reasons: readonly Reason[];
};

const userNames = [
	'POSTGRES_USER',
	'POSTGRESQL_USERNAME',
	'POSTGRES_USERNAME',
	'POSTGRESQL_USER',
	'PGUSER',
	'DB_USER',
	'POSTGRES_POSTGRES_USER',
];
const databaseNames = [
	'POSTGRES_DB',
	'POSTGRESQL_DATABASE',
	'POSTGRES_DATABASE',
	'POSTGRES_DBNAME',
	'PGDATABASE',
	'DB_NAME',
];
const passwordNames = [
	'POSTGRES_PASSWORD',
	'POSTGRESQL_PASSWORD',
	'POSTGRESQL_POSTGRES_PASSWORD',
	'POSTGRES_PASS',
	'PGPASSWORD',
	'DB_PASS',
	'DB_PASSWORD',
];

/** Reads one server from the model, from how others connect to it, and from the raw files for where its password comes from. */
export function describeServer(service: ModelService, facts: StackFacts, oneShots: ReadonlySet<string>): ServerOfFiles {
	const reasons: Reason[] = [];
	const because = (rule: string, text: string) => reasons.push({subject: service.name, rule, text});
	const connections = facts.connections.filter(
		({target, connection}) => target === service.name && connection.engine !== 'mysql',
	);
	const major = findMajor(withBaseImage(service, facts.dockerfiles));
	if (major !== undefined) because('major-version', `version ${major.major}: ${major.text}`);

	const user = firstSetting(service, userNames, facts);
	const isBare = [
		...userNames,
		...databaseNames,
		...passwordNames,
		'POSTGRES_HOST_AUTH_METHOD',
		'POSTGRES_PASSWORD_FILE',
		'POSTGRESQL_PASSWORD_FILE',
	].every(name => service.environment[name] === undefined);
	const connectionUser = isBare ? mostFrequent(connections, oneShots, ({connection}) => connection.user) : undefined;
	const chosenUser = user?.value ?? connectionUser ?? 'postgres';
	because(
		'user',
		user
			? `user ${chosenUser}: ${user.name}`
			: connectionUser
				? `user ${chosenUser}: how others connect`
				: 'user postgres: the default of the image',
	);

	const primary = isReplica(service) ? findPrimary(service, facts) : undefined;
	const setting =
		firstSetting(service, databaseNames, facts) ?? (primary && firstSetting(primary, databaseNames, facts));
	const fallback = setting?.value ?? (isBitnami(service) ? 'postgres' : chosenUser);
	const named = [...new Set(connections.flatMap(({connection}) => connection.database ?? []))].filter(isDatabaseName);
	const applied = mostFrequent(connections, oneShots, ({connection}) =>
		connection.database && isDatabaseName(connection.database) ? connection.database : null,
	);
	const database = named.includes(fallback) && setting !== undefined ? fallback : (applied ?? fallback);
	because(
		'database',
		applied !== undefined && database === applied
			? `database ${database}: connection strings name it`
			: `database ${database}: ${setting?.name ?? 'the default of the image'}`,
	);
	if (database !== fallback)
		because('database-differs', `the server's default is ${fallback}, the application uses ${database}`);

	const password = findPasswordSource(service, facts);
	because('password-source', password.text);
	return {
		service: service.name,
		image: service.image,
		major: major?.major ?? null,
		user: chosenUser,
		database,
		named,
		passwordSource: password.source,
		dataMount: describeDataMount(service, facts),
		replica: isReplica(service),
		reasons,
	};
}

const isBitnami = (service: ModelService) =>
	/bitnami/.test(service.image ?? '') || 'POSTGRESQL_USERNAME' in service.environment;
const isDatabaseName = (name: string) => name !== '' && !/[{}$<>\s]/.test(name);

function isReplica(service: ModelService): boolean {
	const {environment, command} = service;
	return (
		/slave|replica|standby/i.test(environment['POSTGRESQL_REPLICATION_MODE'] ?? '') ||
		/^(?:slave|replica|standby)$/i.test(
			environment['POSTGRES_REPLICATION_MODE'] ?? environment['REPLICATION_ROLE'] ?? '',
		) ||
		/pg_basebackup|standby\.signal|primary_conninfo/.test([...service.entrypoint, ...command].join(' '))
	);
}

/** The server that a replica follows: the one that its settings name, else the only other one. */
function findPrimary(service: ModelService, {model, servers, connections}: StackFacts): ModelService | undefined {
	const others = model.services.filter(({name}) => servers.has(name) && name !== service.name);
	const named = connections.find(
		({service: own, target}) => own === service.name && others.some(({name}) => name === target),
	);
	return others.find(({name}) => name === named?.target) ?? (others.length === 1 ? others[0] : undefined);
}

/** A setting of the server, also through `…_FILE` and a top-level secret whose file can be read. */
function firstSetting(
	service: ModelService,
	names: readonly string[],
	facts: StackFacts,
): {readonly name: string; readonly value: string} | undefined {
	for (const name of names) {
		const value = service.environment[name];
		if (value) return {name, value};
		const path = service.environment[`${name}_FILE`];
		const secret = path && facts.secretValues.get(path.split('/').at(-1) ?? '');
		if (secret) return {name: `${name}_FILE`, value: secret.trim()};
	}

	return undefined;
}

/** The answer that most services give; one-shots count only when nobody else says anything. */
function mostFrequent(
	connections: readonly ServiceConnection[],
	oneShots: ReadonlySet<string>,
	pick: (connection: ServiceConnection) => string | null,
): string | undefined {
	const permanent = connections.filter(({service}) => !oneShots.has(service));
	for (const group of [permanent, connections]) {
		const votes = new Map<string, Set<string>>();
		for (const connection of group) {
			const answer = pick(connection);
			if (answer) votes.set(answer, (votes.get(answer) ?? new Set()).add(connection.service));
		}

		const [best] = [...votes].sort((a, b) => b[1].size - a[1].size);
		if (best !== undefined) return best[0];
	}

	return undefined;
}

/** The major version as an image reference tells it: `pg16` anywhere, a number in the repository's name, or the tag's leading number where the tag is the server's. */
export function findMajor(
	service: Pick<ModelService, 'image' | 'environment'>,
): {readonly major: number; readonly text: string} | undefined {
	const {repository, path, tag} = parseImageReference(service.image ?? '');
	const plausible = (digits: string | undefined) => {
		const major = Number.parseInt(digits ?? '', 10);
		return major >= 8 && major <= 40 ? major : undefined;
	};
	const marked = plausible(/(?:^|[^a-z])(?:pg|postgres(?:ql)?)[-_]?v?(\d{1,2})(?![\d])/i.exec(tag ?? '')?.[1]);
	if (marked !== undefined) return {major: marked, text: `tag ${tag}`};
	const inName = plausible(
		/(?:pg|postgres(?:ql)?|postgis|spilo|timescaledb)[-_]?(\d{1,2})(?!\d)/.exec(repository)?.[1],
	);
	if (inName !== undefined) return {major: inName, text: `image name ${path}`};
	const numberedByServer = /postgres|postgis|spilo|pgautoupgrade|vchord-postgres/.test(repository);
	const leading = numberedByServer ? plausible(/^v?(\d{1,2})(?:[.-]|$)/.exec(tag ?? '')?.[1]) : undefined;
	if (leading !== undefined) return {major: leading, text: `tag ${tag}`};
	const declared = plausible(service.environment['PG_MAJOR'] ?? undefined);
	return declared === undefined ? undefined : {major: declared, text: 'PG_MAJOR of the image'};
}

/** Where the server's password comes from, by the raw files: the last definition that sets the variable counts, environment before env_file. */
export function findPasswordSource(
	service: ModelService,
	facts: StackFacts,
): {readonly source: PasswordSource; readonly text: string} {
	const file = passwordNames.find(name => service.environment[`${name}_FILE`]);
	if (file !== undefined) return {source: 'secret_file', text: `password from a file: ${file}_FILE`};
	const variable = passwordNames.find(name => service.environment[name]);
	if (variable === undefined) return {source: 'none', text: 'no password is set'};
	const definitions = facts.raw.services.get(service.name) ?? [];
	for (const {environment} of definitions.toReversed()) {
		const raw = environment[variable];
		if (raw === undefined) continue;
		return raw === null || raw.replaceAll('$$', '').includes('$')
			? {source: 'dotenv', text: `password from .env or the shell: ${variable}`}
			: {source: 'environment', text: `password literal in the compose file: ${variable}`};
	}

	const envFile = definitions.flatMap(({envFiles}) => envFiles).findLast(({values}) => values[variable] !== undefined);
	if (envFile !== undefined) return {source: 'env_file', text: `password from an env_file: ${variable}`};
	return {source: 'environment', text: `password in the environment: ${variable}`};
}

/** The server's data mount with the volume's key, or the bind as the file has it. */
export function describeDataMount(service: ModelService, {raw}: Pick<StackFacts, 'raw'>): DataMount {
	const mount = pickDataMount(service);
	if (mount === undefined) return {type: 'none', name: null, target: null};
	if (mount.type === 'volume' && mount.source === null) return {type: 'anonymous', name: null, target: mount.target};
	return {
		type: mount.type === 'bind' ? 'bind' : 'volume',
		name:
			mount.type === 'bind'
				? writtenBind(mount.source ?? '', mount.target, raw.services.get(service.name) ?? [], raw.variables)
				: mount.source,
		target: mount.target,
	};
}

function pickDataMount(service: ModelService) {
	const known = service.mounts.filter(mount => mount === findDataMount({...service, mounts: [mount]}));
	const pgdata = service.environment['PGDATA'];
	const covering = pgdata ? known.filter(({target}) => pgdata === target || pgdata.startsWith(`${target}/`)) : [];
	const longestFirst = (covering.length > 0 ? covering : known).toSorted((a, b) => b.target.length - a.target.length);
	if (longestFirst[0] !== undefined) return longestFirst[0];
	// Images of vendors keep their data elsewhere: the one writable folder that is neither scripts nor configuration.
	const others = service.mounts.filter(
		({type, target, readOnly}) =>
			(type === 'volume' || type === 'bind') &&
			!readOnly &&
			!/^\/(?:etc|run|tmp|dev|docker-entrypoint|usr|opt\/scripts)|backup|dump|health|sock|\.(?:sql|sh|conf|crt|key)$|\/conf/i.test(
				target,
			),
	);
	return others.length === 1 ? others[0] : undefined;
}

/** The source of a bind as the compose file writes it, its variables filled in. */
export function writtenBind(
	source: string,
	target: string,
	definitions: readonly RawDefinition[],
	variables: Readonly<Record<string, string>>,
): string {
	const trim = (path: string) => expandVariables(path, name => variables[name]).replace(/(?<=.)\/+$/, '');
	const written = definitions.flatMap(({mounts}) => mounts).findLast(mount => trim(mount.target) === trim(target));
	return written === undefined ? source : expandVariables(written.source, name => variables[name]);
}
