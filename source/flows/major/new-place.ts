import {AppError} from '../../errors.js';
import {mountTargetFor} from '../../release/target-image.js';
import type {Services} from '../../services.js';
import type {VolumeDeclaration} from '../../stack/edit-service.js';
import {isAnonymousVolume} from '../../stack/runtime.js';
import type {Stack} from '../../stack/stack.js';
import {isEmptyPlace, isFreeFolder, type StoragePlace, volumeExists} from '../../stack/volumes.js';
import type {MajorAnswers} from './answers.js';
import type {NewServer} from './plan.js';
import {type ImageSurvey, type ServerSurvey, siblingFolder} from './survey.js';

/** Where images of PostgreSQL keep their data: up to 17, and from 18 on. */
export const dataTargets = ['/var/lib/postgresql/data', '/var/lib/postgresql'];

/** Where the data of the new server goes: a folder beside the bound one, the volume that waits empty, or a new volume. Throws AppError preflight-failed. */
export async function chooseNext(
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
			const free = await isFreeFolder(services.processes, folder.source, details.imageId, signal);
			if (!free && attempt === 20)
				throw new AppError('preflight-failed', `There are twenty folders like ${folder.source} already`, {
					hint: 'Remove those that nobody needs',
				});
			if (!free) continue;
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
	if (place === null || !isAnonymousVolume(place.source)) return undefined;
	for (const mount of details.mounts) {
		if (mount.type !== 'volume' || mount.name === null || !dataTargets.includes(mount.target)) continue;
		if (!mount.name.startsWith(`${stack.project}_`) || mount.name === place.source) continue;
		const storage = {type: 'volume', source: mount.name} as const;
		if (await isEmptyPlace(services.processes, storage, details.imageId, signal))
			return mount.name.slice(stack.project.length + 1);
	}

	return undefined;
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
