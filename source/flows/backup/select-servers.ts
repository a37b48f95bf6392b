import {AppError} from '../../errors.js';
import {isKeptDatabase} from '../../postgres/switch.js';
import type {DatabaseServer, ExternalDatabase, Stack} from '../../stack/stack.js';
import type {BackupAnswers} from './answers.js';

/** A server whose databases are dumped. Serialisable and without secrets. */
export type PlannedServer = {
	/** Compose service, or the host of an external database. */
	readonly service: string;
	readonly server: DatabaseServer | null;
	readonly external: ExternalDatabase | null;
	readonly databases: readonly {readonly name: string; readonly sizeBytes: number | null}[];
};

/** What belongs to the stack and is not dumped, and why. */
export type LeftOut = {readonly what: string; readonly why: string};

/**
 * Chooses servers and databases: those that the answers name, else every server of the stack but replicas; external databases
 * when they are named or the stack has no server of its own.
 * Throws AppError: database-not-found, database-not-running, stack without PostgreSQL.
 */
export function selectServers(
	stack: Stack,
	answers: Pick<BackupAnswers, 'services' | 'databases'>,
): {readonly servers: readonly PlannedServer[]; readonly leftOut: readonly LeftOut[]} {
	const externals = distinctExternals(stack.external);
	refuseUnknownServices(stack, externals, answers.services);
	const named = (service: string) => answers.services.includes(service);
	const own = answers.services.length > 0 ? stack.databases.filter(one => named(one.service)) : withoutReplicas(stack);
	const outside =
		answers.services.length > 0
			? externals.filter(one => named(one.host) || named(one.service))
			: stack.databases.length === 0
				? externals
				: [];
	if (own.length + outside.length === 0) throw noDatabase(stack);

	const stopped = own.find(one => one.containerId === null || one.state !== 'running');
	if (stopped !== undefined) throw notRunning(stopped, stack);

	const candidates: readonly PlannedServer[] = [
		...own.map(server => planOwn(server, answers.databases)),
		...outside.map(planExternal),
	];
	return {
		servers: chooseDatabases(candidates, answers.databases),
		leftOut: [
			...stack.databases
				.filter(one => !own.includes(one))
				.map(one => ({
					what: `PostgreSQL server ${one.service}`,
					why: one.replica ? 'It is a replica; its primary is dumped' : 'It was not chosen (--service)',
				})),
			...externals
				.filter(one => !outside.includes(one))
				.map(one => ({
					what: `External database ${one.host}${one.database === null ? '' : `/${one.database}`} (${one.service}: ${one.variable})`,
					why: `It lies outside of this stack; add --service ${one.host} to dump it too`,
				})),
		],
	};
}

/** Former and failed databases of earlier restores and upgrades go along only when they are named. */
function planOwn(server: DatabaseServer, chosen: readonly string[]): PlannedServer {
	const sizes = new Map(server.server?.databases.map(one => [one.name, one.sizeBytes]));
	const own = server.databases.filter(name => !isKeptDatabase(name) || chosen.includes(name));
	const names = own.length > 0 ? own : [server.database];
	return {
		service: server.service,
		server,
		external: null,
		databases: names.map(name => ({
			name,
			sizeBytes: sizes.get(name) ?? (names.length === 1 ? server.sizeBytes : null),
		})),
	};
}

function planExternal(external: ExternalDatabase): PlannedServer {
	const name = external.database ?? external.user ?? 'postgres';
	return {service: external.host, server: null, external, databases: [{name, sizeBytes: null}]};
}

function withoutReplicas(stack: Stack): readonly DatabaseServer[] {
	const primaries = stack.databases.filter(one => !one.replica);
	return primaries.length > 0 ? primaries : stack.databases;
}

/** Several services of a stack usually name the same database. */
function distinctExternals(externals: readonly ExternalDatabase[]): readonly ExternalDatabase[] {
	const seen = new Map(externals.toReversed().map(one => [`${one.host}:${one.port}/${one.database ?? ''}`, one]));
	return externals.filter(one => [...seen.values()].includes(one));
}

function chooseDatabases(servers: readonly PlannedServer[], wanted: readonly string[]): readonly PlannedServer[] {
	if (wanted.length === 0) return servers;
	const all = servers.flatMap(one => one.databases.map(database => database.name));
	const unknown = wanted.find(name => !all.includes(name));
	if (unknown !== undefined) {
		throw new AppError(
			'database-not-found',
			`There is no database ${unknown} on ${list(servers.map(one => one.service))}`,
			{
				hint: `Choose among: ${all.join(', ')}`,
			},
		);
	}

	return servers
		.map(one => ({...one, databases: one.databases.filter(database => wanted.includes(database.name))}))
		.filter(one => one.databases.length > 0);
}

function refuseUnknownServices(
	stack: Stack,
	externals: readonly ExternalDatabase[],
	services: readonly string[],
): void {
	const known = [...stack.databases.map(one => one.service), ...externals.flatMap(one => [one.host, one.service])];
	const unknown = services.find(service => !known.includes(service));
	if (unknown === undefined) return;
	throw new AppError('database-not-found', `The service ${unknown} is not a PostgreSQL server of this stack`, {
		hint:
			known.length > 0 ? `Choose among: ${[...new Set(known)].join(', ')}` : 'Check the project with `lifeboat detect`',
		fix: ['lifeboat', 'detect'],
	});
}

function noDatabase(stack: Stack): AppError {
	return new AppError('database-not-found', `The stack ${stack.project} has no PostgreSQL server`, {
		hint: 'Run Lifeboat in the folder of the stack that has the database, or name its compose file with -f',
		fix: ['lifeboat', '-f', 'path/to/docker-compose.yml', 'backup'],
	});
}

function notRunning(server: DatabaseServer, stack: Stack): AppError {
	return new AppError(
		'database-not-running',
		`The database service ${server.service} is not running (${server.state})`,
		{
			hint: 'Start it, then back up again',
			fix: ['docker', 'compose', ...projectFlags(stack), 'up', '-d', '--wait', server.service],
		},
	);
}

/** The flags with which `docker compose` means this stack from anywhere. */
function projectFlags(stack: Stack): readonly string[] {
	return [
		...stack.target.files.flatMap(file => ['-f', file]),
		...(stack.target.projectName === undefined ? [] : ['-p', stack.target.projectName]),
		...(stack.target.projectDirectory === undefined ? [] : ['--project-directory', stack.target.projectDirectory]),
	];
}

function list(words: readonly string[]): string {
	return words.length < 2 ? (words[0] ?? '') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
