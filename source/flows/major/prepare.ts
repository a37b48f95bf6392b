import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import type {ServiceEdit} from '../../stack/edit-service.js';
import {isAnonymousVolume} from '../../stack/runtime.js';
import type {Stack} from '../../stack/stack.js';
import {operationStamp} from '../../stamp.js';
import {backupFlow} from '../backup.js';
import {servicesToWatch, takeHealthBaseline, watchAll} from '../steps/health.js';
import {planWriters} from '../steps/writers.js';
import type {MajorAnswers} from './answers.js';
import {planFileEdit, planOverrideEdit} from './compose-edit.js';
import {compareExtensions, refuseExtensions} from './extensions.js';
import {chooseNext, dataTargets} from './new-place.js';
import {describeOld} from './old-server.js';
import type {MajorPlan, MovePlan, ReindexPlan} from './plan.js';
import {refuseUnsafe, warnOf} from './preflight.js';
import {type ImageSurvey, type ServerSurvey, surveyImage, surveyServer} from './survey.js';

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
	const id = operationStamp(services.clock.now());
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
	if (place?.type === 'volume' && isAnonymousVolume(place.source)) return 'adopt';
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
		template: survey.template,
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

/** Where the target of the mount changes, Compose would add the new mount to the old one: the list is replaced, with all else that is in it. */
function overrideParts(survey: ServerSurvey, target: string, stack: Stack) {
	const others = survey.details.mounts.filter(
		mount =>
			mount.target !== survey.mountTarget &&
			mount.type !== 'tmpfs' &&
			!isAnonymousVolume(mount.name ?? '') &&
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
