import {availableParallelism} from 'node:os';
import {resolve} from 'node:path';
import {isAppError} from '../errors.js';
import type {Operation} from '../operation.js';
import type {Services} from '../services.js';
import type {Stack} from '../stack/stack.js';
import type {Flow, Question} from './flow.js';
import {askFile, fileOf} from './restore/ask-file.js';
import {askingForKey} from './restore/ask-key.js';
import {openSource, readDecryptionKeys} from './restore/open-source.js';
import {chooseJobs} from './restore/plan.js';
import {describeVerify, isVerified, type VerifyResult, verifyToJson} from './verify/outcome.js';
import {reviewVerify, type VerifyAnswers, type VerifyPlan, verifyAnswersSchema} from './verify/plan.js';
import {runVerify} from './verify/run.js';

/** Proves that a backup restores. */
export const verifyFlow: Flow<VerifyAnswers, VerifyPlan, VerifyResult> = {
	id: 'verify',
	title: 'Verify a backup',
	answers: verifyAnswersSchema,
	async questions(stack, given, services) {
		const file = fileOf(given);
		if (file === undefined) return [askFile('Which backup is to be verified?', given, stack, services)];
		return askAboutKey(file, given, services);
	},
	prepare: prepareVerify,
	review: reviewVerify,
	run: runVerify,
	toJson: verifyToJson,
	outcome: describeVerify,
	exitCode: result => (isVerified(result) ? 0 : 4),
};

/** Asks for the key of an encrypted backup. Whatever else is wrong with the file is what the verification has to say. */
async function askAboutKey(
	file: string,
	given: Partial<VerifyAnswers>,
	services: Services,
): Promise<readonly Question[]> {
	try {
		return await askingForKey(given, async () => {
			const source = await openSource(resolve(services.cwd, file), await readDecryptionKeys(given, services));
			await source.close();
			return [];
		});
	} catch (error) {
		if (!isAppError(error)) throw error;
		return [];
	}
}

/** Verifies a backup that was just made, as `backup --verify` does: the same plan and run as the command's. */
export async function* verifyBackup(
	file: string,
	stack: Stack,
	keys: Pick<VerifyAnswers, 'passphraseFile' | 'identities'>,
	services: Services,
	signal: AbortSignal,
): Operation<VerifyResult> {
	const answers = verifyAnswersSchema.parse({file, ...keys});
	return yield* runVerify(await prepareVerify(stack, answers, services, signal), services, signal);
}

/** Plans a verification; outside of a stack (`null`) the file alone says what image it needs. */
export async function prepareVerify(
	stack: Stack | null,
	answers: VerifyAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<VerifyPlan> {
	const file = resolve(services.cwd, answers.file);
	const obstacle = answers.checksums ? null : await findObstacle(services, signal);
	const lesser = answers.checksums || obstacle !== null;
	return {
		file,
		level: lesser ? 'checksums' : 'restored',
		whyLesser: obstacle,
		images: lesser ? [] : await findImages(file, stack, answers, services, signal),
		imageIsChosen: answers.image !== undefined,
		keys: {passphraseFile: answers.passphraseFile ?? null, identities: answers.identities},
		jobs: answers.jobs ?? chooseJobs(availableParallelism()),
		stack: stack === null ? null : {project: stack.project, directory: stack.directory},
	};
}

/** Why nothing can be restored here; null when it can. */
async function findObstacle(services: Services, signal: AbortSignal): Promise<string | null> {
	try {
		await services.docker.info(signal);
		return null;
	} catch (error) {
		if (!isAppError(error) || error.code === 'cancelled') throw error;
		return `Nothing was restored, because there is no Docker engine here: ${error.message}`;
	}
}

/** Images that are here, best first: the named one, the backup's own, those of the stack, the official one of the same major version. */
async function findImages(
	file: string,
	stack: Stack | null,
	answers: VerifyAnswers,
	services: Services,
	signal: AbortSignal,
): Promise<readonly string[]> {
	if (answers.image !== undefined) return [answers.image];
	const {images, majors} = await readImages(file, answers, services);
	const candidates = [
		...images,
		...(stack?.databases ?? []).flatMap(database => database.image ?? []),
		...[...majors, 17, 18, 16].map(major => `postgres:${major}`),
	];
	const here: string[] = [];
	for (const image of new Set(candidates))
		if ((await services.docker.inspectImage(image, signal)) !== undefined) here.push(image);
	return here.length > 0 ? here : candidates.slice(0, 1);
}

/** What the file says about where it comes from. A file that cannot be read is told when the verification runs. */
async function readImages(
	file: string,
	answers: VerifyAnswers,
	services: Services,
): Promise<{readonly images: readonly string[]; readonly majors: readonly number[]}> {
	try {
		const source = await openSource(file, await readDecryptionKeys(answers, services));
		try {
			return {
				images: (source.manifest?.servers ?? []).flatMap(server => server.image ?? []),
				majors: source.summary.databases.flatMap(database => database.serverMajor ?? []),
			};
		} finally {
			await source.close();
		}
	} catch (error) {
		if (!isAppError(error) || error.code === 'file-not-found' || error.code === 'usage') throw error;
		return {images: [], majors: []};
	}
}
