import {dirname, join, resolve} from 'node:path';
import type {ContainerDetails} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import {readServer, type ServerCatalogue} from '../../postgres/catalogue.js';
import {type CollationMismatch, findCollationMismatches} from '../../postgres/collation.js';
import {type DataFolder, findDataFolders} from '../../postgres/data-version.js';
import {type ImageExtension, readImageExtensions} from '../../postgres/image-extensions.js';
import {openContainerClient} from '../../postgres/open-client.js';
import {readTemplateContents} from '../../postgres/template-contents.js';
import {imagesForMajor} from '../../release/target-image.js';
import type {Services} from '../../services.js';
import type {DatabaseServer, Stack} from '../../stack/stack.js';
import {measureStorage} from '../../stack/storage-archive.js';
import type {StoragePlace} from '../../stack/volumes.js';
import {requireEngine} from '../steps/require-engine.js';
import type {MajorAnswers} from './answers.js';

/** What is known of the server before a plan is made. */
export type ServerSurvey = {
	readonly server: DatabaseServer;
	readonly details: ContainerDetails;
	/** PGDATA that the stack sets itself; null where it is the image's. */
	readonly ownPgdata: string | null;
	/** Major of the image that the files name. */
	readonly imageMajor: number | null;
	readonly data: DataFolder;
	/** The mount that covers the data folder. */
	readonly place: StoragePlace | null;
	readonly mountTarget: string | null;
	/** Null while the server does not run. */
	readonly catalogue: ServerCatalogue | null;
	readonly mismatches: readonly CollationMismatch[];
	/** What new databases begin with: content of template1. */
	readonly template: readonly string[];
	/** Databases that are templates and so do not come along. */
	readonly ownTemplates: readonly string[];
	readonly sizeBytes: number | null;
};

/** Chooses the server and looks at it: in it where it runs, at its data folder where it does not. Throws AppError: database-not-found, database-ambiguous, preflight-failed. */
export async function surveyServer(
	stack: Stack,
	answers: Pick<MajorAnswers, 'service'>,
	services: Services,
	signal: AbortSignal,
): Promise<ServerSurvey> {
	await requireEngine(stack, services, signal);
	const server = chooseServer(stack, answers.service);
	const details =
		server.containerId === null ? undefined : await services.docker.inspectContainer(server.containerId, signal);
	if (details === undefined)
		throw new AppError(
			'database-not-running',
			`${server.service} has no container, so nobody knows where its data lies`,
			{
				hint: 'Start it once, even if it fails, then try again',
				fix: ['docker', 'compose', 'up', '-d', server.service],
			},
		);
	const image = await services.docker.inspectImage(details.imageId, signal);
	const pgdata = details.environment['PGDATA'];
	const ownPgdata = pgdata !== undefined && pgdata !== image?.environment['PGDATA'] ? pgdata : null;
	const imageMajor = numberOf(image?.environment['PG_MAJOR'] ?? details.environment['PG_MAJOR']) ?? server.major;
	const running = server.state === 'running' && server.serverVersion !== null;
	const data = running
		? {major: Number.parseInt(server.serverVersion ?? '', 10), path: server.server?.dataDirectory || (pgdata ?? '')}
		: await chooseDataFolder(server, details, services, signal);
	const mount = details.mounts
		.filter(({type, target}) => type !== 'tmpfs' && (data.path === target || data.path.startsWith(`${target}/`)))
		.toSorted((a, b) => b.target.length - a.target.length)[0];
	const place =
		mount === undefined
			? null
			: ({type: mount.type === 'bind' ? 'bind' : 'volume', source: mount.name ?? mount.source} as const);
	const asked = running
		? await askServer(server, services, signal)
		: {catalogue: null, mismatches: [], template: [], ownTemplates: []};
	return {
		server,
		details,
		ownPgdata,
		imageMajor,
		data,
		place,
		mountTarget: mount?.target ?? null,
		...asked,
		sizeBytes:
			asked.catalogue?.databases.reduce((sum, one) => sum + (one.sizeBytes ?? 0), 0) ??
			(place === null ? null : await measure(stack, place, details.imageId, services, signal)),
	};
}

