import {statfs} from 'node:fs/promises';
import {dirname} from 'node:path';
import {readDataMajor} from '../../postgres/data-version.js';
import {majorOfImage} from '../../release/image-majors.js';
import {type ComposedService, readServices} from '../../release/next-services.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {backupFlow} from '../backup.js';
import {journalsOf} from '../journals.js';
import {takeHealthBaseline} from '../steps/health.js';
import {findMigrateServices} from '../steps/migrate.js';
import {requireEngine} from '../steps/require-engine.js';
import {planWriters} from '../steps/writers.js';
import type {UpgradeAnswers} from './answers.js';
import type {MajorJump, UpgradeFacts} from './facts.js';
import {planAlone} from './migrations-alone.js';
import type {ServiceImage} from './plan.js';
import {nothingNew, surveyRelease} from './survey-release.js';

/** Finds out what runs and what would run. Fetches from the origin and asks registries, changes nothing. Throws AppError. */
export async function surveyUpgrade(
	stack: Stack,
	answers: UpgradeAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<UpgradeFacts> {
	await requireEngine(stack, services, signal);
	await refuseOthers(stack, services);
	const today = await readServices(stack.target, services.compose, signal);
	const alone = planAlone(stack, answers, today);
	const release =
		alone === null ? await surveyRelease(stack, answers, today, services, signal) : nothingNew(today, null);
	const {next} = release;
	const [images, majorJumps, watch, engineFreeBytes] = await Promise.all([
		surveyImages(stack, today, next, alone === null, services, signal),
		findMajorJumps(stack, next, services, signal),
		takeHealthBaseline(stack, services, signal),
		readEngineFreeBytes(services, signal),
	]);
	const canBackUp = majorJumps.length === 0 && stack.databases.every(one => one.replica || one.state === 'running');
	return {
		now: services.clock.now(),
		alone,
		repository: release.repository,
		images,
		environment: release.environment,
		added: next.filter(one => !today.some(other => other.name === one.name)).map(({name, build}) => ({name, build})),
		refusal: release.refusal,
		majorJumps,
		backup: canBackUp ? await planFreshBackup(stack, answers, services, signal) : null,
		writers: planWriters(stack),
		migrate: findMigrateServices(stack),
		watch,
		engineFreeBytes,
	};
}

/** Refuses while another operation works on the stack. Throws operation-under-way. */
async function refuseOthers(stack: Stack, services: Services): Promise<void> {
	const lock = await journalsOf(services).lock(stack, `Plan of an upgrade of ${stack.project}`);
	await lock.release();
}

async function surveyImages(
	stack: Stack,
	today: readonly ComposedService[],
	next: readonly ComposedService[],
	isAsked: boolean,
	services: Services,
	signal: AbortSignal,
): Promise<readonly ServiceImage[]> {
	// A one-shot whose container somebody has pruned runs again at the next start, with whatever its name means then.
	const concerned = stack.services.filter(service => service.state !== 'absent' || service.role === 'migrate');
	return Promise.all(
		concerned.map(async service => {
			const now = today.find(one => one.name === service.name);
			// A service that the release does not have any more stays what it is.
			const then = next.find(one => one.name === service.name) ?? now;
			const build = then?.build ?? service.build;
			const reference = now?.image ?? service.image;
			const nextReference = then?.image ?? reference;
			const isOwn = service.role !== 'database';
			const [id] = service.containerIds;
			const container = id === undefined ? undefined : await services.docker.inspectContainer(id, signal);
			const name = container?.image ?? reference ?? `${stack.project}-${service.name}`;
			const running = await services.docker.inspectImage(container?.imageId ?? name, signal);
			const repository = name.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
			return {
				service: service.name,
				isOwn,
				hasContainer: container !== undefined,
				reference,
				nextReference,
				build: build && (stack.upgradeMode !== 'pull' || nextReference === null),
				runningReference: running === undefined ? null : name,
				runningImageId: running?.id ?? null,
				runningDigest:
					running?.digests.find(digest => digest.startsWith(`${repository}@`)) ?? running?.digests[0] ?? null,
				runningBytes: running?.sizeBytes ?? null,
				remoteDigest:
					!isAsked || !isOwn || build || nextReference === null
						? null
						: ((await services.docker.findRemoteDigest(nextReference, signal)) ?? null),
			};
		}),
	);
}

/** The backup that every upgrade begins with; null when the stack has no database that could be dumped. */
async function planFreshBackup(stack: Stack, answers: UpgradeAnswers, services: Services, signal: AbortSignal) {
	if (stack.databases.length === 0 && stack.external.length === 0) return null;
	const given = backupFlow.answers.parse({
		volumes: false,
		verify: answers.verify,
		...(answers.output === undefined ? {} : {output: answers.output}),
	});
	return backupFlow.prepare(stack, given, services, signal);
}

/** Compares the major that wrote the data with the one that the files (of today, or of the release) would run. */
async function findMajorJumps(
	stack: Stack,
	next: readonly ComposedService[],
	services: Services,
	signal: AbortSignal,
): Promise<readonly MajorJump[]> {
	const jumps = await Promise.all(
		stack.databases.map(async server => {
			const image = next.find(one => one.name === server.service)?.image ?? null;
			const to = image === null ? null : majorOfImage(image);
			if (image === null || to === null) return [];
			const from = await readMajor(server, services, signal);
			return from === null || from === to ? [] : [{service: server.service, from, to, image}];
		}),
	);
	return jumps.flat();
}

/** A server that runs says it itself; of one that does not, the files in its data folder do. */
async function readMajor(
	server: Stack['databases'][number],
	services: Services,
	signal: AbortSignal,
): Promise<number | null> {
	if (server.serverVersion !== null) return Number.parseInt(server.serverVersion, 10);
	if (server.containerId === null) return null;
	return readDataMajor(services, server.containerId, signal);
}

async function readEngineFreeBytes(services: Services, signal: AbortSignal): Promise<number | null> {
	try {
		const info = await services.docker.info(signal);
		if (!info.local) return null;
		const {bavail, bsize} = await statfs(info.rootDirectory).catch(() => statfs(dirname(info.rootDirectory)));
		return bavail * bsize;
	} catch {
		return null;
	}
}
