import {readFile} from 'node:fs/promises';
import {createGit} from '../../engine/git.js';
import type {ComposeTarget} from '../../engine/types.js';
import {AppError} from '../../errors.js';
import type {Journal, UndoEntry} from '../../journal/journal.js';
import {emitting, type Operation, type OperationEvent} from '../../operation.js';
import type {PostgresClient} from '../../postgres/client.js';
import {dropDatabase} from '../../postgres/database.js';
import {describeExchange, exchangeDatabases, openDatabases} from '../../postgres/switch.js';
import type {Services} from '../../services.js';
import {saveFile} from '../../stack/save-file.js';
import {returnToBackup} from '../restore/restore-point.js';
import {reachServer, type ServerAddress} from '../steps/database-up.js';
import {throughRestart, waitForEngine} from '../steps/engine-up.js';
import {waitForHealth} from '../steps/health.js';
import type {HealthReport} from '../steps/health-rules.js';
import type {DeepReadonly} from '../steps/journal-schemas.js';
import {lastLines} from '../steps/writers.js';
import {runDocker} from './run-docker.js';
import {stopApplication} from './stop-application.js';
import {streamCompose} from './stream-compose.js';
import {type UndoOf, type UpgradeUndo, undoSchema} from './undo-data.js';

const titles = {
	start: 'Start the previous version',
	revision: 'Bring back the previous revision',
	images: 'Bring back the previous images',
	files: 'Bring back the files as they were',
	copies: 'Switch back to the data from before',
	backup: 'Load the data from before',
} as const satisfies Record<UpgradeUndo['kind'], string>;

const pullTimeoutMs = 1_800_000;

/** Phases in which the application still runs as before. */
const untouched: ReadonlySet<string> = new Set(['begun', 'preparing']);

/** Registers how to take back the step that comes next. */
export function willUndo<Kind extends UpgradeUndo['kind']>(
	journal: Journal,
	kind: Kind,
	data: DeepReadonly<UndoOf<Kind>>,
): Promise<void> {
	return journal.willUndo(kind, data);
}

/**
 * Takes an upgrade back: data, images, code and files, then starts what ran before and waits until it is healthy. Each entry is forgotten once it is done,
 * so that a killed run goes on where it was. Throws AppError rollback-failed with what is left to do.
 */
export async function* undoUpgrade(
	journal: Journal,
	services: Services,
	signal: AbortSignal,
): Operation<HealthReport | null> {
	const entries = journal.record.undo.toReversed();
	if (entries.length === 0) return null;
	yield* waitForEngine(services, signal);
	const wasStopped = !untouched.has(journal.record.phase);
	if (wasStopped) yield* throughRestart(services, signal, () => stopWhatWrites(entries, services, signal));
	let health: HealthReport | null = null;
	for (const entry of entries) {
		const undo = undoSchema.parse(entry);
		const step = `undo-${undo.kind}`;
		yield {type: 'step-started', step, title: titles[undo.kind], canCancel: false};
		try {
			const report = yield* throughRestart(services, signal, async function* () {
				if (undo.kind === 'start') return yield* startPrevious(undo.data, wasStopped, services, signal);
				yield* emitting(emit => takeBack(undo, services, signal, emit));
				return null;
			});
			health = report ?? health;
		} catch (error) {
			throw stoppedAt(undo.kind, error);
		}

		yield {type: 'step-finished', step};
		await journal.forget(entry);
	}

	return health;
}

function stoppedAt(kind: UpgradeUndo['kind'], error: unknown): unknown {
	if (error instanceof AppError && error.code === 'cancelled') return error;
	return new AppError(
		'rollback-failed',
		`The way back stopped at "${titles[kind]}": ${error instanceof Error ? error.message : String(error)}`,
		{
			hint: 'Mend what it says; then the command below goes on from there',
			fix: ['lifeboat', 'rollback', '--yes'],
			details: error instanceof AppError ? error.details : [],
			cause: error,
		},
	);
}

async function takeBack(
	undo: Exclude<UpgradeUndo, {kind: 'start'}>,
	services: Services,
	signal: AbortSignal,
	emit: (event: OperationEvent) => void,
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
			for (const image of undo.data) await nameImage(image, services, signal);
			return;
		case 'files':
			for (const {path, copy} of undo.data) await bringBackFile(path, copy);
			return;
		case 'copies':
			for (const [server, databases] of byServer(undo.data))
				await withServer(server, services, signal, client => switchBack(client, databases, signal));
			return;
		case 'backup': {
			const {server, file, databases} = undo.data;
			await withServer(server, services, signal, client => returnToBackup(client, file, databases, services, emit));
			return;
		}

		default:
			undo satisfies never;
	}
}

