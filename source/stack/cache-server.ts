import type {Docker, Processes} from '../engine/types.js';
import {AppError} from '../errors.js';

/** What a Redis or Valkey holds: what is lost when it is emptied. */
export type CacheContents = {
	readonly keys: number;
	/** Keys that never expire: often queues and jobs rather than cached answers. */
	readonly lasting: number;
	/** Keys by the number of the database, those that have any. */
	readonly databases: readonly {readonly number: number; readonly keys: number}[];
	/** What kinds of keys there are (`string`, `list`, `stream` …), among the first thousand. */
	readonly kinds: Readonly<Record<string, number>>;
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
	const counted = [...result.matchAll(/^db(\d+):keys=(\d+),expires=(\d+)/gm)].map(match => ({
		number: Number(match[1]),
		keys: Number(match[2]),
		expiring: Number(match[3]),
	}));
	const keys = counted.reduce((sum, one) => sum + one.keys, 0);
	const expiring = counted.reduce((sum, one) => sum + one.expiring, 0);
	const [first] = counted;
	return {
		keys,
		lasting: keys - expiring,
		databases: counted.map(({number, keys: own}) => ({number, keys: own})),
		kinds: first === undefined ? {} : await countKinds(services, containerId, first.number, signal),
	};
}

/** SCAN takes few keys at a time and holds nobody up. */
const kindsScript =
	"local kinds = {} local cursor = '0' local seen = 0 repeat local reply = redis.call('SCAN', cursor, 'COUNT', 200) cursor = reply[1] for _, key in ipairs(reply[2]) do local kind = redis.call('TYPE', key)['ok'] kinds[kind] = (kinds[kind] or 0) + 1 seen = seen + 1 end until cursor == '0' or seen >= 1000 local lines = {} for kind, count in pairs(kinds) do table.insert(lines, kind .. ' ' .. count) end return table.concat(lines, ',')";

async function countKinds(
	services: CacheServices,
	containerId: string,
	database: number,
	signal: AbortSignal | undefined,
): Promise<Readonly<Record<string, number>>> {
	const answer = await ask(services, containerId, ['-n', String(database), 'EVAL', kindsScript, '0'], signal);
	const found = [...(answer ?? '').matchAll(/(\w+) (\d+)/g)].map(match => [match[1] ?? '', Number(match[2])] as const);
	// A server that does not let scripts run answers with an error: then its kinds are not told.
	return /^(?:ERR|NO|WRONG)/.test(answer ?? '') ? {} : Object.fromEntries(found);
}

/** For people: `120 keys (118 in db 0, 2 in db 1; strings 110, lists 8), 8 of them without an expiry …`. */
export function describeCache({keys, lasting, databases, kinds}: CacheContents): string {
	if (keys === 0) return 'empty';
	const places =
		databases.length > 1 ? databases.map(one => `${one.keys.toLocaleString('en')} in db ${one.number}`) : [];
	const types = Object.entries(kinds).map(([kind, count]) => `${kind} ${count.toLocaleString('en')}`);
	const details = [places.join(', '), types.sort().join(', ')].filter(text => text !== '').join('; ');
	const all = `${keys.toLocaleString('en')} ${keys === 1 ? 'key' : 'keys'}${details === '' ? '' : ` (${details})`}`;
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
