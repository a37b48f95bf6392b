import * as z from 'zod';
import {AppError, toAppError} from '../../errors.js';
import type {Journal, UndoEntry} from '../../journal/journal.js';
import {emitting, type Operation, type OperationEvent} from '../../operation.js';
import type {PostgresClient} from '../../postgres/client.js';
import {type DatabaseTemplate, dropDatabase} from '../../postgres/database.js';
import {describeExchange, openDatabases, undoExchange} from '../../postgres/switch.js';
import type {Services} from '../../services.js';
import {undoStorage} from '../../stack/storage-restore.js';
import {reachServer, type ServerAddress} from '../steps/database-up.js';
import {throughRestart} from '../steps/engine-up.js';
import {addressSchema, type DeepReadonly, targetSchema} from '../steps/journal-schemas.js';
import {recreateWriters, refreshWriters, startWriters, stopWriters} from '../steps/writers.js';
import {undoFiles} from './restore-files.js';
import {restorePoint} from './restore-point.js';
import {undoSetUp} from './set-up.js';

const stoppedSchema = z.array(z.object({service: z.string(), containerIds: z.array(z.string())}));
const writersSchema = z.object({writers: stoppedSchema, poolers: stoppedSchema});
const fileSchema = z.object({
	part: z.string(),
	path: z.string(),
	name: z.string(),
	mode: z.number(),
	former: z.string().nullable(),
});
const storageSchema = z.object({
	type: z.enum(['volume', 'bind']),
	source: z.string(),
	label: z.string(),
	image: z.string(),
	project: z.string(),
	id: z.string(),
});
const setUpSchema = z.object({
	project: z.string(),
	directory: z.string(),
	files: z.array(fileSchema),
	volumes: z.array(z.string()),
});
const exchangeSchema = z.object({live: z.string(), incoming: z.string(), former: z.string().nullable()});

/** What each kind of undo needs. Every one does no harm when its step never happened, or was taken back already. */
const undoSchemas = {
	/** A stack that was set up for the restore. */
	'set-up': setUpSchema,
	/** A database that the restore created. */
	'drop-database': z.object({server: addressSchema, name: z.string()}),
	/** Services that were stopped, or are about to be. */
	'start-writers': z.object({target: targetSchema, writers: writersSchema, recreate: z.boolean()}),
	/** Compose files and env files that were written. `keep` leaves what is there now beside them. */
	files: z.object({files: z.array(fileSchema), keep: z.boolean()}),
	/** A volume or folder whose content was exchanged, or is about to be. */
	'storage-back': z.object({storage: storageSchema, keep: z.boolean()}),
	/** Databases that were exchanged by rename: stop who writes, rename back. */
	'exchange-back': z.object({server: addressSchema, exchanges: z.array(exchangeSchema), writers: writersSchema}),
	/** Databases replaced in place: restored from the backup that was taken before. */
	'restore-point': z.object({
		server: addressSchema,
		file: z.string(),
		databases: z.array(z.object({name: z.string(), oid: z.number(), template: z.custom<DatabaseTemplate>()})),
	}),
} as const;

/** The way out is not cancelled. */
const neverAborted = new AbortController().signal;

export type UndoKind = keyof typeof undoSchemas;
export type UndoData<Kind extends UndoKind> = DeepReadonly<z.infer<(typeof undoSchemas)[Kind]>>;

export type UndoServices = Services;
type Emit = (event: OperationEvent) => void;
type Handler<Kind extends UndoKind> = (data: UndoData<Kind>, services: UndoServices, emit: Emit) => Promise<void>;

const handlers: {readonly [Kind in UndoKind]: Handler<Kind>} = {
	'set-up': (data, services) => undoSetUp(data, services),
	'drop-database': ({server, name}, services) => withServer(services, server, client => dropDatabase(client, name)),
	'start-writers': ({target, writers, recreate}, services) =>
		recreate ? recreateWriters(services, target, writers) : startWriters(services, target, writers),
	files: ({files, keep}) => undoFiles(files, keep),
	'storage-back': ({storage, keep}, services) => undoStorage(services.processes, storage, keep),
	'exchange-back': ({server, exchanges, writers}, services) =>
		withServer(services, server, async client => {
			const states = await Promise.all(exchanges.map(exchange => describeExchange(client, exchange)));
			const done = exchanges.filter((_, index) => states[index]?.state === 'done');
			if (done.length > 0) {
				await stopWriters(services, await refreshWriters(services, server.project, writers));
				await undoExchange(client, done);
			}

			await openDatabases(
				client,
				states.flatMap(state => (state.state === 'done' ? [] : state.closed)),
			);
		}),
	'restore-point': ({server, file, databases}, services, emit) =>
		withServer(services, server, client => restorePoint(client, file, databases, services, emit)),
};

async function withServer(
	services: UndoServices,
	server: ServerAddress,
	work: (client: PostgresClient) => Promise<void>,
): Promise<void> {
	const client = await reachServer(services, server, {operationId: 'restore-undo'});
	try {
		await work(client);
	} finally {
		await client.dispose();
	}
}

/** Registers how to take back the step that comes next. */
export function willUndo<Kind extends UndoKind>(journal: Journal, kind: Kind, data: UndoData<Kind>): Promise<void> {
	return journal.willUndo(kind, data);
}

/**
 * Takes back everything that the journal lists, last first. One that fails does not keep the others from being tried.
 * Not cancellable: it is the way out. Throws rollback-failed when something could not be taken back; the journal keeps it for the next start.
 */
export async function* undoAll(journal: Journal, services: UndoServices): Operation<void> {
	const step = 'undo';
	const entries = [...journal.record.undo].reverse();
	if (entries.length === 0) return;
	yield {type: 'step-started', step, title: 'Put everything back as it was', canCancel: false};
	const failures: AppError[] = [];
	for (const entry of entries) {
		try {
			yield* throughRestart(services, neverAborted, () => emitting(emit => undo(entry, services, emit)));
			await journal.forget(entry);
		} catch (error) {
			const failure = toAppError(error);
			failures.push(failure);
			yield {type: 'warning', message: `Cannot undo (${entry.kind}): ${failure.message}`, hint: failure.hint};
		}
	}

	if (failures.length > 0) throw undoFailed(failures);
	yield {type: 'step-finished', step};
}

async function undo(entry: UndoEntry, services: UndoServices, emit: Emit): Promise<void> {
	const kind = entry.kind as UndoKind;
	const schema = undoSchemas[kind];
	const handler = handlers[kind] as Handler<UndoKind> | undefined;
	if (schema === undefined || handler === undefined)
		throw new AppError('rollback-failed', `This Lifeboat does not know how to undo ${entry.kind}`, {
			hint: 'Run the newest Lifeboat',
			fix: ['npx', 'compose-lifeboat@latest', 'rollback', '--yes'],
		});
	await handler(schema.parse(entry.data) as UndoData<UndoKind>, services, emit);
}

function undoFailed(failures: readonly AppError[]): AppError {
	const [first] = failures;
	return new AppError('rollback-failed', `Not everything could be put back: ${first?.message ?? ''}`, {
		hint: 'Put right what is said below, then let Lifeboat finish',
		fix: ['lifeboat', 'rollback', '--yes'],
		details: failures.flatMap(failure => [failure.message, ...failure.details]),
		cause: first,
	});
}
