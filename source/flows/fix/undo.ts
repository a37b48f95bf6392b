import {copyFile, readFile, rm} from 'node:fs/promises';
import * as z from 'zod';
import {AppError} from '../../errors.js';
import type {Journal} from '../../journal/journal.js';
import type {Operation} from '../../operation.js';
import {execute} from '../../postgres/sql.js';
import type {Services} from '../../services.js';
import {reachServer} from '../steps/database-up.js';
import {hashText} from './draft.js';
import {runInVolumes} from './volumes.js';

const targetSchema = z.object({
	files: z.array(z.string()).readonly(),
	projectName: z.string().optional(),
	projectDirectory: z.string().optional(),
	profiles: z.array(z.string()).readonly(),
	envFiles: z.array(z.string()).readonly(),
	cwd: z.string(),
});

/** What a fix may have to take back, registered before each step; taken back in the reverse order. */
const undoSchema = z.discriminatedUnion('kind', [
	z.object({
		kind: z.literal('services'),
		data: z.object({
			target: targetSchema,
			services: z.array(z.object({service: z.string(), state: z.string()})).readonly(),
		}),
	}),
	z.object({
		kind: z.literal('file'),
		/** Without a copy there was no file. */
		data: z.object({path: z.string(), copy: z.string().nullable(), before: z.string().nullable(), after: z.string()}),
	}),
	z.object({
		kind: z.literal('sql'),
		data: z.object({
			project: z.string(),
			target: targetSchema,
			service: z.string(),
			user: z.string(),
			database: z.string(),
			sqlDatabase: z.string(),
			script: z.string(),
		}),
	}),
	z.object({
		kind: z.literal('volume-script'),
		data: z.object({project: z.string(), service: z.string(), script: z.string()}),
	}),
	z.object({kind: z.literal('engine'), data: z.object({args: z.array(z.string()).readonly()})}),
	z.object({kind: z.literal('owners'), data: z.object({project: z.string(), service: z.string(), file: z.string()})}),
]);

export type FixUndo = z.input<typeof undoSchema>;
type Undo = z.output<typeof undoSchema>;

const titles = {
	services: 'Start what ran before',
	file: 'Bring back the file as it was',
	sql: 'Take the statement on the database back',
	'volume-script': 'Bring back the files in the volume',
	engine: 'Take back what was made on the engine',
	owners: 'Give the files back to their former owners',
} as const satisfies Record<Undo['kind'], string>;

/**
 * Takes a fix back, the last step first. Each entry is forgotten once it is done, so that a killed run goes on where it was; doing one twice does no harm.
 * Throws AppError rollback-failed with what is left to do.
 */
export async function* undoFix(journal: Journal, services: Services, signal: AbortSignal): Operation<void> {
	for (const [index, entry] of journal.record.undo.toReversed().entries()) {
		const undo = undoSchema.parse(entry);
		const step = `undo ${index}`;
		yield {type: 'step-started', step, title: titles[undo.kind], canCancel: false};
		try {
			await takeBack(undo, journal.record.id, services, signal);
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

		yield {type: 'step-finished', step, note: undo.kind === 'file' ? undo.data.path : undefined};
		await journal.forget(entry);
	}
}

async function takeBack(undo: Undo, id: string, services: Services, signal: AbortSignal): Promise<void> {
	switch (undo.kind) {
		case 'services':
			await startFormer(undo.data, services, signal);
			return;
		case 'file':
			await bringBack(undo.data);
			return;
		case 'sql': {
			const {sqlDatabase, script, ...address} = undo.data;
			const client = await reachServer(services, address, {operationId: `undo-${id}`, signal});
			try {
				await execute(client, sqlDatabase, `${script};`, {signal});
			} finally {
				await client.dispose();
			}

			return;
		}

		case 'volume-script':
			await runInVolumes(services, undo.data, signal);
			return;
		case 'engine':
			// It fails when the step was never taken: then there is nothing to take back.
			await services.processes.run('docker', undo.data.args, {signal, timeoutMs: 60_000});
			return;
		case 'owners': {
			const {file, ...where} = undo.data;
			const script = 'while read -r owner path; do [ -e "$path" ] && chown -h "$owner" "$path"; done; true';
			await runInVolumes(services, {...where, script, input: await readFile(file, 'utf8')}, signal);
			await rm(file, {force: true});
			return;
		}

		default:
			undo satisfies never;
	}
}

/** A file that somebody has edited since is left alone: the copy beside it has the former text. */
async function bringBack({path, copy, before, after}: Extract<Undo, {kind: 'file'}>['data']): Promise<void> {
	const text = await readFile(path, 'utf8').catch(() => null);
	const now = text === null ? null : hashText(text);
	if (now !== before) {
		if (now !== after)
			throw new AppError('rollback-failed', `${path} was edited since`, {
				hint: copy === null ? 'Look at it and remove what is wrong' : `Its former text is in ${copy}`,
			});
		if (copy === null) await rm(path, {force: true});
		else await copyFile(copy, path);
	}

	if (copy !== null) await rm(copy, {force: true});
}

const ran = new Set(['running', 'restarting', 'paused']);

/** Containers from before run again with the files from before; those that stood still are stopped. A service that did not work before need not now. */
async function startFormer(
	{target, services: before}: Extract<Undo, {kind: 'services'}>['data'],
	services: Services,
	signal: AbortSignal,
): Promise<void> {
	const options = {signal, timeoutMs: 300_000};
	const up = before.filter(({state}) => ran.has(state)).map(({service}) => service);
	const down = before.filter(({state}) => !ran.has(state)).map(({service}) => service);
	if (down.length > 0) await services.compose.run(target, ['stop', '--timeout', '5', ...down], options);
	if (up.length > 0) await services.compose.run(target, ['up', '--detach', '--no-deps', ...up], options);
}