/** A prune of everything that no container uses takes even images with a name: then the registry has it, or the previous code makes it at the start. */
async function nameImage(
	{reference, imageId, digest, build}: UndoOf<'images'>[number],
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	if (imageId === null) {
		await services.processes.run('docker', ['image', 'rm', '--force', reference], {signal, timeoutMs: 60_000});
		return;
	}

	const message = `The engine cannot name the previous image ${reference} again`;
	const isHere = (await services.docker.inspectImage(imageId, signal)) !== undefined;
	if (isHere) return runDocker(services, ['tag', imageId, reference], message, signal);
	if (digest !== null) {
		await runDocker(
			services,
			['pull', '--quiet', digest],
			`The previous image ${digest} is gone`,
			signal,
			pullTimeoutMs,
		);
		await runDocker(services, ['tag', digest, reference], message, signal);
	} else if (!build)
		throw new AppError('tool-failed', `The previous image of ${reference} was removed from this engine`);
}

async function bringBackFile(path: string, copy: string): Promise<void> {
	const text = await readFile(copy, 'utf8');
	const now = await readFile(path, 'utf8').catch(() => undefined);
	if (now !== text) await saveFile(path, text);
}

function byServer(databases: UndoOf<'copies'>): ReadonlyMap<ServerAddress, UndoOf<'copies'>> {
	const names = [...new Set(databases.map(one => one.server.service))];
	return new Map(
		names.flatMap(service => {
			const own = databases.filter(one => one.server.service === service);
			return own[0] === undefined ? [] : [[own[0].server, own] as const];
		}),
	);
}

/** With the server that a service has now; one that is down is started first. */
export async function withServer(
	server: ServerAddress,
	services: Services,
	signal: AbortSignal,
	work: (client: PostgresClient) => Promise<void>,
): Promise<void> {
	const client = await reachServer(services, server, {
		operationId: `undo-${services.clock.now().toString(36)}`,
		signal,
	});
	try {
		await work(client);
	} finally {
		await client.dispose();
	}
}

/** Only a complete copy is switched to; an unfinished one is dropped and the live database stays. */
async function switchBack(client: PostgresClient, databases: UndoOf<'copies'>, signal: AbortSignal): Promise<void> {
	for (const {name, copy, failed, complete} of databases) {
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
}

/** Neither what the way back starts again nor a migration that a killed run left behind may write while it works. */
async function* stopWhatWrites(
	entries: readonly UndoEntry[],
	services: Services,
	signal: AbortSignal,
): Operation<void> {
	const start = entries.map(entry => undoSchema.parse(entry)).find(entry => entry.kind === 'start');
	if (start === undefined) return;
	const step = 'undo-stop';
	yield {type: 'step-started', step, title: 'Stop the application', canCancel: false};
	await stopApplication(start.data, services, signal);
	yield {type: 'step-finished', step};
}

async function* startPrevious(
	data: UndoOf<'start'>,
	wasStopped: boolean,
	services: Services,
	signal: AbortSignal,
): Operation<HealthReport> {
	yield* buildPruned(data, services, signal);
	if (wasStopped) await composeUp(data, services, signal);
	return yield* waitForHealth(services, {
		project: data.project,
		watch: data.watch,
		timeoutMs: data.timeoutMs,
		signal,
		step: 'undo-health',
		title: 'Wait until the previous version is healthy',
	});
}

async function composeUp(data: UndoOf<'start'>, services: Services, signal: AbortSignal): Promise<void> {
	if (data.services.length === 0) return;
	// The previous images are here under their names; a service that always pulls would fetch the new one again.
	const alone = data.forgotten.length > 0 ? ['--no-deps'] : [];
	const args = ['up', '--detach', '--no-build', '--pull', 'never', ...alone, ...data.services];
	const target: ComposeTarget = data.target;
	const result = await services.compose.run(target, args, {signal, timeoutMs: 300_000});
	if (result.exitCode === 0) return;
	throw new AppError('compose-failed', 'Docker Compose cannot start the previous version', {
		fix: ['docker', ...services.compose.argv(target, args)],
		details: lastLines(result.stderr),
	});
}

/** Under the name of an image that is gone stands the release's still: with it the migrations would run once more on the data that came back. */
async function* buildPruned(data: UndoOf<'start'>, services: Services, signal: AbortSignal): Operation<void> {
	const gone: string[] = [];
	for (const {service, imageId} of data.built)
		if (imageId === null || (await services.docker.inspectImage(imageId, signal)) === undefined) gone.push(service);
	if (gone.length === 0) return;
	yield* streamCompose(
		'undo-build',
		'Build the previous images again',
		['build', ...gone],
		data.target,
		services,
		signal,
	);
}
