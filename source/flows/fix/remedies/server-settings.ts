import {randomBytes} from 'node:crypto';
import type {Services} from '../../../services.js';
import {parseImageReference} from '../../../stack/image-reference.js';
import type {Action} from '../actions.js';
import {connectionsInUse, faultyServer} from '../connection-in-use.js';
import {Draft} from '../draft.js';
import {affectedServices} from '../plan.js';
import {type Cure, type FixContext, type Remedy, refuse} from '../remedy.js';
import {soleReference} from '../url-text.js';

/** Makes the server's container anew from the changed files and waits for it; then whatever is down begins anew too. */
export function renewServer(context: FixContext, draft: Draft, service: string): Cure {
	const edits = draft.edits();
	if (edits.length === 0) refuse('The files say what they should already', `docker compose up -d ${service}`);
	return {actions: [...edits, ...renewal(service)], target: draft.target(), recreate: affectedServices(context)};
}

export function renewal(service: string): readonly Action[] {
	return [
		{
			kind: 'compose',
			title: `Make ${service} anew`,
			args: ['up', '--detach', '--no-deps', '--force-recreate', service],
		},
		{kind: 'start-server', service},
	];
}

/** More shared memory: parallel queries and index builds need it, and Docker gives 64 MB. */
export const setShmSize: Remedy = {
	plan(context) {
		const {service} = faultyServer(context);
		const now = context.evidence.services.find(one => one.service === service)?.shmSizeBytes ?? 0;
		const megabytes = Math.max(256, Math.ceil((2 * now) / 1024 ** 2));
		const draft = new Draft(context);
		draft.setCompose(['services', service, 'shm_size'], `${megabytes}mb`);
		return renewServer(context, draft, service);
	},
};

type CommandFacts = {readonly command: readonly string[]};

/** The server's command line as its container has it. */
async function readCommand(context: FixContext, services: Services, signal: AbortSignal): Promise<CommandFacts> {
	const {containerId} = faultyServer(context);
	const details = containerId === null ? undefined : await services.docker.inspectContainer(containerId, signal);
	return {command: details?.command ?? []};
}

/** A setting on the command line wins over every file of the server, and needs no connection to be changed. */
function withSetting(
	command: readonly string[],
	name: string,
	change: (former: string | undefined) => string,
): readonly string[] {
	const words = command.length === 0 ? ['postgres'] : command;
	const pattern = new RegExp(`^(-c\\s*|--)?${name.replace('_', '[_-]')}=(.*)$`);
	const index = words.findIndex(word => pattern.test(word));
	const [, flag = '', former] = pattern.exec(words[index] ?? '') ?? [];
	const setting = `${name}=${change(former)}`;
	return index < 0 ? [...words, '-c', setting] : words.with(index, `${flag}${setting}`);
}

export const raiseMaxConnections: Remedy<CommandFacts> = {
	look: readCommand,
	plan(context, {command}) {
		const server = faultyServer(context);
		const known = context.evidence.servers.find(one => one.service === server.service);
		const now = known?.maxConnections ?? Number(known?.settings?.['max_connections'] ?? 100);
		const draft = new Draft(context);
		const next = withSetting(command, 'max_connections', former => String(Math.max(200, 2 * Number(former ?? now))));
		draft.setCompose(['services', server.service, 'command'], next);
		return {
			...renewServer(context, draft, server.service),
			effects: [
				'All connections are cut once; each further one costs the server some memory',
				'Pools that are larger than they need to be will fill this limit too: the sum of all pools has to stay below it',
			],
		};
	},
};

export const preloadLibrary: Remedy<CommandFacts> = {
	look: readCommand,
	plan(context, {command}) {
		const server = faultyServer(context);
		const {extension} = context.situation.captures;
		if (extension === undefined) return refuse('It is not known which library has to be loaded');
		const library = extension === 'cron' ? 'pg_cron' : extension;
		const draft = new Draft(context);
		const next = withSetting(command, 'shared_preload_libraries', former =>
			[...new Set([...(former ?? '').split(',').filter(Boolean), library])].join(','),
		);
		draft.setCompose(['services', server.service, 'command'], next);
		return renewServer(context, draft, server.service);
	},
};

/** Sets the image of a service, or the variable that is its tag. */
function setImage(draft: Draft, {files}: FixContext, service: string, image: string): void {
	const written =
		(files.raw.services.get(service) ?? []).findLast(definition => definition.image !== null)?.image ?? '';
	const name = soleReference(/:(\$[^/]*)$/.exec(written)?.[1] ?? null);
	const isSameName = written.startsWith(`${image.slice(0, image.lastIndexOf(':'))}:`);
	if (name !== undefined && isSameName) draft.setDotenv(name, image.slice(image.lastIndexOf(':') + 1));
	else draft.setCompose(['services', service, 'image'], image);
}

