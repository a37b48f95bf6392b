import {setMaxListeners} from 'node:events';
import {realpathSync} from 'node:fs';
import type {Compose, ComposeTarget, ContainerSummary, Docker, Processes} from '../engine/types.js';
import {AppError, isAppError} from '../errors.js';
import {explainAbsence} from './absent-stack.js';
import {findComposeFiles} from './compose-files.js';
import {readConfigHashes} from './config-hashes.js';
import {type FilesDraft, loadStackFromContainers, loadStackFromFiles, readText} from './load-stack.js';
import {targetOfLabels} from './projects.js';
import {applyRuntime, composeLabels} from './runtime.js';
import {applyAnswers} from './server-answers.js';
import {createServerDesk, type ServerDesk} from './server-desk.js';
import type {Stack} from './stack.js';
import {findWarnings, type WarningContext} from './warnings.js';

/** What detection works with; `Services` fits. */
export type DetectTools = {
	readonly docker: Pick<Docker, 'listContainers' | 'inspectContainer' | 'top'>;
	readonly compose: Pick<Compose, 'config' | 'run'>;
	readonly processes: Pick<Processes, 'run'>;
	readonly settings: {stack(project: string, directory: string): {readonly backups: readonly unknown[]}};
	readonly environment: Readonly<Record<string, string | undefined>>;
};

export type DetectOptions = {
	readonly signal?: AbortSignal | undefined;
	/** Called with what is known so far, each time with more: the files, then the containers, then the servers' answers. */
	readonly onPartial?: ((stack: Stack) => void) | undefined;
};

/**
 * Finds out what is deployed. Truth in this order: what runs (labels, inspect, the servers' own answers), the model that
 * `docker compose config` resolves, the raw files. Without an engine the files alone are described (`engineReached` false), and when
 * Compose refuses the files, what runs (`source` containers). Throws stack-not-found, compose-file-invalid, docker-cli-missing,
 * compose-missing, and cancelled.
 */
export async function detectStack(
	target: ComposeTarget,
	tools: DetectTools,
	options: DetectOptions = {},
): Promise<Stack> {
	const {signal, onPartial} = options;
	// Every container is inspected at once, and each call listens to the one signal.
	if (signal) setMaxListeners(1000, signal);
	const desk = createServerDesk(tools, signal);
	const listing = settle(tools.docker.listContainers({all: true}, signal));
	const early = askEarly(target, listing, desk, tools);
	const files = await settle(loadStackFromFiles(target, tools, signal));
	if ('value' in files) onPartial?.(withWarnings(files.value, {composeWarnings: files.value.composeWarnings}));

	const listed = await listing;
	if ('error' in listed) {
		if ('error' in files)
			throw isAppError(files.error, 'stack-not-found') ? await explainAbsence(files.error, target, []) : files.error;
		if (!isAppError(listed.error) || listed.error.code === 'cancelled') throw listed.error;
		return finish(files.value, tools, {engineError: listed.error});
	}

	await early;
	const chosen = await chooseDraft(target, files, listed.value, desk, tools, signal);
	const {draft, containers, context} = chosen;
	const hashes =
		containers.length === 0 || draft.stack.source === 'containers'
			? undefined
			: readConfigHashes(draft.stack.target, tools, signal);
	const runtime = await desk.inspect(containers);
	const running = {...draft, stack: applyRuntime(draft.stack, runtime)};
	onPartial?.(withWarnings(running, {...context, composeWarnings: draft.composeWarnings}));
	const [answers, expectedHashes, embedded] = await Promise.all([
		desk.ask(running.stack, runtime),
		hashes,
		findEmbeddedServers(running.stack, tools, signal),
	]);
	const stack = applyAnswers(running.stack, answers, runtime);
	return finish({...draft, stack}, tools, {...context, expectedHashes, runtime, answers, embedded});
}

type Settled<Value> = {readonly value: Value} | {readonly error: unknown};

