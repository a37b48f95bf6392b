import {resolve} from 'node:path';
import type {Manifest} from '../../bundle/manifest.js';
import type {ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import type {Services} from '../../services.js';
import {detectStack} from '../../stack/detect.js';
import type {Stack} from '../../stack/stack.js';
import {operationStamp} from '../../stamp.js';
import type {PlanWarning} from '../flow.js';
import type {RestoreAnswers} from './answers.js';
import type {RestoreSource} from './open-source.js';
import {type PlannedFile, planFiles} from './plan-files.js';
import {findUnbuildableServices, readProjectName} from './read-config.js';
import type {SourceSummary} from './source-summary.js';
import {findRebuildWarnings} from './warnings.js';

/** A stack that is set up anew from a backup: files first, then all that `restore` does. Serialisable, without a secret. */
export type RebuildPlan = {
	readonly mode: 'rebuild';
	/** UTC time that names this restore. */
	readonly id: string;
	readonly directory: string;
	/** Project as far as it is known before the files are there. */
	readonly project: string;
	/** What `docker compose` is told once the files are there. */
	readonly target: ComposeTarget;
	readonly source: SourceSummary;
	/** What the restore that follows was told. */
	readonly answers: RestoreAnswers;
	readonly files: readonly PlannedFile[];
	/** Images that are not on this machine and will be pulled. */
	readonly pulls: readonly string[];
	/** Volumes and folders in the backup, by name. */
	readonly volumes: readonly string[];
	readonly services: readonly string[];
	readonly warnings: readonly PlanWarning[];
};

/**
 * Whether a backup sets up the stack: nothing describes it here, or nothing runs and files of the configuration are missing, as in a fresh clone.
 * A dump has no configuration, so it never does.
 */
export async function isRebuild(
	stack: Stack,
	answers: Partial<RestoreAnswers>,
	source: RestoreSource,
): Promise<boolean> {
	if (answers.mode === 'to-database' || answers.config === false) return false;
	if (stack.source === 'nothing') return true;
	if (source.manifest === null || stack.services.some(service => service.containerIds.length > 0)) return false;
	const {files} = await planFiles(source.manifest, stack.directory, '');
	return files.some(file => file.former === null);
}

/**
 * Plans to set up a stack in a folder from a backup. Only reads.
 * Throws AppError: stack-not-found for a file without configuration, preflight-failed when the project is in use or its code is missing, and the engine's errors.
 */
export async function planRebuild(
	place: Stack,
	answers: RestoreAnswers,
	source: RestoreSource,
	services: Services,
	signal: AbortSignal,
): Promise<RebuildPlan> {
	const {manifest, summary} = source;
	if (manifest === null || !manifest.parts.some(part => part.kind === 'config')) throw noConfiguration(place, summary);
	await services.docker.info(signal);
	const id = operationStamp(services.clock.now());
	const {files, elsewhere} = await planFiles(manifest, place.directory, id);
	// Files that are here already, and refused: Compose says why.
	if (files.length === 0 && place.source === 'nothing') await detectStack(place.target, services, {signal});
	const target = targetFrom(manifest, place);
	const project = target.projectName ?? (await readProjectName(manifest, source)) ?? place.project;
	await refuseUsedProject(project, place.directory, services, signal);
	const unbuildable = await findUnbuildableServices(manifest, place.directory, source);
	if (unbuildable.length > 0) throw needsCode(manifest, unbuildable, place.directory);
	return {
		mode: 'rebuild',
		id,
		directory: place.directory,
		project,
		target,
		source: await source.summarise(signal),
		answers,
		files,
		pulls: await findPulls(manifest, services, signal),
		volumes: answers.volumes === false ? [] : manifest.volumes.map(volume => volume.name),
		services: manifest.services.map(service => service.name),
		warnings: findRebuildWarnings(manifest, files, elsewhere),
	};
}

function noConfiguration(place: Stack, summary: SourceSummary): AppError {
	return new AppError(
		'stack-not-found',
		`There is no stack in ${place.directory}, and ${summary.file} holds no compose files to set one up`,
		{
			hint: 'Put the compose file and its env files there first, or name the stack with -f or -p',
			fix: ['lifeboat', '-f', 'path/to/docker-compose.yml', 'restore', summary.file],
		},
	);
}

/** The flags of the backup's stack, where the user gives none. */
function targetFrom(manifest: Manifest, {target, directory}: Stack): ComposeTarget {
	const {flags} = manifest;
	const absolute = (file: string) => resolve(directory, file);
	return {
		...target,
		files: target.files.length > 0 && flags.files.length === 0 ? target.files : flags.files.map(absolute),
		profiles: target.profiles.length > 0 ? target.profiles : flags.profiles,
		envFiles: target.envFiles.length > 0 ? target.envFiles : flags.envFiles.map(absolute),
		projectName: target.projectName ?? flags.projectName ?? undefined,
	};
}

/** Containers of the same project that were started elsewhere would be taken over by what is set up here. */
async function refuseUsedProject(
	project: string,
	directory: string,
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	const containers = await services.docker.listContainers({project, all: true}, signal);
	const [first] = containers;
	if (first === undefined) return;
	const other = first.labels['com.docker.compose.project.working_dir'] ?? 'another folder';
	throw new AppError(
		'preflight-failed',
		`This engine has containers of a project ${project} already (${containers.map(one => one.name).join(', ')}), started in ${other}`,
		{
			hint:
				other === directory
					? 'Remove them (their volumes stay), or choose another name for the project with -p'
					: `Restore in ${other}, or choose another name for the project with -p`,
			fix: ['docker', 'compose', '-p', project, 'down'],
		},
	);
}

function needsCode(manifest: Manifest, services: readonly string[], directory: string): AppError {
	const {git} = manifest;
	const subject = services.length === 1 ? `The service ${services[0]} is` : `The services ${services.join(', ')} are`;
	const revision = git === null ? '' : ` at revision ${git.revision.slice(0, 12)}`;
	return new AppError('preflight-failed', `${subject} built from source code, which is not in a backup`, {
		hint: `Get the code${revision} into ${directory} first, then restore there: the configuration is added to it`,
		...(git?.remote ? {fix: ['git', 'clone', git.remote, directory]} : {}),
	});
}

async function findPulls(manifest: Manifest, services: Services, signal: AbortSignal): Promise<readonly string[]> {
	const images = new Set(manifest.services.flatMap(one => (one.build || one.image === null ? [] : [one.image])));
	const missing: string[] = [];
	for (const image of images)
		if ((await services.docker.inspectImage(image, signal)) === undefined) missing.push(image);
	return missing;
}
