import {copyFile} from 'node:fs/promises';
import {z} from 'zod';
import {createGit} from '../../engine/git.js';
import type {ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import type {Journal, UndoEntry} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {dropDatabase} from '../../postgres/database.js';
import {openContainerClient} from '../../postgres/open-client.js';
import {describeExchange, exchangeDatabases, openDatabases} from '../../postgres/switch.js';
import type {Services} from '../../services.js';
import {type WatchedService, waitForHealth} from '../steps/health.js';
import type {HealthReport} from '../steps/health-rules.js';
import {lastLines} from '../steps/writers.js';

/** What an upgrade may have to take back, registered in this order before each step; taken back in the reverse order. */
export type UpgradeUndo =
	| {
			readonly kind: 'start';
			readonly data: {
				readonly target: ComposeTarget;
				readonly services: readonly string[];
				readonly project: string;
				readonly watch: readonly WatchedService[];
				readonly timeoutMs: number;
			};
	  }
	| {
			readonly kind: 'revision';
			readonly data: {readonly root: string; readonly branch: string | null; readonly revision: string};
	  }
	| {readonly kind: 'images'; readonly data: readonly {readonly reference: string; readonly imageId: string}[]}
	| {readonly kind: 'files'; readonly data: readonly {readonly path: string; readonly copy: string}[]}
	| {readonly kind: 'databases'; readonly data: readonly CopiedDatabase[]};

export type CopiedDatabase = {
	readonly service: string;
	readonly user: string;
	readonly name: string;
	readonly copy: string;
	readonly failed: string;
	readonly complete: boolean;
};

const targetSchema = z.object({
	files: z.array(z.string()),
	projectName: z.string().optional(),
	projectDirectory: z.string().optional(),
	profiles: z.array(z.string()),
	envFiles: z.array(z.string()),
	cwd: z.string(),
});
const watchedSchema = z.object({
	name: z.string(),
	healthUrl: z.string().nullable(),
	usualStatus: z.number().nullable(),
	required: z.boolean(),
});
const undoSchema = z.discriminatedUnion('kind', [
	z.object({
		kind: z.literal('start'),
		data: z.object({
			target: targetSchema,
			services: z.array(z.string()),
			project: z.string(),
			watch: z.array(watchedSchema),
			timeoutMs: z.number(),
		}),
	}),
	z.object({
		kind: z.literal('revision'),
		data: z.object({root: z.string(), branch: z.string().nullable(), revision: z.string()}),
	}),
	z.object({kind: z.literal('images'), data: z.array(z.object({reference: z.string(), imageId: z.string()}))}),
	z.object({kind: z.literal('files'), data: z.array(z.object({path: z.string(), copy: z.string()}))}),
	z.object({
		kind: z.literal('databases'),
		data: z.array(
			z.object({
				service: z.string(),
				user: z.string(),
				name: z.string(),
				copy: z.string(),
				failed: z.string(),
				complete: z.boolean(),
			}),
		),
	}),
]);

const titles = {
	start: 'Start the previous version',
	revision: 'Bring back the previous revision',
	images: 'Bring back the previous images',
	files: 'Bring back the files as they were',
	databases: 'Switch back to the data from before',
} as const satisfies Record<UpgradeUndo['kind'], string>;

/**
 * Takes an upgrade back: data, files, images and code, then starts what ran before and waits until it is healthy. Each entry is forgotten once it is done,
 * so that a killed run goes on where it was. Throws AppError rollback-failed with what is left to do.
 */
export async function* undoUpgrade(
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<HealthReport | null> {
	let health: HealthReport | null = null;
	const entries = journal.record.undo.toReversed();
	if (entries.length > 0) yield* stopApplication(entries, services, signal);
	for (const entry of entries) {
		const undo = undoSchema.parse(entry) as UpgradeUndo;
		const step = `undo-${undo.kind}`;
		yield {type: 'step-started', step, title: titles[undo.kind], canCancel: false};
		try {
			if (undo.kind === 'start') health = yield* startPrevious(undo.data, services, signal);
			else await takeBack(undo, journal.record.project, services, signal);
		} catch (error) {
			if (error instanceof AppError && error.code === 'cancelled') throw error;
			throw new AppError(
				'rollback-failed',
				`The way back stopped at "${titles[undo.kind]}": ${error instanceof Error ? error.message : String(error)}`,
				{
					hint: 'Mend what it says; then the command below goes on from there',
					fix: ['lifeboat', 'rollback', '--yes'],
					details: error instanceof AppError ? error.details : [],
					cause: error,
				},
			);
		}

		yield {type: 'step-finished', step};
		await journal.forget(entry);
	}

	return health;
}

async function takeBack(
	undo: Exclude<UpgradeUndo, {kind: 'start'}>,
	project: string,
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	switch (undo.kind) {
		case 'revision': {
			const git = createGit(services.processes, undo.data.root);
			// --keep moves the branch and leaves the user's own changes alone; it refuses where it could lose one.
			if (undo.data.branch === null) await git.read(['checkout', '--quiet', '--detach', undo.data.revision], signal);
			else await git.read(['reset', '--quiet', '--keep', undo.data.revision], signal);
			return;
		}

		case 'images':
			for (const {reference, imageId} of undo.data)
				await must(
					services,
					['tag', imageId, reference],
					`The engine cannot name the previous image ${reference} again`,
					signal,
				);
			return;
		case 'files':
			for (const {path, copy} of undo.data) await copyFile(copy, path);
			return;
		case 'databases':
			await switchBack(undo.data, project, services, signal);
			return;
		default:
			undo satisfies never;
	}
}

/** Services that the way back starts again must not write while it works. */
async function* stopApplication(
	entries: readonly UndoEntry[],
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	const start = entries.map(entry => undoSchema.parse(entry)).find(entry => entry.kind === 'start');
	if (start === undefined || !entries.some(entry => entry.kind === 'databases')) return;
	const {target, services: names} = start.data;
	yield {type: 'step-started', step: 'undo-stop', title: 'Stop the application', canCancel: false};
	if (names.length > 0)
		await services.compose.run(target as ComposeTarget, ['stop', '--timeout', '5', ...names], {
			signal,
			timeoutMs: 120_000,
		});
	yield {type: 'step-finished', step: 'undo-stop'};
}

async function* startPrevious(
	data: Extract<UpgradeUndo, {kind: 'start'}>['data'],
	services: Services,
	signal: AbortSignal,
): Operation<HealthReport> {
	const args = ['up', '--detach', '--no-build', ...data.services];
	const result =
		data.services.length === 0
			? undefined
			: await services.compose.run(data.target, args, {signal, timeoutMs: 300_000});
	if (result !== undefined && result.exitCode !== 0) {
		throw new AppError('compose-failed', 'Docker Compose cannot start the previous version', {
			fix: ['docker', ...services.compose.argv(data.target, args)],
			details: lastLines(result.stderr),
		});
	}

	return yield* waitForHealth(services, {
		project: data.project,
		watch: data.watch,
		timeoutMs: data.timeoutMs,
		signal,
		step: 'undo-health',
		title: 'Wait until the previous version is healthy',
	});
}

/** Only a complete copy is switched to; an unfinished one is dropped and the live database stays. */
async function switchBack(
	databases: readonly CopiedDatabase[],
	project: string,
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	for (const service of new Set(databases.map(one => one.service))) {
		const [container] = (await services.docker.listContainers({project}, signal)).filter(
			one => one.labels['com.docker.compose.service'] === service && one.labels['com.docker.compose.oneoff'] !== 'True',
		);
		const own = databases.filter(one => one.service === service);
		const [first] = own;
		if (container === undefined || first === undefined)
			throw new AppError('database-not-running', `The database ${service} has no container`, {
				hint: 'Start it, then go on',
				fix: ['docker', 'compose', 'up', '-d', service],
			});
		const client = await openContainerClient({
			...services,
			containerId: container.id,
			service,
			user: first.user,
			operationId: `undo-${Date.now().toString(36)}`,
			signal,
		});
		try {
			for (const {name, copy, failed, complete} of own) {
				if (!complete) {
					await dropDatabase(client, copy, {signal});
					continue;
				}

				const exchange = {live: name, incoming: copy, former: failed};
				const {state, closed} = await describeExchange(client, exchange, {signal});
				if (state === 'not-started') await exchangeDatabases(client, [exchange], {signal});
				else if (state === 'broken')
					throw new AppError(
						'rollback-failed',
						`The databases ${name}, ${copy} and ${failed} are not as this upgrade left them`,
						{hint: 'Look at them with psql: one of them was renamed or dropped by hand'},
					);
				else await openDatabases(client, closed, {signal});
			}
		} finally {
			await client.dispose();
		}
	}
}

async function must(services: Services, args: readonly string[], message: string, signal: AbortSignal): Promise<void> {
	const result = await services.processes.run('docker', args, {signal, timeoutMs: 60_000});
	if (result.exitCode !== 0)
		throw new AppError('tool-failed', message, {fix: ['docker', ...args], details: lastLines(result.stderr)});
}
