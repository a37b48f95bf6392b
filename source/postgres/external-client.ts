import {readdir} from 'node:fs/promises';
import type {Docker} from '../engine/types.js';
import {AppError, isAppError} from '../errors.js';
import type {PostgresClient} from './client.js';
import {startClientHelper} from './client-helper.js';
import {type Connection, parseConnectionUrl} from './connection.js';
import {createHostPlace} from './host-place.js';
import {type OpenOptions, openFirst} from './open-client.js';
import type {Place} from './place.js';

export type ExternalClientOptions = OpenOptions & {
	readonly docker: Pick<Docker, 'inspectContainer' | 'inspectImage'>;
	/** Connection string, with the password. */
	readonly url: string;
	/** The environment of Lifeboat: PATH finds the programs. */
	readonly environment: Readonly<Record<string, string | undefined>>;
	/** Container for whose networks the URL is written; they are tried when this machine does not reach the server. It may be stopped meanwhile. */
	readonly networkOf?: string | undefined;
	/** Works from `postgres` or `template1` where it may, so that the database of the URL can be renamed and dropped. */
	readonly maintenanceFirst?: boolean | undefined;
	/** Major version that the server probably has: an image of it is tried first. */
	readonly likelyMajor?: number | undefined;
};

export type ExternalClient = {readonly client: PostgresClient; readonly database: string};

const majors = [18, 17, 16, 15, 14, 13];

/**
 * A client for a server outside of the stack: the programs of this machine when they are of the server's major version, else those of an image that is
 * here, in a helper container; a newer version than the server's as the last choice. The parameters of the URL (sslmode and the like) hold.
 * Throws AppError: usage (no URL of PostgreSQL), database-unreachable, client-missing.
 */
export async function openExternalClient(options: ExternalClientOptions): Promise<ExternalClient> {
	const {connection, database} = parseConnectionUrl(options.url);
	const bounded = {...connection, parameters: {connect_timeout: '15', ...connection.parameters}};
	const open = async (place: Place) => {
		try {
			return await openFirst([{place, connection: bounded}], {
				...options,
				database,
				databaseFirst: options.maintenanceFirst !== true,
			});
		} catch (error) {
			await place.dispose();
			throw error;
		}
	};

	let failure: unknown;
	let fallback: PostgresClient | undefined;
	const host = await findHostClients(options);
	const [newest] = host;
	if (newest !== undefined) {
		try {
			const client = await open(createHostPlace(options.environment, newest.folder));
			const {serverMajor} = client.facts;
			const best = host.find(one => one.major === serverMajor);
			if (newest.major === serverMajor) return {client, database};
			if (best !== undefined) return {client: await open(createHostPlace(options.environment, best.folder)), database};
			if (newest.major > serverMajor) fallback = client;
			failure = tooOld(newest.major, serverMajor);
		} catch (error) {
			if (options.signal?.aborted) throw error;
			failure = error;
		}
	}

	for (const image of await chooseImages(options, fallback?.facts.serverMajor)) {
		try {
			const client = await open(await startClientHelper(options, image));
			if (client.facts.clientMajor === client.facts.serverMajor) return {client, database};
			if (client.facts.clientMajor > client.facts.serverMajor && fallback === undefined) {
				const exact = await findImages(options.docker, client.facts.serverMajor);
				if (exact.length === 0) return {client, database};
			} else failure = tooOld(client.facts.clientMajor, client.facts.serverMajor);
			await client.dispose();
		} catch (error) {
			if (options.signal?.aborted) throw error;
			failure ??= error;
		}
	}

	if (fallback !== undefined) return {client: fallback, database};
	if (isAppError(failure)) throw failure;
	throw new AppError(
		'client-missing',
		`There is no client of PostgreSQL here for the server at ${describe(connection)}`,
		{
			hint: 'Install postgresql-client of the major version of the server, or pull an image of it',
			fix: ['docker', 'pull', 'postgres:17'],
			cause: failure,
		},
	);
}

function describe(connection: Connection): string {
	return `${connection.host ?? 'this machine'}${connection.port === undefined ? '' : `:${connection.port}`}`;
}

function tooOld(client: number, server: number): AppError {
	return new AppError(
		'client-missing',
		`The server runs PostgreSQL ${server}, and the client here is of version ${client}`,
		{
			hint: `Install postgresql-client-${server} on this machine, or pull the image postgres:${server}`,
			fix: ['docker', 'pull', `postgres:${server}`],
		},
	);
}

type HostClient = {readonly folder: string | undefined; readonly major: number};

/** Client programs of this machine, the newest first. */
async function findHostClients(options: ExternalClientOptions): Promise<readonly HostClient[]> {
	const folders = await Promise.all(
		['/usr/lib/postgresql', '/opt/homebrew/opt', '/usr/local/opt'].map(async parent => {
			const names = await readdir(parent).catch(() => []);
			return names.filter(name => /^(?:\d+|postgresql@\d+|libpq)$/.test(name)).map(name => `${parent}/${name}/bin`);
		}),
	);
	const clients = await Promise.all(
		[undefined, ...folders.flat()].map(async folder => {
			const place = createHostPlace(options.environment, folder);
			const placed = place.commandFor('pg_dump', ['--version'], {
				mark: 'lifeboat-version',
				password: undefined,
				serverOptions: undefined,
				encoding: undefined,
				database: undefined,
			});
			try {
				const {stdout} = await options.processes.run(placed.command, placed.args, {env: placed.env, timeoutMs: 10_000});
				return {folder, major: Number.parseInt(/\(PostgreSQL\) (\d+)/.exec(stdout)?.[1] ?? '0', 10)};
			} catch {
				return {folder, major: 0};
			}
		}),
	);
	return clients.filter(client => client.major > 0).sort((a, b) => b.major - a.major);
}

/** Images to try in turn: of the major version that is known, else of any, the likely one first. */
async function chooseImages(options: ExternalClientOptions, known: number | undefined): Promise<readonly string[]> {
	const {docker, likelyMajor} = options;
	if (known !== undefined) return findImages(docker, known);
	const likely = likelyMajor === undefined ? [] : await findImages(docker, likelyMajor);
	return [...new Set([...likely, ...(await findImages(docker, undefined))])];
}

/** Images of the official kind that are here: of this major version, or of any, the newest first. */
async function findImages(docker: Pick<Docker, 'inspectImage'>, major: number | undefined): Promise<readonly string[]> {
	const names = (major === undefined ? majors : [major]).flatMap(one => [`postgres:${one}`, `postgres:${one}-alpine`]);
	const found = await Promise.all(
		names.map(async name => ((await docker.inspectImage(name).catch(() => undefined)) === undefined ? [] : [name])),
	);
	return found.flat();
}
