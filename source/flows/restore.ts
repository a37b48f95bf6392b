import {availableParallelism} from 'node:os';
import {resolve} from 'node:path';
import {compareSecrets} from '../bundle/fingerprints.js';
import {AppError} from '../errors.js';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';
import {operationStamp} from '../stamp.js';
import {readSecretValues} from './backup/read-secrets.js';
import type {Flow} from './flow.js';
import {type RestoreAnswers, restoreAnswersSchema} from './restore/answers.js';
import {askFile, fileOf} from './restore/ask-file.js';
import {askingForKey} from './restore/ask-key.js';
import {readCaches} from './restore/caches.js';
import {openSource, type RestoreSource, readDecryptionKeys} from './restore/open-source.js';
import {describeRestore, type RestoreResult, restoreToJson} from './restore/outcome.js';
import {keptFormer} from './restore/place-databases.js';
import {planRestore, type RestoreFacts, type RestorePlan} from './restore/plan.js';
import {planFiles} from './restore/plan-files.js';
import {isRebuild, planRebuild, type RebuildPlan} from './restore/plan-rebuild.js';
import {planVolumes} from './restore/plan-volumes.js';
import {askRestore} from './restore/questions.js';
import {readTargets} from './restore/read-target.js';
import {reviewRestore} from './restore/review.js';
import {reviewRebuild} from './restore/review-rebuild.js';
import {runRestore} from './restore/run.js';
import {setUpStack} from './restore/run-rebuild.js';
import {takeHealthBaseline, watchAll} from './steps/health.js';
import {findMigrateServices} from './steps/migrate.js';
import {requireOwnEngine} from './steps/require-engine.js';
import {planWriters} from './steps/writers.js';

/** A backup or a dump into the stack, so that whatever fails leaves everything as it was. */
export const restoreFlow: Flow<RestoreAnswers, RestorePlan | RebuildPlan, RestoreResult> = {
	id: 'restore',
	title: 'Restore',
	answers: restoreAnswersSchema,
	async questions(stack, given, services, signal) {
		const file = fileOf(given);
		if (file === undefined) return [askFile('Which backup is to be restored?', given, stack, services)];
		return askingForKey(given, () =>
			withSource(given, file, services, async source => {
				if (await isRebuild(stack, given, source)) return [];
				return askRestore(stack, given, await readFacts(stack, given, source, services, signal), services, signal);
			}),
		);
	},
	prepare: (stack, answers, services, signal) =>
		withSource(answers, answers.file, services, async source =>
			(await isRebuild(stack, answers, source))
				? planRebuild(stack, answers, source, services, signal)
				: planRestore(stack, answers, await readFacts(stack, answers, source, services, signal)),
		),
	review: plan => (plan.mode === 'rebuild' ? reviewRebuild(plan) : reviewRestore(plan)),
	async *run(plan, services, signal) {
		if (plan.mode !== 'rebuild') return yield* runRestore(plan, services, signal);
		const planNext = (stack: Stack) => planInto(stack, plan.answers, services, signal);
		const next = yield* setUpStack(plan, planNext, services, signal);
		return yield* runRestore(next.plan, services, signal, next.setUp);
	},
	toJson: restoreToJson,
	outcome: describeRestore,
};

/** Secrets that are not what they were when the backup was made; none for a foreign dump. */
async function findChangedSecrets(
	source: RestoreSource,
	stack: Stack,
	services: Services,
	signal: AbortSignal,
): Promise<readonly string[]> {
	if (source.manifest === null) return [];
	const changes = compareSecrets(source.manifest.fingerprints, await readSecretValues(stack, services, signal));
	return changes.filter(change => change.state === 'changed').map(change => change.name);
}

const noFiles = {files: [], elsewhere: []};
const noVolumes = {volumes: [], unknown: []};

/** Opens the file, and closes it whatever happens. */
async function withSource<Result>(
	keys: Partial<RestoreAnswers>,
	file: string,
	services: Services,
	work: (source: RestoreSource) => Promise<Result>,
): Promise<Result> {
	const source = await openSource(resolve(services.cwd, file), await readDecryptionKeys(keys, services));
	try {
		return await work(source);
	} finally {
		await source.close();
	}
}

/** The restore into a stack that was just set up from the same backup. */
function planInto(
	stack: Stack,
	answers: RestoreAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<RestorePlan> {
	return withSource(answers, answers.file, services, async source => {
		const told = {...answers, config: false};
		const plan = planRestore(stack, told, await readFacts(stack, told, source, services, signal));
		if (plan.mode !== 'fresh') throw leadsToData(plan);
		return plan;
	});
}

/** The files of the backup name a server that is there already, with data: what becomes of that was in no plan that the user saw. */
function leadsToData({databases, targets, stack}: RestorePlan): AppError {
	const names = databases.flatMap(one => (keptFormer(one) === null ? [] : [`${one.name} on ${one.service}`]));
	const elsewhere = targets.some(target => target.external !== null);
	return new AppError(
		'preflight-failed',
		`The files of the backup lead to a database that holds data: ${names.join(', ')}`,
		{
			hint: `Put the files of config/ in the backup (unzip) into ${stack.directory}${elsewhere ? ', let them name the right database' : ''}, then restore there: the plan says what happens to that data`,
		},
	);
}

/** The servers that the user or the backup means, as far as they are named, and the version that the backup comes from. */
function describeOrigin({service}: Partial<RestoreAnswers>, {summary: {databases}}: RestoreSource) {
	return {
		named: [service, ...databases.map(database => database.service)].filter(name => name != null),
		major: databases.find(database => database.serverMajor !== null)?.serverMajor ?? undefined,
	};
}

async function readFacts(
	stack: Stack,
	answers: Partial<RestoreAnswers>,
	source: RestoreSource,
	services: Services,
	signal: AbortSignal,
): Promise<RestoreFacts> {
	await requireOwnEngine(stack, services, signal);
	const [targets, baseline, caches] = await Promise.all([
		readTargets(stack, describeOrigin(answers, source), services, signal),
		takeHealthBaseline(stack, services, signal),
		readCaches(stack, services, signal),
	]);
	const now = services.clock.now();
	const {manifest} = source;
	const isDown = targets.every(target => !target.running);
	return {
		now,
		source: await source.summarise(signal, answers.trustCommands ?? false),
		targets,
		writers: planWriters(stack),
		migrate: findMigrateServices(stack),
		watch: isDown ? watchAll(stack) : baseline,
		caches,
		config: manifest === null ? noFiles : await planFiles(manifest, stack.directory, operationStamp(now)),
		storage: manifest === null ? noVolumes : await planVolumes(manifest, stack, services.docker, signal),
		changedSecrets: await findChangedSecrets(source, stack, services, signal),
		processors: availableParallelism(),
	};
}
