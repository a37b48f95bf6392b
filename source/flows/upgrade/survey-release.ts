import {relative} from 'node:path';
import {createGit, type Git} from '../../engine/git.js';
import type {AppError} from '../../errors.js';
import {isEnvExample} from '../../release/env-examples.js';
import {imagesInText} from '../../release/image-majors.js';
import {findMigrations} from '../../release/migrations.js';
import {type ComposedService, readNextServices} from '../../release/next-services.js';
import {findNewNotes, isReleaseNotes} from '../../release/notes.js';
import {
	type Incoming,
	type RepositoryState,
	readFileAt,
	readIncoming,
	readRepository,
} from '../../release/repository.js';
import type {Services} from '../../services.js';
import type {Stack} from '../../stack/stack.js';
import type {UpgradeAnswers} from './answers.js';
import type {UpgradeFacts} from './facts.js';
import {type EnvDifference, surveyEnvironment} from './survey-env.js';

export type SurveyedRelease = {
	readonly repository: UpgradeFacts['repository'];
	readonly environment: readonly EnvDifference[];
	/** The services as they will be. */
	readonly next: readonly ComposedService[];
	readonly refusal: AppError | null;
};

/** What runs after an upgrade that brings no new files. */
export function nothingNew(today: readonly ComposedService[], repository: UpgradeFacts['repository']): SurveyedRelease {
	return {repository, environment: [], next: today, refusal: null};
}

/** What the repository of the stack would bring: commits, files, services. Fetches; changes nothing. Throws AppError. */
export async function surveyRelease(
	stack: Stack,
	answers: {readonly to?: UpgradeAnswers['to']},
	today: readonly ComposedService[],
	services: Services,
	signal: AbortSignal,
): Promise<SurveyedRelease> {
	const git = createGit(services.processes, stack.directory);
	const onlyPulls = stack.upgradeMode === 'pull' && answers.to === undefined && !today.some(one => one.build);
	const state = onlyPulls
		? await readRepository(git, signal).catch(() => undefined)
		: await readRepository(git, signal);
	// Images are pulled, yet the compose file itself may come from a repository that is followed.
	if (state === undefined || (onlyPulls && state.upstream === null)) return nothingNew(today, null);
	const base = {root: state.root, branch: state.branch, from: state, localChanges: state.localChanges};
	const incoming = await readIncoming(git, state, answers.to, signal);
	if (incoming === undefined) return nothingNew(today, {...describeNothing, ...base, from: revisionOf(state)});
	const [environment, next, notes] = await Promise.all([
		surveyEnvironment(git, state, incoming, stack, signal),
		surveyServices(git, state, incoming, stack, today, services, signal),
		readNotes(git, state, incoming, signal),
	]);
	return {
		repository: {
			...base,
			from: revisionOf(state),
			...describeIncoming(state, incoming, stack),
			notes,
		},
		environment,
		...next,
	};
}

const describeNothing = {
	to: null,
	commits: [],
	changedComposeFiles: [],
	changedEnvExamples: [],
	migrations: {added: [], changed: [], tools: []},
	notes: [],
	relation: 'ahead',
	conflicts: [],
} as const;

function revisionOf({revision, version}: RepositoryState | Incoming) {
	return {revision, version};
}

function describeIncoming(state: RepositoryState, incoming: Incoming, stack: Stack) {
	const migrations = findMigrations(incoming.files);
	const changed = new Set(incoming.files.map(file => file.path));
	return {
		to: revisionOf(incoming),
		commits: incoming.commits,
		changedComposeFiles: composePaths(state, stack).filter(path => changed.has(path)),
		changedEnvExamples: incoming.files.map(file => file.path).filter(isEnvExample),
		migrations: {
			added: migrations.added.map(one => one.name),
			changed: migrations.changed.map(one => one.name),
			tools: [...new Set(migrations.added.map(one => one.tool))],
		},
		relation: incoming.relation,
		conflicts: findConflicts(state, incoming),
	};
}

function composePaths(state: RepositoryState, stack: Stack): readonly string[] {
	return stack.target.files.map(file => relative(state.root, file)).filter(path => !path.startsWith('..'));
}

/** The user's own changes, and files that git does not know yet, where the release writes too. Git tells of an unknown folder as a whole, with a slash. */
function findConflicts(state: RepositoryState, incoming: Incoming): readonly string[] {
	const changed = new Set(incoming.files.map(file => file.path));
	const added = incoming.files.filter(file => file.status === 'A').map(file => file.path);
	return [
		...state.localChanges.filter(path => changed.has(path)),
		...added.filter(path => state.untracked.some(own => (own.endsWith('/') ? path.startsWith(own) : path === own))),
	];
}

async function surveyServices(
	git: Git,
	state: RepositoryState,
	incoming: Incoming,
	stack: Stack,
	today: readonly ComposedService[],
	services: Services,
	signal: AbortSignal,
): Promise<Pick<SurveyedRelease, 'next' | 'refusal'>> {
	const release = {git, root: state.root, revision: incoming.revision};
	const found = await readNextServices(release, stack, services.compose, signal);
	if ('services' in found) return {next: found.services, refusal: null};
	// At least the images that the files name, so that a jump of the major is caught.
	const changed = new Set(incoming.files.map(file => file.path));
	const named = new Map<string, string>();
	for (const path of composePaths(state, stack).filter(one => changed.has(one))) {
		const text = (await readFileAt(git, incoming.revision, path, signal)) ?? '';
		for (const [service, image] of imagesInText(text, variable => services.environment[variable]))
			named.set(service, image);
	}

	return {
		next: today.map(service => ({...service, image: named.get(service.name) ?? service.image})),
		refusal: found.refusal,
	};
}

async function readNotes(
	git: Git,
	state: RepositoryState,
	incoming: Incoming,
	signal: AbortSignal,
): Promise<readonly string[]> {
	const file = incoming.files.find(one => one.status !== 'D' && isReleaseNotes(one.path))?.path;
	if (file === undefined) return [];
	const [before, after] = await Promise.all([
		readFileAt(git, state.revision, file, signal),
		readFileAt(git, incoming.revision, file, signal),
	]);
	return after === undefined ? [] : findNewNotes(before, after);
}
