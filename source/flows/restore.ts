import {availableParallelism} from 'node:os';
import {resolve} from 'node:path';
import {compareSecrets} from '../bundle/fingerprints.js';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';
import {readSecretValues} from './backup/read-secrets.js';
import type {Flow} from './flow.js';
import {type RestoreAnswers, restoreAnswersSchema} from './restore/answers.js';
import {readCaches} from './restore/caches.js';
import {openSource, type RestoreSource, readDecryptionKeys} from './restore/open-source.js';
import {describeRestore, type RestoreResult, restoreToJson} from './restore/outcome.js';
import {planRestore, type RestoreFacts, type RestorePlan} from './restore/plan.js';
import {askFile, askRestore} from './restore/questions.js';
import {readTargets} from './restore/read-target.js';
import {reviewRestore} from './restore/review.js';
import {runRestore} from './restore/run.js';
import {takeHealthBaseline, watchAll} from './steps/health.js';
import {findMigrateServices} from './steps/migrate.js';
import {planWriters} from './steps/writers.js';

/** A backup or a dump into the stack, so that whatever fails leaves everything as it was. */
export const restoreFlow: Flow<RestoreAnswers, RestorePlan, RestoreResult> = {
	id: 'restore',
	title: 'Restore',
	answers: restoreAnswersSchema,
	async questions(stack, given, services, signal) {
		if (given.file === undefined) return [askFile(stack, services)];
		const facts = await readFacts(stack, given, given.file, services, signal);
		return askRestore(stack, given, facts, services, signal);
	},
	prepare: async (stack, answers, services, signal) =>
		planRestore(stack, answers, await readFacts(stack, answers, answers.file, services, signal)),
	review: reviewRestore,
	run: runRestore,
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

async function readFacts(
	stack: Stack,
	answers: Partial<RestoreAnswers>,
	file: string,
	services: Services,
	signal: AbortSignal,
): Promise<RestoreFacts> {
	const keys = await readDecryptionKeys(answers, services);
	const source = await openSource(resolve(services.cwd, file), keys);
	try {
		const [targets, baseline, caches] = await Promise.all([
			readTargets(stack, services, signal),
			takeHealthBaseline(stack, services, signal),
			readCaches(stack, services, signal),
		]);
		const isDown = targets.every(target => !target.running);
		return {
			now: services.clock.now(),
			source: await source.summarise(signal),
			targets,
			writers: planWriters(stack),
			migrate: findMigrateServices(stack),
			watch: isDown ? watchAll(stack) : baseline,
			caches,
			changedSecrets: await findChangedSecrets(source, stack, services, signal),
			processors: availableParallelism(),
		};
	} finally {
		await source.close();
	}
}
