import type {Docker, Processes} from '../engine/types.js';
import {AppError} from '../errors.js';

/** What a Redis or Valkey holds: what is lost when it is emptied. */
export type CacheContents = {
	readonly keys: number;
	/** Keys that never expire: often queues and jobs rather than cached answers. */
	readonly lasting: number;
};

type CacheServices = {readonly processes: Pick<Processes, 'run'>; readonly docker: Pick<Docker, 'inspectContainer'>};

const timeoutMs = 20_000;
/** Uses whichever client the image has; the password comes from the environment of the command. */
const script =
	'for cli in valkey-cli redis-cli keydb-cli; do command -v "$cli" >/dev/null 2>&1 && exec "$cli" "$@"; done; exit 127';

/** Counts the keys of a cache; undefined when it cannot be asked (no client in the image, another password, not running). Only reads. */
export async function readCache(
	services: CacheServices,
	containerId: string,
	signal?: AbortSignal,
): Promise<CacheContents | undefined> {
	const result = await ask(services, containerId, ['INFO', 'keyspace'], signal);
	if (result === undefined || !/^# Keyspace/m.test(result)) return undefined;
	const databases = [...result.matchAll(/^db\d+:keys=(\d+),expires=(\d+)/gm)];
	const keys = databases.reduce((sum, match) => sum + Number(match[1]), 0);
	const expiring = databases.reduce((sum, match) => sum + Number(match[2]), 0);
	return {keys, lasting: keys - expiring};
}

/** For people: `120 keys, 8 of them without an end (queues, jobs)`. */
export function describeCache({keys, lasting}: CacheContents): string {
	if (keys === 0) return 'empty';
	const all = `${keys.toLocaleString('en')} ${keys === 1 ? 'key' : 'keys'}`;
	return lasting === 0
		? all
		: `${all}, ${lasting.toLocaleString('en')} of them without an expiry (queues and jobs may be among them)`;
}

/** Empties a cache. Throws tool-failed with what it answers. */
export async function flushCache(services: CacheServices, containerId: string, signal?: AbortSignal): Promise<void> {
	const answer = await ask(services, containerId, ['FLUSHALL'], signal);
	if (answer?.trim() === 'OK') return;
	throw new AppError('tool-failed', 'The cache does not let itself be emptied', {
		hint: 'Empty it yourself (FLUSHALL), or restart its service',
		details: answer === undefined ? [] : [answer.trim()],
	});
}

async function ask(
	services: CacheServices,
	containerId: string,
	args: readonly string[],
	signal: AbortSignal | undefined,
): Promise<string | undefined> {
	const details = await services.docker.inspectContainer(containerId, signal);
	if (details === undefined || !details.state.running) return undefined;
	const password = findPassword(details.environment, [...details.entrypoint, ...details.command]);
	const result = await services.processes.run(
		'docker',
		[
			'exec',
			...(password === undefined ? [] : ['-e', 'REDISCLI_AUTH']),
			containerId,
			'sh',
			'-c',
			script,
			'lifeboat',
			...args,
		],
		{signal, timeoutMs, ...(password === undefined ? {} : {env: {REDISCLI_AUTH: password}})},
	);
	return result.exitCode === 0 ? result.stdout : undefined;
}

/** The password that the server was started with: `--requirepass`, or the variable that its image knows. */
export function findPassword(
	environment: Readonly<Record<string, string>>,
	command: readonly string[],
): string | undefined {
	const words = command.flatMap(word => word.split(/\s+/));
	const at = words.indexOf('--requirepass');
	const given = at < 0 ? undefined : words[at + 1]?.replace(/^["']|["']$/g, '');
	const named = given?.match(/^\$\{?(\w+)\}?$/)?.[1];
	const fromCommand = named === undefined ? given : environment[named];
	return (
		fromCommand ??
		environment['REDIS_PASSWORD'] ??
		environment['VALKEY_PASSWORD'] ??
		environment['KEYDB_PASSWORD'] ??
		undefined
	);
}
