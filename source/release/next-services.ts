import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, dirname, join, relative} from 'node:path';
import * as z from 'zod';
import type {Git} from '../engine/git.js';
import type {Compose, ComposeTarget} from '../engine/types.js';
import {AppError, isAppError} from '../errors.js';
import {readFileAt} from './repository.js';

/** A service as compose files have it. */
export type ComposedService = {
	readonly name: string;
	/** Null when it is built without a name. */
	readonly image: string | null;
	readonly build: boolean;
	readonly environment: Readonly<Record<string, string | null>>;
};

export type NextServices =
	| {readonly services: readonly ComposedService[]}
	/** Compose refuses the files of the release. */
	| {readonly refusal: AppError};

const modelSchema = z.object({
	services: z.record(
		z.string(),
		z.object({
			image: z.string().nullish(),
			build: z.unknown().optional(),
			environment: z.record(z.string(), z.string().nullable()).nullish(),
		}),
	),
});

/** The services of a stack by the files of today. Throws what Compose refuses. */
export async function readServices(
	target: ComposeTarget,
	compose: Pick<Compose, 'config'>,
	signal?: AbortSignal,
): Promise<readonly ComposedService[]> {
	const {model} = await compose.config(target, {}, signal);
	const parsed = modelSchema.safeParse(model);
	if (!parsed.success)
		throw new AppError('compose-file-invalid', 'Docker Compose printed a model of an unknown shape', {
			hint: 'Update Docker Compose to 2.20 or newer',
			cause: parsed.error,
		});
	return Object.entries(parsed.data.services).map(([name, service]) => ({
		name,
		image: service.image ?? null,
		build: service.build !== undefined && service.build !== null,
		environment: service.environment ?? {},
	}));
}

/**
 * The services as a release would have them, before its files are there: Compose resolves its compose files with the env files and overrides of today,
 * in a folder that goes away. Files that the release does not know (the user's own overrides) are taken as they are.
 */
export async function readNextServices(
	release: {readonly git: Git; readonly root: string; readonly revision: string},
	stack: {readonly target: ComposeTarget; readonly project: string; readonly directory: string},
	compose: Pick<Compose, 'config'>,
	signal?: AbortSignal,
): Promise<NextServices> {
	const folder = await mkdtemp(join(tmpdir(), 'lifeboat-release-'));
	try {
		const files = await Promise.all(
			stack.target.files.map(async (file, index) => {
				const path = relative(release.root, file);
				const text = path.startsWith('..') ? undefined : await readFileAt(release.git, release.revision, path, signal);
				if (text === undefined) return file;
				const copy = join(folder, `${index}-${basename(file)}`);
				await writeFile(copy, text, {mode: 0o600});
				return copy;
			}),
		);
		const [first] = stack.target.files;
		const projectDirectory = stack.target.projectDirectory ?? (first === undefined ? stack.directory : dirname(first));
		return {
			services: await readServices(
				{...stack.target, files, projectDirectory, projectName: stack.project},
				compose,
				signal,
			),
		};
	} catch (error) {
		if (isAppError(error, 'compose-file-invalid')) return {refusal: error};
		throw error;
	} finally {
		await rm(folder, {recursive: true, force: true});
	}
}

/** The variable without which Compose refuses files: `required variable X is missing a value`. */
export function missingVariable(refusal: AppError): string | undefined {
	return /required variable (\w+) is missing a value/.exec([refusal.message, ...refusal.details].join('\n'))?.[1];
}
