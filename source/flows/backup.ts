import {statfs} from 'node:fs/promises';
import {dirname} from 'node:path';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';
import {measureStorage} from '../stack/storage-archive.js';
import {type BackupAnswers, backupAnswersSchema} from './backup/answers.js';
import {chooseOutput} from './backup/choose-output.js';
import {type BackupResult, backupToJson, describeBackup} from './backup/outcome.js';
import {type BackupFacts, type BackupPlan, planBackup} from './backup/plan.js';
import {askBackup} from './backup/questions.js';
import {passphraseVariable} from './backup/read-key.js';
import {reviewBackup} from './backup/review.js';
import {runBackup} from './backup/run.js';
import type {Flow} from './flow.js';
import {requireOwnEngine} from './steps/require-engine.js';

const measuringTimeoutMs = 20_000;

/** Databases, roles, configuration and files of a stack into one bundle. */
export const backupFlow: Flow<BackupAnswers, BackupPlan, BackupResult> = {
	id: 'backup',
	title: 'Back up',
	answers: backupAnswersSchema,
	questions: async (stack, given, services, signal) => {
		await requireOwnEngine(stack, services, signal);
		return askBackup(stack, given, services.settings.stack(stack.project, stack.directory));
	},
	prepare: async (stack, answers, services, signal) => {
		await requireOwnEngine(stack, services, signal);
		return planBackup(stack, answers, await readFacts(stack, answers, services, signal));
	},
	review: reviewBackup,
	run: runBackup,
	toJson: backupToJson,
	outcome: describeBackup,
	exitCode: result => (result.verified.ok ? 0 : 4),
};

async function readFacts(
	stack: Stack,
	answers: BackupAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<BackupFacts> {
	const memory = services.settings.stack(stack.project, stack.directory);
	const preferences = services.settings.preferences();
	const output = chooseOutput({
		output: answers.output,
		environment: services.environment,
		preferred: preferences.backupDirectory,
		stackDirectory: stack.directory,
		cwd: services.cwd,
	});
	const storage = answers.volumes === false ? noStorage : await lookAtStorage(stack, services, signal);
	return {
		...storage,
		output,
		freeBytes: await readFreeBytes(output.directory),
		previousBytes: memory.backups.at(-1)?.bytes ?? null,
		tableGroups: memory.tableGroups,
		hasPassphrase: Boolean(services.environment[passphraseVariable]),
		verifyByDefault: preferences.verifyAfterBackup,
	};
}

const noStorage = {volumeImage: null, volumeSizes: new Map<string, number>()};

/** Finds an image that is here and can read the volumes, the database's first, and measures them with it. */
async function lookAtStorage(
	stack: Stack,
	services: Services,
	signal: AbortSignal,
): Promise<Pick<BackupFacts, 'volumeImage' | 'volumeSizes'>> {
	const sources = stack.durable.flatMap(one => {
		const source = one.source ?? (one.type === 'bind' ? one.name : null);
		return source === null || source === undefined ? [] : [{type: one.type, source}];
	});
	if (sources.length === 0) return noStorage;
	const images = [...stack.databases, ...stack.services].flatMap(one => (one.image === null ? [] : [one.image]));
	for (const image of new Set(images)) {
		if ((await services.docker.inspectImage(image, signal)) === undefined) continue;
		const options = {sources, image, project: stack.project, timeoutMs: measuringTimeoutMs};
		const volumeSizes = await measureStorage(services.processes, options, signal);
		if (volumeSizes !== undefined) return {volumeImage: image, volumeSizes};
	}

	return noStorage;
}

/** Free bytes where a folder lies or will lie; null when neither it nor its parent is there. */
async function readFreeBytes(folder: string): Promise<number | null> {
	for (const path of [folder, dirname(folder)]) {
		try {
			const {bavail, bsize} = await statfs(path);
			return bavail * bsize;
		} catch {
			// The next one.
		}
	}

	return null;
}
