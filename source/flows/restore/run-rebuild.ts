import {resolve} from 'node:path';
import {sanitizeLine, splitLines} from '../../engine/lines.js';
import {AppError} from '../../errors.js';
import {merge} from '../../merge.js';
import type {Operation} from '../../operation.js';
import type {Services} from '../../services.js';
import {detectStack} from '../../stack/detect.js';
import type {Stack} from '../../stack/stack.js';
import {journalsOf} from '../journals.js';
import {lastLines} from '../steps/writers.js';
import {openSource, type RestoreSource, readDecryptionKeys} from './open-source.js';
import type {RestorePlan} from './plan.js';
import type {RebuildPlan} from './plan-rebuild.js';
import {undoFiles, writeFiles} from './restore-files.js';
import type {SetUp} from './set-up.js';

/** Makes the plan of the restore into the stack that is there by now. */
export type PlanNext = (stack: Stack) => Promise<RestorePlan>;

/** What was set up, and how to take it back should the restore fail. */
export type SetUpStack = {readonly plan: RestorePlan; readonly setUp: SetUp};

/**
 * Sets up what a stack needs before it can be restored into: its files and its images. Returns the plan of the restore.
 * The backup is read to its end before anything is written; when the files do not make a stack that can be restored into, they go again.
 */
export async function* setUpStack(
	plan: RebuildPlan,
	planNext: PlanNext,
	services: Services,
	signal: AbortSignal,
): Operation<SetUpStack> {
	const keys = {passphraseFile: plan.answers.passphraseFile, identities: plan.answers.identities};
	const source = await openSource(resolve(services.cwd, plan.source.file), await readDecryptionKeys(keys, services));
	const lock = await journalsOf(services).lock(plan, `Setting up ${plan.project}`);
	try {
		yield* source.check(signal, plan.answers.trustCommands);
		return yield* layOut(plan, source, planNext, services, signal);
	} finally {
		await source.close();
		await lock.release();
	}
}

async function* layOut(
	plan: RebuildPlan,
	source: RestoreSource,
	planNext: PlanNext,
	services: Services,
	signal: AbortSignal,
): Operation<SetUpStack> {
	let isSound = false;
	try {
		yield* writeFiles(plan.files, source);
		yield {type: 'step-started', step: 'detect', title: 'Look at the stack that the files describe', canCancel: true};
		const stack = await detectStack(plan.target, services, {signal});
		yield {type: 'step-finished', step: 'detect', note: `${stack.project}, ${stack.services.length} services`};
		yield* pullImages(stack, services, signal);
		const next = await planNext(stack);
		const {project} = stack;
		const volumes = await services.docker.listVolumes({project}, signal);
		isSound = true;
		return {
			plan: next,
			setUp: {project, directory: plan.directory, files: plan.files, volumes: volumes.map(volume => volume.name)},
		};
	} finally {
		if (!isSound) await undoFiles(plan.files, false);
	}
}

/** Only what is not here: an image that was built or loaded by hand may be nowhere else. */
async function* pullImages(stack: Stack, services: Services, signal: AbortSignal): Operation<void> {
	const missing: string[] = [];
	for (const {name, image, build} of stack.services)
		if (!build && image !== null && (await services.docker.inspectImage(image, signal)) === undefined)
			missing.push(name);
	if (missing.length === 0) return;
	const step = 'pull';
	yield {type: 'step-started', step, title: `Pull the images of ${missing.join(', ')}`, canCancel: true};
	const args = ['pull', '--quiet', ...missing];
	const running = services.compose.start(stack.target, args, {signal});
	running.stdin.end();
	const tail: string[] = [];
	for await (const line of merge(splitLines(running.stdout), running.stderr)) {
		const shown = sanitizeLine(line).trim();
		if (shown === '') continue;
		tail.push(shown);
		yield {type: 'log', source: 'compose', stream: 'stderr', line: shown};
	}

	const {exitCode} = await running.exit;
	if (exitCode !== 0)
		throw new AppError('compose-failed', `Docker Compose cannot pull the images of ${missing.join(', ')}`, {
			hint: 'Sign in to the registry (docker login) or load the images, then try again',
			fix: ['docker', ...services.compose.argv(stack.target, args)],
			details: lastLines(tail.join('\n')),
		});
	yield {type: 'step-finished', step};
}