async function settle<Value>(promise: Promise<Value>): Promise<Settled<Value>> {
	try {
		return {value: await promise};
	} catch (error) {
		return {error};
	}
}

/** While Compose still resolves the files, the containers that carry their names are inspected and their servers asked. */
async function askEarly(
	target: ComposeTarget,
	listing: Promise<Settled<readonly ContainerSummary[]>>,
	desk: ServerDesk,
	{environment}: DetectTools,
): Promise<void> {
	const [listed, {files, projectDirectory}] = await Promise.all([
		listing,
		findComposeFiles(target, environment, readText),
	]);
	if ('error' in listed) return;
	const own = listed.value.filter(({labels}) =>
		target.projectName === undefined
			? isSameStack(labels, files, projectDirectory)
			: labels[composeLabels.project] === target.projectName,
	);
	await settle(desk.begin(own));
}

type Choice = {
	readonly draft: FilesDraft;
	readonly containers: readonly ContainerSummary[];
	readonly context: WarningContext;
};

async function chooseDraft(
	target: ComposeTarget,
	files: Settled<FilesDraft>,
	listed: readonly ContainerSummary[],
	desk: ServerDesk,
	tools: DetectTools,
	signal: AbortSignal | undefined,
): Promise<Choice> {
	if ('error' in files) return chooseWithoutFiles(target, files.error, listed, desk, tools, signal);
	const {stack} = files.value;
	const sameName = listed.filter(({labels}) => labels[composeLabels.project] === stack.project);
	const isOwn = ({labels}: ContainerSummary) => isSameStack(labels, stack.target.files, stack.directory);
	const named = target.projectName === undefined ? sameName.filter(isOwn) : sameName;
	const own =
		named.length > 0 || target.projectName !== undefined
			? named
			: onlyProject(listed.filter(({labels}) => sharesFile(labels, stack.target.files)));
	const stranger = sameName.find(container => !own.includes(container));
	const context = stranger ? {strangerDirectory: stranger.labels[composeLabels.directory] ?? ''} : {};
	const started = targetOfLabels(own, target.cwd);
	const explicit = target.files.length > 0 ? {files: target.files} : {};
	const differs =
		started !== undefined &&
		(started.projectName !== stack.project ||
			(target.files.length === 0 && !isEqualList(started.files.map(realPath), stack.target.files.map(realPath))));
	const reloaded = differs
		? await settle(loadStackFromFiles({...started, ...explicit, profiles: target.profiles}, tools, signal))
		: undefined;
	const draft = reloaded && 'value' in reloaded ? reloaded.value : files.value;
	return {draft: await withRunningProfiles(draft, own, tools, signal), containers: own, context};
}

/** Compose refuses the files here or there are none: what runs is described, from its own files where they are readable. */
async function chooseWithoutFiles(
	target: ComposeTarget,
	error: unknown,
	listed: readonly ContainerSummary[],
	desk: ServerDesk,
	tools: DetectTools,
	signal: AbortSignal | undefined,
): Promise<Choice> {
	if (!isAppError(error, 'compose-file-invalid') && !isAppError(error, 'stack-not-found')) throw error;
	const {files, projectDirectory} = await findComposeFiles(target, tools.environment, readText);
	const own = onlyProject(
		listed.filter(({labels}) =>
			target.projectName === undefined
				? isSameStack(labels, files, projectDirectory)
				: labels[composeLabels.project] === target.projectName,
		),
	);
	if (own.length === 0)
		throw isAppError(error, 'stack-not-found') ? await explainAbsence(error, target, listed) : error;
	const started = targetOfLabels(own, target.cwd);
	if (started !== undefined) {
		const loaded = await settle(loadStackFromFiles({...started, profiles: target.profiles}, tools, signal));
		if ('value' in loaded)
			return {draft: await withRunningProfiles(loaded.value, own, tools, signal), containers: own, context: {}};
		if (isAppError(loaded.error, 'cancelled')) throw loaded.error;
	}

	const runtime = await desk.inspect(own);
	const draft = await loadStackFromContainers(own, started ?? target, runtime, tools.environment);
	return {draft, containers: own, context: {refusal: error}};
}