function chooseServer(stack: Stack, service: string | undefined): DatabaseServer {
	const own = stack.databases.filter(one => !one.replica);
	const named = service === undefined ? own : stack.databases.filter(one => one.service === service);
	const [server, another] = named;
	if (server === undefined)
		throw new AppError(
			'database-not-found',
			service === undefined
				? `The stack ${stack.project} has no PostgreSQL server of its own`
				: `The service ${service} is not a PostgreSQL server of this stack`,
			{
				hint: own.length > 0 ? `Choose among: ${own.map(one => one.service).join(', ')}` : 'See what was found',
				fix: ['lifeboat', 'detect'],
			},
		);
	if (another !== undefined)
		throw new AppError(
			'database-ambiguous',
			`The stack has several servers: ${own.map(one => one.service).join(', ')}`,
			{
				hint: 'Say which one with --service',
				fix: ['lifeboat', 'upgrade', '--postgres', '…', '--service', server.service],
			},
		);
	const replicas = stack.databases.filter(one => one.replica);
	if (server.replica || replicas.length > 0)
		throw new AppError(
			'preflight-failed',
			`${replicas[0]?.service ?? server.service} is a replica: it cannot follow a server of another version`,
			{
				hint: 'Stop the replica and take it out of the compose file; make it anew from the upgraded server afterwards',
			},
		);
	return server;
}

async function chooseDataFolder(
	server: DatabaseServer,
	details: ContainerDetails,
	services: Services,
	signal: AbortSignal,
): Promise<DataFolder> {
	const [first, ...others] = await findDataFolders(services, details.id, signal);
	if (first === undefined)
		throw new AppError(
			'preflight-failed',
			`${server.service} does not run, and its volumes hold no data of PostgreSQL`,
			{
				hint: 'Look whether the right volume is mounted: a changed project name makes a new, empty one',
				fix: ['docker', 'inspect', details.name],
			},
		);
	// A server of 18 that was started on the old mount may have left an empty folder of its own: the older data is the one that cannot be read.
	return others.find(folder => folder.major < first.major) ?? first;
}

async function askServer(server: DatabaseServer, services: Services, signal: AbortSignal) {
	const client = await openContainerClient({
		...services,
		containerId: server.containerId ?? '',
		service: server.service,
		user: server.user,
		database: server.database,
		operationId: `major-look-${services.clock.now().toString(36)}`,
		signal,
	});
	try {
		const catalogue = await readServer(client, {signal});
		return {
			catalogue,
			mismatches: await findCollationMismatches(client, {signal}),
			template: await readTemplateContents(client, {signal}),
			ownTemplates: catalogue.ownTemplates,
		};
	} finally {
		await client.dispose();
	}
}

async function measure(stack: Stack, place: StoragePlace, image: string, services: Services, signal: AbortSignal) {
	const sizes = await measureStorage(
		services.processes,
		{sources: [place], image, project: stack.project, timeoutMs: 30_000},
		signal,
	);
	return sizes?.get(place.source) ?? null;
}

export type ImageSurvey = {
	readonly reference: string;
	readonly from: 'here' | 'registry' | 'unknown';
	readonly pgdata: string | null;
	readonly sizeBytes: number | null;
	/** Null while the image is not here. */
	readonly extensions: readonly ImageExtension[] | null;
};

/** The images that could serve a major, the likeliest that is to be had first; empty when the image in use does not tell. */
export async function surveyImage(
	reference: string,
	major: number,
	named: string | undefined,
	services: Services,
	signal: AbortSignal,
): Promise<ImageSurvey | undefined> {
	const candidates = named === undefined ? imagesForMajor(reference, major) : [named];
	for (const candidate of candidates) {
		const image = await services.docker.inspectImage(candidate, signal);
		if (image !== undefined)
			return {
				reference: candidate,
				from: 'here',
				pgdata: image.environment['PGDATA'] ?? null,
				sizeBytes: image.sizeBytes,
				extensions: await readImageExtensions(services.processes, candidate, signal),
			};
		if ((await services.docker.findRemoteDigest(candidate, signal)) !== undefined) return absent(candidate, 'registry');
	}

	const [first] = candidates;
	return first === undefined ? undefined : absent(first, 'unknown');
}

function absent(reference: string, from: ImageSurvey['from']): ImageSurvey {
	return {reference, from, pgdata: null, sizeBytes: null, extensions: null};
}

/** The folder beside a bind for the new data: `./pgdata` becomes `./pgdata-18`, as written and as the engine knows it. */
export function siblingFolder(written: string, source: string, ending: string) {
	const name = (path: string) => path.replace(/\/+$/, '');
	const isPlain = !written.includes('$') && resolve('/x', written) !== '/x';
	return {
		written: isPlain ? `${name(written)}-${ending}` : `${name(source)}-${ending}`,
		source: join(dirname(name(source)), `${name(source).split('/').at(-1)}-${ending}`),
	};
}

function numberOf(text: string | undefined): number | null {
	const number = Number.parseInt(text ?? '', 10);
	return Number.isNaN(number) ? null : number;
}