/** The image of the major version that wrote the data; nothing is converted, nothing is lost. */
export const pinPostgresMajor: Remedy = {
	plan(context) {
		const server = faultyServer(context);
		const known = context.evidence.servers.find(one => one.service === server.service)?.dataMajor;
		const major = Number.parseInt(context.situation.captures['oldMajor'] ?? String(known ?? ''), 10);
		if (Number.isNaN(major)) return refuse('It is not known which major version wrote the data');
		if (server.image === null)
			return refuse(`${server.service} is built here: set the major version in its Dockerfile`);
		const draft = new Draft(context);
		setImage(draft, context, server.service, withMajor(server.image, major));
		return {
			...renewServer(context, draft, server.service),
			effects:
				server.major !== null && server.major <= major
					? []
					: [`To move on together with the data: lifeboat upgrade --postgres ${server.major ?? major + 1}`],
		};
	},
};

/** `postgres:18-alpine` to `postgres:17-alpine`, `pgvector/pgvector:0.8.0-pg18` to `…-pg17`, `postgres` to `postgres:17`. */
export function withMajor(image: string, major: number): string {
	const {tag} = parseImageReference(image);
	const name = image.split('@')[0]?.slice(0, tag === null ? undefined : -(tag.length + 1)) ?? image;
	if (tag === null || /^(?:latest|alpine|bookworm|trixie|bullseye)$/.test(tag))
		return `${name}:${major}${tag === null || tag === 'latest' ? '' : `-${tag}`}`;
	const next = /pg\d+/.test(tag)
		? tag.replace(/pg\d+(?:\.\d+)?/, `pg${major}`)
		: tag.replace(/^\d+(?:\.\d+)*/, String(major));
	return `${name}:${next}`;
}

/** Images of the same server that carry an extension, by its name. */
const carriers: Readonly<Record<string, (major: number) => string>> = {
	vector: major => `pgvector/pgvector:pg${major}`,
	halfvec: major => `pgvector/pgvector:pg${major}`,
	pgvector: major => `pgvector/pgvector:pg${major}`,
	postgis: major => `postgis/postgis:${major}-3.5`,
	geometry: major => `postgis/postgis:${major}-3.5`,
	geography: major => `postgis/postgis:${major}-3.5`,
	timescaledb: major => `timescale/timescaledb:latest-pg${major}`,
};

/** An image of the same major version that carries the extension. */
export const switchImageExtension: Remedy = {
	plan(context) {
		const server = faultyServer(context);
		const {extension = '', library = ''} = context.situation.captures;
		const name = (extension || library).toLowerCase().replace(/(?:-\d.*)?(?:\.so)?$/, '');
		const carrier = carriers[name];
		const image = server.image === null ? null : parseImageReference(server.image);
		if (carrier === undefined || server.major === null || image === null)
			return refuse(`No image is known that carries ${extension || library || 'the extension'} besides the rest`);
		if (image.repository !== 'postgres' || image.namespace !== '')
			return refuse(`${server.image} is no plain PostgreSQL: with another image it could lose what it has`);
		if (/alpine/.test(image.tag ?? ''))
			return refuse(
				'The present image is Alpine: on another system text sorts otherwise, and indexes would be wrong',
				'Back up, start with the other image on a new volume, and restore',
			);
		const draft = new Draft(context);
		setImage(draft, context, server.service, carrier(server.major));
		return {...renewServer(context, draft, server.service), backup: {service: server.service}};
	},
};

/** Mounts an empty volume where postgres 18 keeps its data. One that holds data of an older version is left alone. */
export const fixPg18Mount: Remedy = {
	plan(context) {
		const server = faultyServer(context);
		const known = context.evidence.servers.find(one => one.service === server.service)?.dataMajor;
		if (known != null)
			return refuse(
				`The volume of ${server.service} holds the data of PostgreSQL ${known}`,
				'Pin the image to that version: --fix pin-postgres-major',
			);
		const draft = new Draft(context);
		for (const file of context.files.raw.composeFiles) {
			const volumes = draft.read(file, ['services', server.service, 'volumes']);
			if (!Array.isArray(volumes)) continue;
			for (const [index, volume] of volumes.entries()) {
				const path = ['services', server.service, 'volumes', index];
				if (typeof volume === 'string' && /:\/var\/lib\/postgresql\/data\/?(?=:|$)/.test(volume))
					draft.edit(file, path, volume.replace(/(:\/var\/lib\/postgresql)\/data\/?(?=:|$)/, '$1'));
				else if (typeof volume === 'object' && /^\/var\/lib\/postgresql\/data\/?$/.test(String(volume?.target)))
					draft.edit(file, [...path, 'target'], '/var/lib/postgresql');
			}
		}

		return renewServer(context, draft, server.service);
	},
};

/** The first password of a server whose data folder is still empty: that of the application, else a random one. */
export const setSuperuserPassword: Remedy<undefined> = {
	plan(context) {
		const server = faultyServer(context);
		const used = connectionsInUse(context).find(({connection}) => connection.host === server.service);
		const draft = new Draft(context);
		draft.setSecret(server.service, 'POSTGRES_PASSWORD', used?.connection.password || randomBytes(24).toString('hex'));
		return renewServer(context, draft, server.service);
	},
};
