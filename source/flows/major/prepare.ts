import {AppError} from '../../errors.js';
import {mountTargetFor} from '../../release/target-image.js';
import type {Services} from '../../services.js';
import type {ServiceEdit, VolumeDeclaration} from '../../stack/edit-service.js';
import type {DatabaseServer, DataMount, Stack} from '../../stack/stack.js';
import {isEmptyPlace, type StoragePlace, volumeExists} from '../../stack/volumes.js';
import {backupFlow} from '../backup.js';
import {servicesToWatch, takeHealthBaseline, watchAll} from '../steps/health.js';
import {planWriters} from '../steps/writers.js';
import type {MajorAnswers} from './answers.js';
import {planFileEdit, planOverrideEdit} from './compose-edit.js';
import {compareExtensions, refuseExtensions} from './extensions.js';
import type {MajorPlan, MovePlan, NewServer, OldServer, ReindexPlan} from './plan.js';
import {refuseUnsafe, warnOf} from './preflight.js';
import {type ImageSurvey, type ServerSurvey, siblingFolder, surveyImage, surveyServer} from './survey.js';

/** Plans the upgrade of a server. Only reads. Throws AppError before anything changes: preflight-failed, extension-missing, disk-low, usage. */
export async function prepareMajor(
	stack: Stack,
	answers: MajorAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<MajorPlan> {
	const survey = await surveyServer(stack, answers, services, signal);
	const action = chooseAction(survey, answers);
	refuseUnsafe(stack, survey, action);
	const id = `${new Date(services.clock.now()).toISOString().slice(0, 19).replaceAll(/[-:]/g, '').toLowerCase()}z`;
	if (action === 'reindex') return planReindex(id, stack, survey, answers, services, signal);
	const image = await chooseImage(survey, answers, action, services, signal);
	return planMove(id, stack, survey, image, action, answers, services, signal);
}

/** What `--postgres N` means for this server. Throws AppError usage when there is nothing to do or no way down. */
export function chooseAction(
	survey: Pick<ServerSurvey, 'data' | 'place' | 'mismatches' | 'server' | 'imageMajor'>,
	answers: Pick<MajorAnswers, 'postgres' | 'image'>,
): MajorPlan['action'] {
	const {data, place, mismatches, server} = survey;
	if (answers.postgres < data.major)
		throw new AppError(
			'usage',
			`The data of ${server.service} is of PostgreSQL ${data.major}: there is no way down to ${answers.postgres}`,
			{
				hint: 'A dump of a newer version is not made for an older one',
			},
		);
	if (answers.postgres > data.major) return 'move';
	if (answers.image !== undefined && answers.image !== server.image) return 'move';
	if (place?.type === 'volume' && isAnonymous(place.source)) return 'adopt';
	if (mismatches.length > 0) return 'reindex';
	throw new AppError(
		'preflight-failed',
		`${server.service} runs PostgreSQL ${data.major} already, and nothing is wrong with it`,
		{
			hint:
				survey.imageMajor !== null && survey.imageMajor !== data.major
					? `Its image is of ${survey.imageMajor}: say --postgres ${survey.imageMajor}`
					: 'Name a newer version, or another image of this one with --image',
			fix: ['lifeboat', 'detect'],
		},
	);
}

const isAnonymous = (name: string) => /^[0-9a-f]{64}$/.test(name);

async function chooseImage(
	survey: ServerSurvey,
	answers: MajorAnswers,
	action: MajorPlan['action'],
	services: Services,
	signal: AbortSignal,
): Promise<ImageSurvey> {
	const current = survey.server.image ?? survey.details.image;
	const named = answers.image ?? (action === 'adopt' || survey.imageMajor === answers.postgres ? current : undefined);
	const image = await surveyImage(current, answers.postgres, named, services, signal);
	if (image !== undefined) return image;
	throw new AppError('usage', `It does not show from ${current} which image has PostgreSQL ${answers.postgres}`, {
		hint: 'Name the image with --image: the same one built for the new version',
		fix: ['lifeboat', 'upgrade', '--postgres', String(answers.postgres), '--image', 'repository:tag'],
	});
}

async function planMove(
	id: string,
	stack: Stack,
	survey: ServerSurvey,
	image: ImageSurvey,
	action: 'move' | 'adopt',
	answers: MajorAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<MovePlan> {
	const {server, catalogue} = survey;
	const old = await describeOld(survey, answers, services, signal);
	const next = await chooseNext(stack, survey, old.mount.name, image, answers, services, signal);
	const extensions = compareExtensions(server, image.extensions);
	if (action === 'move') refuseExtensions(extensions, image, answers.postgres, server.service);
	const edit: ServiceEdit = {
		service: server.service,
		image: image.reference === server.image ? null : image.reference,
		mount: {
			replaces: [...new Set([old.mount.target, ...dataTargets].filter(target => target !== null))],
			source: next.written,
			target: next.server.target,
		},
		volume: next.server.volume,
	};
	const files = answers.override
		? await planOverrideEdit(
				stack.target,
				{...edit, ...overrideParts(survey, next.server.target, stack)},
				stack.directory,
			)
		: {edit: await planFileEdit(stack.target, edit, stack.directory), target: stack.target};
	const start = old.cannotStart ? servicesToStart(stack) : [];
	const watch = old.cannotStart
		? watchAll(stack).filter(({name}) => start.includes(name))
		: await takeHealthBaseline(stack, services, signal);
	const sizeBytes = survey.sizeBytes;
	return {
		kind: 'major',
		action,
		id,
		stack,
		service: server.service,
		old,
		next: next.server,
		databases:
			catalogue?.databases
				.filter(one => one.allowConnections)
				.map(({name, sizeBytes: size}) => ({name, sizeBytes: size})) ?? [],
		extensions,
		sizeBytes,
		neededBytes: sizeBytes === null ? null : Math.ceil(sizeBytes * 1.5) + 200_000_000,
		freeBytes: server.freeBytes,
		backup: old.cannotStart
			? null
			: await backupFlow.prepare(stack, backupAnswers(answers, server.service), services, signal),
		backupAnswers: {verify: answers.verify, output: answers.output ?? null},
		writers: planWriters(stack),
		start,
		watch,
		edit: files.edit,
		targetAfter: files.target,
		jobs: answers.jobs ?? Math.min(4, Math.max(2, (await services.docker.info(signal)).cpus)),
		healthTimeoutMs: answers.healthTimeout * 1000,
		warnings: warnOf(survey, {old, image, action}),
	};
}

/** What waits for a database that cannot start: everything that keeps running and was not ended by the user. */
function servicesToStart(stack: Stack): readonly string[] {
	return servicesToWatch(stack)
		.filter(({state, exitCode}) => state !== 'absent' && !(state === 'exited' && exitCode === 0))
		.map(service => service.name);
}

const dataTargets = ['/var/lib/postgresql/data', '/var/lib/postgresql'];

/** The answers of the backup that comes first: the databases of this server. */
export function backupAnswers(
	answers: {readonly verify: boolean; readonly output?: string | null | undefined},
	service: string,
) {
	return backupFlow.answers.parse({
		volumes: false,
		verify: answers.verify,
		services: [service],
		...(answers.output === undefined || answers.output === null ? {} : {output: answers.output}),
	});
}

async function describeOld(
	survey: ServerSurvey,
	answers: MajorAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<OldServer> {
	const {server, details, data, place, mountTarget, imageMajor, ownPgdata} = survey;
	if (place === null || mountTarget === null)
		throw new AppError('preflight-failed', `The data of ${server.service} lies in the container itself, in no volume`, {
			hint: 'Back it up, give the service a volume, and restore the backup into it',
			fix: ['lifeboat', 'backup'],
		});
	const image = server.image ?? details.image;
	const cannotStart = imageMajor !== null && imageMajor !== data.major;
	const runs = cannotStart ? await findOldImage(image, data.major, answers, services, signal) : details.imageId;
	return {
		major: data.major,
		image,
		runs,
		containerId: details.id,
		cannotStart,
		dataFolder: data.path,
		mount: describeMount(server, place, mountTarget, details.labels['com.docker.compose.project'] ?? ''),
		place,
		networks: /^(?:host|none|container:.*)$/.test(details.networkMode)
			? []
			: details.networks.map(network => network.name),
		ownPgdata,
		systemUser: details.user,
		user: server.user,
		database: server.database,
	};
}

/** The mount with the data, which need not be the one that the image of today would use. */
function describeMount(server: DatabaseServer, place: StoragePlace, target: string, project: string): DataMount {
	const known = server.dataMount;
	if (place.type === 'bind')
		return {
			type: 'bind',
			name: known.source === place.source ? known.name : place.source,
			target,
			source: place.source,
		};
	if (isAnonymous(place.source)) return {type: 'anonymous', name: null, target, source: place.source};
	const name = place.source.startsWith(`${project}_`) ? place.source.slice(project.length + 1) : place.source;
	return {type: 'volume', name: known.source === place.source ? known.name : name, target, source: place.source};
}

/** The image that can still read data which the image of today cannot. */
async function findOldImage(
	image: string,
	major: number,
	answers: MajorAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<string> {
	const found = await surveyImage(image, major, undefined, services, signal);
	if (found !== undefined) return found.reference;
	throw new AppError(
		'preflight-failed',
		`The data is of PostgreSQL ${major}, and it does not show from ${image} which image can read it`,
		{
			hint: `Set the image of the service back to the one that ran before, start it, then upgrade to ${answers.postgres}`,
		},
	);
}

async function chooseNext(
	stack: Stack,
	survey: ServerSurvey,
	name: string | null,
	image: ImageSurvey,
	answers: MajorAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<{readonly server: NewServer; readonly written: string}> {
	const {details, place, mountTarget, ownPgdata} = survey;
	const major = answers.postgres;
	const target = mountTargetFor(major, mountTarget ?? '', {ownPgdata, pgdata: image.pgdata});
	const shmBytes = Math.max(details.shmSizeBytes ?? 0, 256 * 1024 ** 2);
	const common = {major, image: image.reference, from: image.from, target, shmBytes};
	if (place?.type === 'bind') {
		for (let attempt = 1; ; attempt++) {
			const folder = siblingFolder(name ?? place.source, place.source, `${major}${attempt === 1 ? '' : `-${attempt}`}`);
			const free = await isFreeFolder(folder.source, details.imageId, services, signal);
			if (!free && attempt < 20) continue;
			const found: StoragePlace = {type: 'bind', source: folder.source};
			return {server: {...common, place: found, volume: null}, written: folder.written};
		}
	}

	const waiting = await findWaitingVolume(stack, survey, services, signal);
	if (waiting !== undefined)
		return {
			server: {...common, place: {type: 'volume', source: `${stack.project}_${waiting}`}, volume: null},
			written: waiting,
		};
	const volume = await chooseVolume(stack, name, major, services, signal);
	return {
		server: {...common, place: {type: 'volume', source: `${stack.project}_${volume.key}`}, volume},
		written: volume.key,
	};
}

/** Key of a volume of the service that was meant for the data and is empty, since the data went into an anonymous one beside it. */
async function findWaitingVolume(
	stack: Stack,
	{details, place}: ServerSurvey,
	services: Services,
	signal: AbortSignal,
): Promise<string | undefined> {
	if (place === null || !isAnonymous(place.source)) return undefined;
	for (const mount of details.mounts) {
		if (mount.type !== 'volume' || mount.name === null || !dataTargets.includes(mount.target)) continue;
		if (!mount.name.startsWith(`${stack.project}_`) || mount.name === place.source) continue;
		const storage = {type: 'volume', source: mount.name} as const;
		if (await isEmptyPlace(services.processes, storage, details.imageId, signal))
			return mount.name.slice(stack.project.length + 1);
	}

	return undefined;
}

/** A folder that is not there is made by the engine; the engine may be on another machine, so a container looks. */
async function isFreeFolder(source: string, image: string, services: Services, signal: AbortSignal): Promise<boolean> {
	const parent = source.replace(/\/[^/]+$/, '') || '/';
	const result = await services.processes.run(
		'docker',
		[
			'run',
			'--rm',
			'--pull=never',
			'--network=none',
			'--user=0',
			`--volume=${parent}:/place:ro`,
			'--entrypoint=ls',
			image,
			'-d',
			`/place/${source.split('/').at(-1)}`,
		],
		{signal, timeoutMs: 60_000},
	);
	return (
		result.exitCode !== 0 || (await isEmptyPlace(services.processes, {type: 'bind', source}, image, signal)) === true
	);
}

async function chooseVolume(
	stack: Stack,
	key: string | null,
	major: number,
	services: Services,
	signal: AbortSignal,
): Promise<VolumeDeclaration> {
	const base = (key ?? 'pgdata')
		.replace(/^[0-9a-f]{64}$/, 'pgdata')
		.replace(new RegExp(`^${stack.project}_`), '')
		.replace(/[-_]?(?:pg)?(?:1\d|2\d|9\.\d)$/, '');
	const fit = /^[a-zA-Z0-9][\w.-]*$/.test(base) ? base : 'pgdata';
	for (let attempt = 1; ; attempt++) {
		const candidate = `${fit}_${major}${attempt === 1 ? '' : `_${attempt}`}`;
		if (!(await volumeExists(services.processes, `${stack.project}_${candidate}`, signal)))
			return {key: candidate, name: null};
	}
}

/** Where the target of the mount changes, Compose would add the new mount to the old one: the list is replaced, with all else that is in it. */
function overrideParts(survey: ServerSurvey, target: string, stack: Stack) {
	const others = survey.details.mounts.filter(
		mount =>
			mount.target !== survey.mountTarget &&
			mount.type !== 'tmpfs' &&
			!isAnonymous(mount.name ?? '') &&
			!mount.target.startsWith('/run/secrets/') &&
			!dataTargets.includes(mount.target),
	);
	const short = (mount: (typeof others)[number]) => {
		const source =
			mount.type === 'volume' ? (mount.name ?? '').replace(new RegExp(`^${stack.project}_`), '') : mount.source;
		return `${source}:${mount.target}${mount.readOnly ? ':ro' : ''}`;
	};
	return {replacesList: survey.mountTarget !== target, otherMounts: others.map(short)};
}

async function planReindex(
	id: string,
	stack: Stack,
	survey: ServerSurvey,
	answers: MajorAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<ReindexPlan> {
	const {server, data, details, mismatches} = survey;
	return {
		kind: 'major',
		action: 'reindex',
		id,
		stack,
		service: server.service,
		major: data.major,
		image: server.image ?? details.image,
		user: server.user,
		containerId: details.id,
		mismatches,
		backup: await backupFlow.prepare(stack, backupAnswers(answers, server.service), services, signal),
		warnings: [],
	};
}
