import {statfs} from 'node:fs/promises';
import {dirname, join, relative} from 'node:path';
import {createGit} from '../../engine/git.js';
import {readImageMajors} from '../../release/image-majors.js';
import {findMigrations} from '../../release/migrations.js';
import {findNewNotes, isReleaseNotes} from '../../release/notes.js';
import {readFileAt, readIncoming, readRepository} from '../../release/repository.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import {backupFlow} from '../backup.js';
import {takeHealthBaseline} from '../steps/health.js';
import {findMigrateServices} from '../steps/migrate.js';
import {planWriters} from '../steps/writers.js';
import type {UpgradeAnswers} from './answers.js';
import type {MajorJump, ServiceImage, UpgradeFacts} from './plan.js';
import {surveyEnvironment} from './survey-env.js';

/** Finds out what runs and what would run. Fetches from the origin and asks registries, changes nothing. Throws AppError. */
export async function surveyUpgrade(
	stack: Stack,
	answers: UpgradeAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<UpgradeFacts> {
	const [release, images, backup, watch, engineFreeBytes] = await Promise.all([
		surveyRelease(stack, answers, services, signal),
		surveyImages(stack, services, signal),
		planFreshBackup(stack, answers, services, signal),
		takeHealthBaseline(stack, services, signal),
		readEngineFreeBytes(services, signal),
	]);
	return {
		now: services.clock.now(),
		repository: release?.repository ?? null,
		images,
		environment: release?.environment ?? [],
		majorJumps: await findMajorJumps(stack, release?.composeTexts ?? [], services, signal),
		backup,
		writers: planWriters(stack),
		migrate: findMigrateServices(stack),
		watch,
		engineFreeBytes,
	};
}

async function surveyRelease(stack: Stack, answers: UpgradeAnswers, services: Services, signal: AbortSignal) {
	if (stack.upgradeMode === 'pull' && answers.to === undefined && !stack.services.some(service => service.build)) {
		const state = await readRepository(createGit(services.processes, stack.directory), signal).catch(() => undefined);
		// Images are pulled, yet the compose file itself may come from a repository that is followed.
		if (state === undefined || state.upstream === null) return undefined;
	}

	const git = createGit(services.processes, stack.directory);
	const state = await readRepository(git, signal);
	if (state === undefined) return undefined;
	const incoming = await readIncoming(git, state, answers.to, signal);
	const from = {revision: state.revision, version: state.version};
	const base = {root: state.root, branch: state.branch, from, localChanges: state.localChanges};
	if (incoming === undefined) {
		const nothing = {
			to: null,
			commits: [],
			changedComposeFiles: [],
			migrations: {added: [], changed: []},
			notes: [],
			fastForward: true,
			conflicts: [],
		};
		return {repository: {...base, ...nothing}, environment: [], composeTexts: []};
	}

	const changed = new Set(incoming.files.map(file => file.path));
	const added = new Set(incoming.files.filter(file => file.status === 'A').map(file => file.path));
	const composePaths = stack.target.files
		.map(file => relative(state.root, file))
		.filter(path => !path.startsWith('..'));
	const migrations = findMigrations(incoming.files);
	const notesFile = incoming.files.find(file => file.status !== 'D' && isReleaseNotes(file.path))?.path;
	const [before, after] =
		notesFile === undefined
			? [undefined, undefined]
			: await Promise.all([
					readFileAt(git, state.revision, notesFile, signal),
					readFileAt(git, incoming.revision, notesFile, signal),
				]);
	const changedCompose = composePaths.filter(path => changed.has(path));
	return {
		repository: {
			...base,
			to: {revision: incoming.revision, version: incoming.version},
			commits: incoming.commits,
			changedComposeFiles: changedCompose,
			migrations: {added: migrations.added.map(one => one.name), changed: migrations.changed.map(one => one.name)},
			notes: after === undefined ? [] : findNewNotes(before, after),
			fastForward: incoming.fastForward,
			conflicts: [
				...state.localChanges.filter(path => changed.has(path)),
				...state.untracked.filter(path => added.has(path)),
			],
		},
		environment: await surveyEnvironment(git, state, incoming, stack, signal),
		composeTexts: await Promise.all(
			changedCompose.map(async path => ({
				file: join(state.root, path),
				text: (await readFileAt(git, incoming.revision, path, signal)) ?? '',
			})),
		),
	};
}

async function surveyImages(stack: Stack, services: Services, signal: AbortSignal): Promise<readonly ServiceImage[]> {
	const own = stack.services.filter(service => service.role !== 'database' && service.state !== 'absent');
	return Promise.all(
		own.map(async service => {
			const [id] = service.containerIds;
			const container = id === undefined ? undefined : await services.docker.inspectContainer(id, signal);
			const running =
				container === undefined ? undefined : await services.docker.inspectImage(container.imageId, signal);
			const repository = container?.image.replace(/@.*$/, '').replace(/:[^:/]*$/, '');
			return {
				service: service.name,
				reference: service.image,
				build: service.build,
				runningReference: container?.image ?? null,
				runningImageId: container?.imageId ?? null,
				runningDigest:
					running?.digests.find(digest => digest.startsWith(`${repository}@`)) ?? running?.digests[0] ?? null,
				remoteDigest:
					service.build || service.image === null
						? null
						: ((await services.docker.findRemoteDigest(service.image, signal)) ?? null),
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

/** Compares the major that runs with the one that the files (of today, and of the release) ask for. */
async function findMajorJumps(
	stack: Stack,
	texts: readonly {readonly file: string; readonly text: string}[],
	services: Services,
	signal: AbortSignal,
): Promise<readonly MajorJump[]> {
	const wanted = await readImageMajors(stack, texts, services, signal);
	return stack.databases.flatMap(server => {
		const running = server.serverVersion === null ? server.major : Number.parseInt(server.serverVersion, 10);
		const next = wanted.find(image => image.service === server.service);
		return running !== null && next !== undefined && next.major !== null && next.major !== running
			? [{service: server.service, from: running, to: next.major, image: next.image}]
			: [];
	});
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
