import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import {isAnonymousVolume} from '../../stack/runtime.js';
import type {DatabaseServer, DataMount} from '../../stack/stack.js';
import type {StoragePlace} from '../../stack/volumes.js';
import type {MajorAnswers} from './answers.js';
import type {OldServer} from './plan.js';
import {type ServerSurvey, surveyImage} from './survey.js';

/** The server of today. Throws AppError preflight-failed where its data lies in no volume or no image can read it. */
export async function describeOld(
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
	if (isAnonymousVolume(place.source)) return {type: 'anonymous', name: null, target, source: place.source};
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