/** Services that have containers but are not in the model wait behind a profile: the operator has enabled it. */
async function withRunningProfiles(
	draft: FilesDraft,
	containers: readonly ContainerSummary[],
	tools: DetectTools,
	signal: AbortSignal | undefined,
): Promise<FilesDraft> {
	const known = new Set(draft.stack.services.map(({name}) => name));
	const unknown = new Set(
		containers.flatMap(({labels}) => labels[composeLabels.service] ?? []).filter(name => !known.has(name)),
	);
	if (unknown.size === 0) return draft;
	const all = await settle(tools.compose.config(draft.stack.target, {allProfiles: true}, signal));
	if ('error' in all) return draft;
	const services = (all.value.model as {services?: Record<string, {profiles?: readonly string[]}>}).services ?? {};
	const profiles = [...unknown].flatMap(name => services[name]?.profiles?.[0] ?? []);
	if (profiles.length === 0) return draft;
	const target = {...draft.stack.target, profiles: [...new Set([...draft.stack.target.profiles, ...profiles])]};
	const reloaded = await settle(loadStackFromFiles(target, tools, signal));
	return 'value' in reloaded ? reloaded.value : draft;
}

/** Containers belong to the files when they were started in the same folder or with one of the same files, whatever their project is called. */
function isSameStack(labels: Readonly<Record<string, string>>, files: readonly string[], directory: string): boolean {
	const started = labels[composeLabels.directory];
	if (labels[composeLabels.project] === undefined || started === undefined) return false;
	return realPath(started) === realPath(directory) || sharesFile(labels, files);
}

function sharesFile(labels: Readonly<Record<string, string>>, files: readonly string[]): boolean {
	const theirs = (labels[composeLabels.files] ?? '').split(',').map(realPath);
	return files.some(file => theirs.includes(realPath(file)));
}

/** The containers, which must be of one project; throws stack-ambiguous when they are of several. */
function onlyProject(containers: readonly ContainerSummary[]): readonly ContainerSummary[] {
	const projects = [...new Set(containers.flatMap(({labels}) => labels[composeLabels.project] ?? []))].sort();
	if (projects.length <= 1) return containers;
	throw new AppError('stack-ambiguous', `These compose files run as several projects: ${projects.join(', ')}`, {
		hint: 'Say which one you mean with -p',
		fix: ['lifeboat', '-p', projects[0] ?? ''],
	});
}

const isEqualList = (one: readonly string[], other: readonly string[]) => one.join('\n') === other.join('\n');

function realPath(path: string): string {
	try {
		return realpathSync(path);
	} catch {
		return path;
	}
}

/** Services in whose containers a PostgreSQL runs beside the application; asked only where no service is a server. */
async function findEmbeddedServers(
	stack: Stack,
	{docker}: DetectTools,
	signal: AbortSignal | undefined,
): Promise<readonly string[]> {
	if (stack.databases.length > 0 || stack.external.length > 0) return [];
	const found = await Promise.all(
		stack.services.map(async ({name, state, containerIds: [id]}) => {
			if (state !== 'running' || id === undefined) return [];
			const commands = await settle(docker.top(id, signal));
			const isRunning =
				'value' in commands &&
				commands.value.some(command => /(?:^|[\s/])(?:postgres|postmaster)(?::|\s+-D|$)/.test(command));
			return isRunning ? [name] : [];
		}),
	);
	return found.flat();
}

function withWarnings(draft: FilesDraft, context: WarningContext): Stack {
	return {...draft.stack, warnings: findWarnings(draft.stack, draft.facts, context)};
}

function finish(draft: FilesDraft, tools: DetectTools, context: WarningContext): Stack {
	const {project, directory} = draft.stack;
	const backups = tools.settings.stack(project, directory).backups.length;
	return withWarnings(draft, {...context, composeWarnings: draft.composeWarnings, backups});
}
